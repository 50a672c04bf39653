import { parseUsd } from '../prices/money.ts'
import { createConditions, ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from '../../platform/database/pages.ts'
import { DAY_MS } from '../../platform/database/partitions.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { addOneOf, idsOfNames, optionalList, type OneOrSeveral, type UsageNames } from './named-ids.ts'
import { SUMS as ROLLED_SUMS, type UsageSums } from './usage-roll-ups.ts'

/** In the order in which they are shown. */
export const DIMENSIONS = ['user', 'key', 'group', 'account', 'model', 'team', 'hour', 'day'] as const
export type Dimension = (typeof DIMENSIONS)[number]

export interface SummaryFilters extends UsageNames {
  /** One team alone, whatever others of its name there were. */
  teamId?: string | undefined
  /** As reported. */
  model?: OneOrSeveral | undefined
  /** from ≤ sent at < to; epoch milliseconds, both full hours. */
  from?: number | undefined
  to?: number | undefined
  /** Whose days are meant; they begin at full hours (UTC). UTC where it is undefined. */
  timeZone?: string | undefined
}

/** What it is the sum of; each is there when it was grouped by, a name null where what it names was deleted. */
interface SummaryGroup {
  userId?: string
  userEmail?: string | null
  keyId?: string
  keyName?: string | null
  groupId?: string
  groupName?: string | null
  accountId?: string
  accountName?: string | null
  model?: string
  /** `0`, without a name, for what was used in no team. */
  teamId?: string
  teamName?: string | null
  hour?: number
  day?: number
}

export type UsageSummary = SummaryGroup & UsageSums

interface SummaryRow extends Omit<SummaryGroup, 'hour' | 'day'> {
  hour?: Date
  day?: Date
  requests: string
  errors: string
  inputTokens: string
  outputTokens: string
  cacheCreationTokens: string
  cacheReadTokens: string
  cost: string
  charged: string
}

interface DimensionColumns {
  column: string
  type: string
  /** What is shown of it, of the table joined by `join`. */
  fields: string
  join: string
  pattern: RegExp
}

const INSTANT_PATTERN = /^\d{1,15}$/
const MODEL_PATTERN = /^[^\0]{0,300}$/s

const COLUMNS: Record<Dimension, DimensionColumns> = {
  user: named('user_id', 'users', 'u', 'u.email as "userEmail"', 'userId'),
  key: named('key_id', 'api_keys', 'k', 'k.name as "keyName"', 'keyId'),
  group: named('group_id', 'groups', 'g', 'g.name as "groupName"', 'groupId'),
  account: named('account_id', 'accounts', 'a', 'a.name as "accountName"', 'accountId'),
  model: { column: 'model', type: 'text', fields: 's.model', join: '', pattern: MODEL_PATTERN },
  team: {
    column: 'team_id',
    type: 'bigint',
    fields: 's.team_id as "teamId", coalesce(t.name, rt.name) as "teamName"',
    join: 'left join teams t on t.id = s.team_id left join removed_teams rt on rt.id = s.team_id',
    pattern: ID_PATTERN
  },
  hour: { column: 'hour', type: 'timestamptz', fields: 's.hour', join: '', pattern: INSTANT_PATTERN },
  day: { column: 'day', type: 'timestamptz', fields: 's.day', join: '', pattern: INSTANT_PATTERN }
}

function named(column: string, table: string, alias: string, name: string, id: string): DimensionColumns {
  const join = `left join ${table} ${alias} on ${alias}.id = s.${column}`
  return { column, type: 'bigint', fields: `s.${column} as "${id}", ${name}`, join, pattern: ID_PATTERN }
}

const SUMS = `coalesce(sum(requests), 0) as requests, coalesce(sum(errors), 0) as errors,
  coalesce(sum(input_tokens), 0) as "inputTokens", coalesce(sum(output_tokens), 0) as "outputTokens",
  coalesce(sum(cache_creation_tokens), 0) as "cacheCreationTokens", coalesce(sum(cache_read_tokens), 0) as "cacheReadTokens",
  coalesce(sum(cost_usd), 0) as cost, coalesce(sum(charged_usd), 0) as charged`

/**
 * What was used, summed up for each combination of `groupBy`, in its order, ascending; for all of it together where that is empty. It
 * is read from the roll-ups alone, so it costs nothing more when there are more events. Throws InvalidCursorError.
 */
export async function pageUsageSummary(
  db: Queryable,
  filters: SummaryFilters,
  groupBy: readonly Dimension[],
  { limit, cursor }: PageRequest
): Promise<Page<UsageSummary>> {
  const dimensions = withOwners(groupBy).map((name) => ({ name, ...COLUMNS[name] }))
  const conditions = createConditions()
  const named = await idsOfNames(db, filters)
  const ids = filters.teamId === undefined ? named : { ...named, teamIds: [filters.teamId] }
  addOneOf(conditions, 'user_id', ids.userIds, 'bigint')
  addOneOf(conditions, 'key_id', ids.keyIds, 'bigint')
  addOneOf(conditions, 'group_id', ids.groupIds, 'bigint')
  addOneOf(conditions, 'account_id', ids.accountIds, 'bigint')
  addOneOf(conditions, 'model', optionalList(filters.model), 'text')
  const byTeam = groupBy.includes('team')
  const isOfTeams = ids.teamIds !== undefined

  const { timeZone = 'UTC' } = filters
  const byHour = groupBy.includes('hour') || (groupBy.includes('day') && timeZone !== 'UTC')
  const zone = byHour ? conditions.bind(timeZone) : "'UTC'"
  const kinds = isOfTeams ? (['team'] as const) : byTeam ? (['all', 'team', 'less-team'] as const) : (['all'] as const)
  addOneOf(conditions, 'team_id', ids.teamIds, 'bigint')
  const slices = slicesOf(filters, byHour).flatMap((slice) => kinds.map((kind) => rowsOf(slice, kind, conditions, zone)))
  // What was used in teams is taken off what was used in none, of which nothing may be left.
  const having = byTeam && !isOfTeams ? 'having sum(requests) <> 0' : ''
  const columns = dimensions.map(({ column }) => column).join(', ')
  const after = cursor === null ? '' : `where (${columns}) > (${placeOf(cursor, dimensions, conditions.bind)})`
  const fields = dimensions.map((dimension) => `${dimension.fields}, `).join('')
  const sums =
    's.requests, s.errors, s."inputTokens", s."outputTokens", s."cacheCreationTokens", s."cacheReadTokens", s.cost, s.charged'
  const { rows } = await db.query<SummaryRow>(
    `select ${fields}${sums}
     from (
       select ${columns === '' ? '' : `${columns}, `}${SUMS} from (${slices.join(' union all ')}) as rolled
       ${after} ${columns === '' ? '' : `group by ${columns} ${having} order by ${columns}`} limit ${conditions.bind(limit + 1)}
     ) as s ${dimensions.map(({ join }) => join).join(' ')}
     ${columns === '' ? '' : `order by ${dimensions.map(({ column }) => `s.${column}`).join(', ')}`}`,
    conditions.values
  )
  return toPage(rows.map(toSummary), limit, (summary) => dimensions.map(({ name }) => keyOf(summary, name)))
}

/** Names of keys are unique for one user only, so each key is shown with its owner. */
function withOwners(groupBy: readonly Dimension[]): Dimension[] {
  const owned = groupBy.flatMap((name): Dimension[] => (name === 'key' ? ['user', 'key'] : [name]))
  return [...new Set(owned)]
}

interface Slice {
  table: 'usage_hourly' | 'usage_daily'
  column: 'hour' | 'day'
  from: number | undefined
  to: number | undefined
}

/** Whole days are read by day, and what is left at both ends by hour. */
function slicesOf({ from, to }: SummaryFilters, byHour: boolean): Slice[] {
  const hours = (begin: number | undefined, end: number | undefined): Slice => ({
    table: 'usage_hourly',
    column: 'hour',
    from: begin,
    to: end
  })
  if (byHour) return [hours(from, to)]
  const firstDay = from === undefined ? undefined : Math.ceil(from / DAY_MS) * DAY_MS
  const endOfDays = to === undefined ? undefined : Math.floor(to / DAY_MS) * DAY_MS
  if (firstDay !== undefined && endOfDays !== undefined && firstDay >= endOfDays) return [hours(from, to)]
  const slices: Slice[] = [{ table: 'usage_daily', column: 'day', from: firstDay, to: endOfDays }]
  if (firstDay !== from) slices.push(hours(from, firstDay))
  if (endOfDays !== to) slices.push(hours(endOfDays, to))
  return slices
}

/** All that was used, as if in no team; what was used in teams; or that, to be taken off. */
type Share = 'all' | 'team' | 'less-team'

function rowsOf(
  { table, column, from, to }: Slice,
  share: Share,
  conditions: ReturnType<typeof createConditions>,
  zone: string
): string {
  const bounds = [
    ...(from === undefined ? [] : [`${column} >= ${conditions.bind(new Date(from))}`]),
    ...(to === undefined ? [] : [`${column} < ${conditions.bind(new Date(to))}`])
  ]
  const time = column === 'hour' ? `hour, date_trunc('day', hour, ${zone}) as day` : 'null::timestamptz as hour, day'
  const sums = ROLLED_SUMS.map((sum) => (share === 'less-team' ? `-${sum} as ${sum}` : sum))
  return `select ${time}, user_id, key_id, group_id, account_id, model, ${share === 'team' ? 'team_id' : '0::bigint as team_id'},
      ${sums.join(', ')}
    from ${share === 'all' ? table : `team_${table}`} ${conditions.where(...bounds)}`
}

function placeOf(cursor: string, dimensions: readonly DimensionColumns[], bind: (value: unknown) => string): string {
  const key = readCursor(
    cursor,
    dimensions.map(({ pattern }) => pattern)
  )
  return dimensions
    .map(({ type }, index) => {
      const value = key[index]
      return `${bind(type === 'timestamptz' ? new Date(Number(value)) : value)}::${type}`
    })
    .join(', ')
}

function keyOf(summary: UsageSummary, name: Dimension): string {
  const { userId, keyId, groupId, accountId, model, teamId, hour, day } = summary
  return String({ user: userId, key: keyId, group: groupId, account: accountId, model, team: teamId, hour, day }[name])
}

function toSummary({ cost, charged, hour, day, ...row }: SummaryRow): UsageSummary {
  return {
    ...row,
    ...(hour === undefined ? {} : { hour: hour.getTime() }),
    ...(day === undefined ? {} : { day: day.getTime() }),
    requests: Number(row.requests),
    errors: Number(row.errors),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cacheCreationTokens: Number(row.cacheCreationTokens),
    cacheReadTokens: Number(row.cacheReadTokens),
    costNano: parseUsd(cost),
    chargedNano: parseUsd(charged)
  }
}
