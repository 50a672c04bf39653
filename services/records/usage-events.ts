import type { Outcome } from '../usage/usage-facts.ts'
import { createConditions, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import type { Queryable } from './queryable.ts'
import {
  toUsageEvent,
  USAGE_EVENT_FIELDS,
  USAGE_EVENT_TABLES,
  type UsageEvent,
  type UsageEventRow
} from './usage-event-rows.ts'

export type { UsageEvent } from './usage-event-rows.ts'

export interface UsageEventFilters {
  userEmail?: string | undefined
  keyName?: string | undefined
  accountName?: string | undefined
  /** As requested or as reported. */
  model?: string | undefined
  outcome?: Outcome | undefined
  /** from ≤ created at < to; epoch milliseconds. */
  from?: number | undefined
  to?: number | undefined
}

const INSTANT_PATTERN = /^\d{1,15}$/
const EVENT_ID_PATTERN = /^[^\0]{1,200}$/

/** Newest first, by the time the request was sent. Throws InvalidCursorError. */
export async function pageUsageEvents(
  db: Queryable,
  filters: UsageEventFilters,
  { limit, cursor }: PageRequest
): Promise<Page<UsageEvent>> {
  const conditions = createConditions()
  conditions.add(filters.userEmail?.toLowerCase(), (value) => `e.user_id = (select id from users where email = ${value})`)
  conditions.add(filters.keyName, (value) => `e.key_id in (select id from api_keys where name = ${value})`)
  conditions.add(filters.accountName, (value) => `e.account_id = (select id from accounts where name = ${value})`)
  conditions.add(filters.model, (value) => `${value} in (e.model, e.requested_model)`)
  conditions.add(filters.outcome, (value) => `e.outcome = ${value}`)
  conditions.add(toDate(filters.from), (value) => `e.created_at >= ${value}`)
  conditions.add(toDate(filters.to), (value) => `e.created_at < ${value}`)
  if (cursor !== null) {
    const [createdAt, id] = readCursor(cursor, [INSTANT_PATTERN, EVENT_ID_PATTERN])
    const instant = conditions.bind(toDate(Number(createdAt)))
    conditions.add(id, (value) => `(e.created_at, e.id) < (${instant}::timestamptz, ${value}::text)`)
  }
  const { rows } = await db.query<UsageEventRow>(
    `select ${USAGE_EVENT_FIELDS} from ${USAGE_EVENT_TABLES}
     ${conditions.where()} order by e.created_at desc, e.id desc limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  return toPage(rows.map(toUsageEvent), limit, (event) => [String(event.createdAt), event.id])
}

const toDate = (at: number | undefined) => (at === undefined ? undefined : new Date(at))
