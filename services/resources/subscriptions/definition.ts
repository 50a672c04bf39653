import type { Definition, Entry, RowOf, Values } from '../definition.ts'
import { choice, group, instant, integer, moment, owner, ownerEmail, stateSelect, windows } from '../field.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** When a subscription of this many days ends. */
export const endOf = (startsAt: string, days: number) => new Date(Date.parse(startsAt) + days * DAY_MS)

const endOfTerm = ({ starts_at: startsAt, days }: Values) => endOf(String(startsAt), Number(days))

/** Stored states, and those that follow from the time. */
const STATES = ['active', 'upcoming', 'suspended', 'expired', 'revoked']

export const subscriptions = {
  kind: 'subscription',
  one: 'a subscription',
  plural: 'subscriptions',
  table: 'subscriptions',
  topic: 'directory',
  known: 'group',
  nameOf: (row: Values) => `${String(row['user_email'] ?? row['user'])}/${String(row['group'])}`,
  fields: {
    user: owner(),
    user_email: ownerEmail(),
    group: group({
      meaning: 'a group of kind subscription',
      required: true,
      change: 'nobody',
      filter: true,
      searched: true,
      listed: 'known'
    }),
    status: {
      ...choice(['active', 'suspended', 'revoked'], {
        meaning: 'if suspended it cannot be used, but its days pass; `upcoming`: it begins later; `expired`: it ended',
        default: 'active',
        kept: true,
        create: 'nobody',
        change: 'nobody',
        filter: STATES,
        listed: true,
        option: false
      }),
      answered: { type: 'string', enum: STATES },
      matches: (placeholder: string) => `${stateSelect('r.status', { startsLater: true })} = ${placeholder}`
    },
    days: {
      ...integer(
        { minimum: 1, maximum: 36_500, description: 'an integer from 1 to 36500' },
        {
          meaning: 'how many days it lasts from its start',
          required: true,
          change: 'nobody',
          shown: 'nobody',
          option: { unit: 'days' }
        }
      ),
      select: '(extract(epoch from r.expires_at - r.starts_at) / 86400)::float8',
      write: (_days: unknown, _column: string, row: Values) => [{ column: 'expires_at', value: endOfTerm(row) }]
    },
    starts_at: {
      ...instant({
        meaning: 'when it begins',
        defaultText: 'when it is created',
        kept: true,
        change: 'nobody',
        listed: 'lesser',
        option: { value: 'time' }
      }),
      // It keeps its days, whenever it begins.
      write: (startsAt: string | null, column: string, row: Values) => [
        { column, value: new Date(startsAt ?? '') },
        { column: 'expires_at', value: endOfTerm(row) }
      ]
    },
    expires_at: moment({ meaning: 'when it ends', listed: true }),
    windows: windows('g', {
      total: false,
      meaning: 'usage of its group’s limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at`'
    })
  }
} as const satisfies Definition

export type DesiredSubscription = Omit<Entry<typeof subscriptions>, 'user'>
export type SubscriptionRow = RowOf<typeof subscriptions>
