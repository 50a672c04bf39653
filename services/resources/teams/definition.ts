import type { Definition, Entry, RowOf } from '../definition.ts'
import { activeStatus, named, note, shown, TEXT, TEXT_OR_NULL, text, usd } from '../field.ts'
import { teamObject } from '../records/teams.ts'
import { membersField } from './members.ts'

const pool = (name: string, period: string) =>
  usd({
    meaning: `the pool: USD that all of its keys may be charged per ${period}, after the multiplier`,
    none: 'none',
    listed: 'lesser',
    option: { name, value: 'usd' }
  })

const WINDOW = {
  kind: TEXT,
  limit_usd: TEXT_OR_NULL,
  used_usd: TEXT,
  started_at: TEXT,
  resets_at: TEXT
}

export const teams = {
  kind: 'team',
  one: 'a team',
  plural: 'teams',
  table: 'teams',
  topic: 'directory',
  known: 'name',
  fields: {
    name: named({ meaning: 'its name', required: true, searched: true, listed: 'known' }),
    status: activeStatus({
      meaning: 'requests with keys of a disabled team are rejected',
      listed: true
    }),
    daily_limit_usd: pool('daily-limit', 'day'),
    weekly_limit_usd: pool('weekly-limit', 'week'),
    monthly_limit_usd: pool('monthly-limit', 'month'),
    time_zone: text(
      { description: 'a time zone such as Europe/Berlin' },
      {
        meaning: 'the time zone of its days, weeks (from Monday) and months',
        default: 'UTC',
        listed: 'lesser',
        option: { value: 'zone' }
      }
    ),
    members: membersField,
    spending: shown(
      { type: 'array', items: { type: 'object', properties: WINDOW, required: Object.keys(WINDOW) } },
      {
        meaning: 'charges and limits of the pool, with what it is raised by now: `kind`, `limit_usd`, `used_usd`, `resets_at`',
        computed: true,
        listed: true,
        isProse: true,
        select: teamObject('r.id')
      }
    ),
    note: note()
  }
} as const satisfies Definition

export type DesiredTeam = Entry<typeof teams>
export type TeamRow = RowOf<typeof teams>
