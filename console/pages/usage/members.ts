import type { SummaryRow } from './measures.ts'
import { instantsText } from './ranges.ts'
import type { UsageFilters } from './search.ts'
import { endOf, formatStart, plainStart, type TimeUnit } from './zones.ts'

/** What usage is summed up by. */
export const DIMENSIONS = ['user', 'key', 'group', 'account', 'team', 'model', 'day', 'hour'] as const
export type Dimension = (typeof DIMENSIONS)[number]

export const DIMENSION_LABELS: Record<Dimension, string> = {
  user: 'User',
  key: 'Key',
  group: 'Group',
  account: 'Account',
  team: 'Team',
  model: 'Model',
  day: 'Day',
  hour: 'Hour'
}

/** One of what usage is summed up by: one user, one hour. */
export interface Member {
  /** Tells it from the others. */
  id: string
  label: string
  /** In a file, by the clocks of the zone where it is a time. */
  plain: string
  /** When it begins, epoch milliseconds; null for what is no time. */
  at: number | null
  /** What finds its requests; null where what it was was deleted, or where it stands for several. */
  filters: UsageFilters | null
}

export const isTime = (dimension: Dimension): dimension is TimeUnit => dimension === 'day' || dimension === 'hour'

/** What rows of the same one have in common. */
export const TOLD_BY = {
  user: 'user_id',
  key: 'key_id',
  group: 'group_id',
  account: 'account_id',
  team: 'team_id',
  model: 'model',
  day: 'day',
  hour: 'hour'
} as const satisfies Record<Dimension, keyof SummaryRow>

/** Which one a row is of. */
export function memberOf(dimension: Dimension, row: SummaryRow, zone: string): Member {
  switch (dimension) {
    case 'user':
      return named('user', row.user_id, row.user_email)
    case 'group':
      return named('group', row.group_id, row.group)
    case 'account':
      return named('account', row.account_id, row.account)
    case 'team':
      return teamOf(row)
    case 'key':
      return keyOf(row)
    case 'model':
      return modelOf(row)
    case 'day':
    case 'hour':
      return timeOf(dimension, Date.parse(row[dimension] ?? ''), zone)
    default:
      return dimension satisfies never
  }
}

const modelOf = ({ model = '' }: SummaryRow): Member => ({
  id: model,
  label: model,
  plain: model,
  at: null,
  filters: { model: [model] }
})

function named(what: 'user' | 'group' | 'account', id = '', name: string | null | undefined = null): Member {
  if (name === null) return { id, label: `deleted ${what} ${id}`, plain: `deleted ${what} ${id}`, at: null, filters: null }
  return { id, label: name, plain: name, at: null, filters: { [what]: [name] } }
}

/** Most keys are in no team. */
function teamOf({ team_id: id = '', team: name = null }: SummaryRow): Member {
  if (name === null) return { id, label: 'no team', plain: 'no team', at: null, filters: null }
  return { id, label: name, plain: name, at: null, filters: { team: [name] } }
}

/** Names of keys are unique for one user only. */
function keyOf({ key_id: id = '', key_name: name = null, user_email: owner = null }: SummaryRow): Member {
  if (name === null) return { id, label: `deleted key ${id}`, plain: `deleted key ${id}`, at: null, filters: null }
  const label = owner === null ? name : `${owner}/${name}`
  return { id, label, plain: label, at: null, filters: { key: [name], ...(owner === null ? {} : { user: [owner] }) } }
}

/** The hour or day that begins at an instant. */
export function timeOf(unit: TimeUnit, at: number, zone: string): Member {
  return {
    id: String(at),
    label: formatStart(unit, zone, at),
    plain: plainStart(unit, zone, at),
    at,
    filters: { range: instantsText(at, endOf(unit, zone, at)) }
  }
}
