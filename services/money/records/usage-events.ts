import { scalarArray } from '../../platform/database/array-literals.ts'
import { createConditions, readCursor, toPage, type Page, type PageRequest } from '../../platform/database/pages.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import type { Outcome, UsageBasis } from '../usage/usage-facts.ts'
import { addOneOf, idsOfNames, listOf, optionalList, type NamedIds, type OneOrSeveral, type UsageNames } from './named-ids.ts'
import { toUsageEvent, USAGE_EVENT_FIELDS, USAGE_EVENT_NAMES, type UsageEvent, type UsageEventRow } from './usage-event-rows.ts'

export type { UsageEvent } from './usage-event-rows.ts'

export interface UsageEventFilters extends UsageNames {
  /** As requested or as reported. */
  model?: OneOrSeveral | undefined
  outcome?: OneOrSeveral<Outcome> | undefined
  basis?: OneOrSeveral<UsageBasis> | undefined
  /** Whose job it was. */
  subject?: OneOrSeveral | undefined
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
  const ids = await idsOfNames(db, filters)
  const each = eachOf(ids)
  if (each !== 'userIds') addOneOf(conditions, 'e.user_id', ids.userIds, 'bigint')
  addOneOf(conditions, 'e.group_id', ids.groupIds, 'bigint')
  if (each !== 'accountIds') addOneOf(conditions, 'e.account_id', ids.accountIds, 'bigint')
  addOneOf(conditions, 'e.team_id', ids.teamIds, 'bigint')
  addModels(conditions, filters.model)
  addOneOf(conditions, 'e.outcome', optionalList(filters.outcome), 'text')
  addOneOf(conditions, 'e.basis', optionalList(filters.basis), 'text')
  addOneOf(conditions, 'e.subject', optionalList(filters.subject), 'text')
  conditions.add(toDate(filters.from), (value) => `e.created_at >= ${value}`)
  conditions.add(toDate(filters.to), (value) => `e.created_at < ${value}`)
  if (cursor !== null) {
    const [createdAt, id] = readCursor(cursor, [INSTANT_PATTERN, EVENT_ID_PATTERN])
    const instant = conditions.bind(toDate(Number(createdAt)))
    conditions.add(id, (value) => `(e.created_at, e.id) < (${instant}::timestamptz, ${value}::text)`)
  }
  // The page first, its names then: there are few of them.
  const { rows } = await db.query<UsageEventRow>(
    `select ${USAGE_EVENT_FIELDS} from (${newest(conditions, ids, limit + 1)}) e ${USAGE_EVENT_NAMES}
     ${ORDER}`,
    conditions.values
  )
  return toPage(rows.map(toUsageEvent), limit, (event) => [String(event.createdAt), event.id])
}

function addModels(conditions: ReturnType<typeof createConditions>, models: OneOrSeveral | undefined): void {
  if (models === undefined) return
  const asked = listOf(models).map(conditions.bind)
  conditions.require(`(${asked.map((model) => `${model} in (e.model, e.requested_model)`).join(' or ')})`)
}

const ORDER = 'order by e.created_at desc, e.id desc'

/** By what the newest events of each are looked for, so that they are not among the conditions of all; null = of all together. */
function eachOf({ keyIds, userIds, accountIds }: NamedIds): 'keyIds' | 'userIds' | 'accountIds' | null {
  if (keyIds !== undefined) return 'keyIds'
  if (userIds !== undefined) return userIds.length > 1 ? 'userIds' : null
  return accountIds !== undefined && accountIds.length > 1 ? 'accountIds' : null
}

/**
 * The newest events of several keys, users or accounts are among the newest of each, for which there is an index that has them in
 * order: of a key that of its user.
 */
function newest(conditions: ReturnType<typeof createConditions>, ids: NamedIds, count: number): string {
  const limit = conditions.bind(count)
  const newestWhere = (...is: string[]) => `select e.* from usage_events e ${conditions.where(...is)} ${ORDER} limit ${limit}`
  const ofEach = (source: string, ...is: string[]) =>
    `select e.* from ${source} cross join lateral (${newestWhere(...is)}) e ${ORDER} limit ${limit}`
  const each = eachOf(ids)
  if (each === 'accountIds') {
    // One by one: of an id the planner knows whether there are many of it, which are found on the way, or few, for which there is the index.
    const newestOf = (id: string) => newestWhere(`e.account_id = ${conditions.bind(id)}`)
    return `select * from (${(ids.accountIds ?? []).map((id) => `(${newestOf(id)})`).join(' union all ')}) e ${ORDER} limit ${limit}`
  }
  const listed = each === null ? '' : `${conditions.bind(scalarArray(ids[each] ?? []))}::bigint[]`
  if (each === 'keyIds') {
    return ofEach(`(select * from api_keys where id = any (${listed})) k`, 'e.user_id = k.user_id', 'e.key_id = k.id')
  }
  if (each === 'userIds') return ofEach(`unnest(${listed}) as of (id)`, 'e.user_id = of.id')
  return newestWhere()
}

const toDate = (at: number | undefined) => (at === undefined ? undefined : new Date(at))
