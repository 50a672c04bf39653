import type { Definition, RowOf, Values } from '../definition.ts'
import { choice, group, instant, integer, moment, note, shown, usd, type Field } from '../field.ts'
import { subscriptions } from '../subscriptions/definition.ts'
import type { NewCodeText } from './code-text.ts'

/** By the database's clock, which is the same for all replicas. */
const STATUS = `case when r.redeemed_at is not null then 'redeemed' when r.revoked_at is not null then 'revoked'
  when r.expires_at <= now() then 'expired' else 'open' end`

/** Only the hash and the beginning of a code are stored. */
const secret: Field<NewCodeText, 'never'> = {
  type: 'secret',
  schema: {},
  meaning: 'the code itself; shown once',
  create: 'nobody',
  change: 'nobody',
  shown: 'nobody',
  write: (made) => [
    { column: 'code_hash', value: made?.hash },
    { column: 'hint', value: made?.hint }
  ]
}

export const codes = {
  kind: 'code',
  one: 'a code',
  plural: 'codes',
  table: 'redeem_codes',
  topic: 'directory',
  known: 'id',
  nameOf: ({ hint }: Values) => String(hint),
  newestFirst: true,
  fields: {
    code: secret,
    hint: shown<string>({ type: 'string' }, { meaning: 'how it begins', listed: 'lesser' }),
    kind: choice(['balance', 'subscription'], {
      meaning: '`balance`: adds to a balance; `subscription`: adds days',
      required: true,
      change: 'nobody',
      filter: true,
      listed: true,
      option: false
    }),
    amount_usd: usd({
      meaning: 'amount it adds to a balance',
      change: 'nobody',
      listed: true,
      option: { name: 'amount', value: 'usd' }
    }),
    group: group({ meaning: 'the group it subscribes to', change: 'nobody', listed: true }),
    days: integer(subscriptions.fields.days.schema, {
      meaning: 'how many days of a subscription',
      option: { unit: 'days' },
      change: 'nobody',
      listed: true
    }),
    count: {
      ...integer(
        { minimum: 1, maximum: 1000, description: 'an integer from 1 to 1000' },
        { meaning: 'how many to create', default: 1, change: 'nobody', shown: 'nobody' }
      ),
      write: () => []
    },
    status: shown<'open' | 'redeemed' | 'revoked' | 'expired'>(
      { type: 'string' },
      {
        meaning: '`open`, `redeemed`, `revoked` or `expired`',
        select: STATUS,
        filter: ['open', 'redeemed', 'revoked', 'expired'],
        listed: true
      }
    ),
    expires_at: instant({
      isEnd: true,
      meaning: 'when it expires',
      none: 'never',
      listed: true,
      option: { name: 'expires', value: 'time' }
    }),
    created_at: moment({ meaning: 'when it was created' }),
    revoked_at: moment({ meaning: 'when it was revoked' }),
    redeemed_at: moment({ meaning: 'when it was redeemed' }),
    redeemed_by: shown<string | null>(
      { type: ['string', 'null'] },
      { meaning: 'who redeemed it', select: '(select u.email from users u where u.id = r.redeemed_by)', listed: 'lesser' }
    ),
    note: note()
  }
} as const satisfies Definition

export type Code = RowOf<typeof codes>
