import type { Outcome } from '../usage/usage-facts.ts'
import { createConditions, readCursor, toPage, type Page, type PageRequest } from '../../platform/database/pages.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { toUsageEvent, USAGE_EVENT_FIELDS, USAGE_EVENT_NAMES, type UsageEvent, type UsageEventRow } from './usage-event-rows.ts'

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
  const { userId, accountId } = await idsOf(db, filters)
  conditions.add(userId, (value) => `e.user_id = ${value}`)
  conditions.add(accountId, (value) => `e.account_id = ${value}`)
  conditions.add(filters.model, (value) => `${value} in (e.model, e.requested_model)`)
  conditions.add(filters.outcome, (value) => `e.outcome = ${value}`)
  conditions.add(toDate(filters.from), (value) => `e.created_at >= ${value}`)
  conditions.add(toDate(filters.to), (value) => `e.created_at < ${value}`)
  if (cursor !== null) {
    const [createdAt, id] = readCursor(cursor, [INSTANT_PATTERN, EVENT_ID_PATTERN])
    const instant = conditions.bind(toDate(Number(createdAt)))
    conditions.add(id, (value) => `(e.created_at, e.id) < (${instant}::timestamptz, ${value}::text)`)
  }
  // The page first, its names then: there are few of them.
  const { rows } = await db.query<UsageEventRow>(
    `select ${USAGE_EVENT_FIELDS} from (${newest(conditions, filters.keyName, limit + 1)}) e ${USAGE_EVENT_NAMES}
     ${ORDER}`,
    conditions.values
  )
  return toPage(rows.map(toUsageEvent), limit, (event) => [String(event.createdAt), event.id])
}

const NOBODY = '0'

/** Looked up beforehand: how much an account was used decides how its events are best found, and the planner knows that of an id. */
async function idsOf(db: Queryable, { userEmail, accountName }: UsageEventFilters) {
  if (userEmail === undefined && accountName === undefined) return { userId: undefined, accountId: undefined }
  const { rows } = await db.query<{ userId: string | null; accountId: string | null }>(
    `select (select id from users where email = $1) as "userId", (select id from accounts where name = $2) as "accountId"`,
    [userEmail?.toLowerCase() ?? null, accountName ?? null]
  )
  return {
    userId: userEmail === undefined ? undefined : (rows[0]?.userId ?? NOBODY),
    accountId: accountName === undefined ? undefined : (rows[0]?.accountId ?? NOBODY)
  }
}

const ORDER = 'order by e.created_at desc, e.id desc'

/**
 * Several users may have keys of one name. The newest events of each are among those of its user, for which there is an index that
 * has them in order.
 */
function newest(conditions: ReturnType<typeof createConditions>, keyName: string | undefined, count: number): string {
  const limit = conditions.bind(count)
  if (keyName === undefined) return `select e.* from usage_events e ${conditions.where()} ${ORDER} limit ${limit}`
  const name = conditions.bind(keyName)
  const ofKey = conditions.where('e.user_id = k.user_id and e.key_id = k.id')
  return `select e.* from api_keys k
    cross join lateral (select e.* from usage_events e ${ofKey} ${ORDER} limit ${limit}) e
    where k.name = ${name} ${ORDER} limit ${limit}`
}

const toDate = (at: number | undefined) => (at === undefined ? undefined : new Date(at))
