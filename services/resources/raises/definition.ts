import type { Definition, Entry, RowOf, Values } from '../definition.ts'
import { choice, EMAIL, instant, moment, NAME, reference, shown, text, usd } from '../field.ts'

export const raises = {
  kind: 'raise',
  one: 'a raise',
  plural: 'raises',
  table: 'budget_raises',
  topic: 'directory',
  known: 'id',
  newestFirst: true,
  nameOf: ({ team, user, period, amount_usd: amount }: Values) =>
    `of ${String(team)}${typeof user === 'string' ? `/${user}` : ''} by ${String(amount)} USD ${String(period)}`,
  fields: {
    team: reference(
      NAME,
      { kind: 'team', table: 'teams', by: 'name' },
      {
        meaning: 'the team',
        required: true,
        column: 'team_id',
        file: false,
        filter: true,
        listed: true,
        option: { value: 'name' }
      }
    ),
    user: {
      ...reference(
        EMAIL,
        { kind: 'user', table: 'users', by: 'email' },
        {
          meaning: 'the member whose limit is raised',
          none: 'the pool',
          column: 'user_id',
          filter: true,
          listed: true,
          option: { value: 'email' }
        }
      ),
      normal: (email: string) => email.toLowerCase()
    },
    period: choice(['daily', 'weekly', 'monthly'], { meaning: 'which limit is raised', required: true, listed: true }),
    amount_usd: usd({ meaning: 'by how much', required: true, listed: true, option: { name: 'amount', value: 'usd' } }),
    until: instant({
      isEnd: true,
      meaning: 'until when',
      required: true,
      column: 'until_at',
      listed: true,
      option: { value: 'time' }
    }),
    reason: text(
      { pattern: '^[^\\x00-\\x1f]{1,500}$', description: 'a line of 1 to 500 characters' },
      { meaning: 'why', required: true, listed: 'lesser', isProse: true }
    ),
    given_by: shown<string>({ type: 'string' }, { meaning: 'who gave it', listed: 'lesser' }),
    created_at: moment({ meaning: 'since when' }),
    ended_at: moment({ meaning: 'when it was ended before its time', listed: 'lesser' })
  }
} as const satisfies Definition

/** Listed under its team. */
export type DesiredRaise = Omit<Entry<typeof raises>, 'team'>
export type RaiseRow = RowOf<typeof raises>
