import type { RequestOf } from '../../api/client.ts'
import type { FormField } from '../../parts/field.ts'
import { PERIODS } from '../../parts/periods.ts'

export type NewTeam = RequestOf<'post', '/admin/v1/teams'>

/** The fields of a form about a team; who is in it is said on its page. */
export const TEAM_FIELDS: readonly FormField<keyof NewTeam>[] = [
  { name: 'name', label: 'Name', about: 'in keys, reports and commands', kind: 'line', required: true },
  ...PERIODS.map(({ of, label, words }) => ({
    name: `${of}_limit_usd` as const,
    label: `${label}: the pool, USD`,
    about: `all of its keys may be charged so much ${words}`,
    kind: 'usd' as const,
    none: 'no limit',
    option: `--${of}-limit`
  })),
  {
    name: 'time_zone',
    label: 'Time zone',
    about: 'in which its days, weeks and months begin, such as Europe/Berlin',
    kind: 'line',
    none: 'UTC'
  },
  { name: 'note', label: 'Note', about: 'for operators only', kind: 'prose', none: 'none' }
]
