import { withoutStrayBits } from '../../platform/network/addresses.ts'
import { hashClientKey, prefixForDisplay } from '../../platform/secrets.ts'
import type { Definition, Entry, RowOf, Values } from '../definition.ts'
import {
  activeStatus,
  choice,
  group,
  instant,
  list,
  listOf1To100,
  moment,
  NAME,
  named,
  note,
  object,
  owner,
  ownerEmail,
  reference,
  shown,
  stateSelect,
  usd,
  windows,
  type Field
} from '../field.ts'
import { brakesField } from '../brakes/brake-fields.ts'
import { AROUND_KEY } from './standing.ts'

const STATUS = `case when r.revoked_at is null then r.status else 'revoked' end`

const limit = (period: string, column: string) => usd({ meaning: period, none: 'none', column })

/**
 * What the key's owner sets beside the operators' limits. The stricter of the two applies, so it can only narrow what the key may
 * do.
 */
const OWN = { create: 'owner', change: 'owner', file: false, option: false } as const

/** What a lead sets. It ends when the key leaves the team. */
const TEAMS = { create: 'nobody', file: false, option: false } as const

const NETWORKS = listOf1To100(
  { type: 'string', maxLength: 50, description: 'an address or a network such as 10.0.0.0/8' },
  'addresses or networks such as 10.0.0.0/8'
)
const MODELS = listOf1To100(NAME, 'ids of models')

const limits = (prefix: string) => ({
  daily: limit('a day', `${prefix}daily_limit_usd`),
  weekly: limit('a week', `${prefix}weekly_limit_usd`),
  monthly: limit('a month', `${prefix}monthly_limit_usd`),
  total: limit('in all', `${prefix}total_limit_usd`)
})

/** A key as it is given, or the SHA-256 of one that is stored. */
export type Secret = string | { hash: string }

export const keyHash = (secret: Secret) => (typeof secret === 'string' ? hashClientKey(secret).toString('hex') : secret.hash)

/** Only the hash and the beginning of a key are stored. */
const secret: Field<string, 'optional'> = {
  type: 'secret',
  schema: {
    type: 'string',
    pattern: '^[\\x21-\\x7e]{20,500}$',
    description: '20 to 500 printable ASCII characters without spaces'
  },
  meaning: 'the key itself, at least 20 characters, not a placeholder; a generated one is shown once',
  defaultText: 'generated',
  create: 'nobody',
  change: 'nobody',
  shown: 'nobody',
  select: `encode(r.key_hash, 'hex')`,
  read: (hash) => ({ hash }),
  normal: (value) => keyHash(value),
  // A new secret ends the old ones at once.
  write: (value) =>
    typeof value !== 'string'
      ? []
      : [
          { column: 'key_hash', value: hashClientKey(value) },
          { column: 'key_prefix', value: prefixForDisplay(value) },
          { column: 'previous_key_hash', value: null },
          { column: 'previous_key_until', value: null }
        ]
}

export const keys = {
  kind: 'key',
  one: 'a key',
  plural: 'keys',
  table: 'api_keys',
  topic: 'directory',
  known: 'name',
  nameOf: ({ user, user_email, name }: Values) => `${String(user_email ?? user)}/${String(name)}`,
  fields: {
    user: owner(),
    user_email: ownerEmail(),
    name: named({
      meaning: 'its name, unique among its owner’s keys',
      required: true,
      create: 'owner',
      change: 'owner',
      searched: true,
      listed: 'known'
    }),
    group: group({ meaning: 'the group it uses', default: 'default', create: 'owner', filter: true, listed: 'lesser' }),
    team: reference(
      NAME,
      { kind: 'team', table: 'teams', by: 'name' },
      {
        meaning: 'the team that its usage counts in, of which its owner is a member',
        none: 'none',
        column: 'team_id',
        create: 'owner',
        filter: true,
        listed: 'lesser'
      }
    ),
    key: secret,
    made_by: choice(['hand', 'sign-in', 'workload'], {
      meaning: 'how it was made: by hand, or for what [signs in](sign-in.md), which asks with tokens of its own',
      default: 'hand',
      create: 'nobody',
      change: 'nobody',
      file: false,
      listed: 'lesser'
    }),
    prefix: shown(
      { type: 'string' },
      { meaning: 'the first characters of its secret', column: 'key_prefix', listed: 'lesser' }
    ),
    status: {
      ...activeStatus({
        meaning: 'requests with a disabled key are rejected; `revoked` is permanent; `expired`: it is past its end',
        create: 'operators',
        change: 'owner',
        filter: ['active', 'disabled', 'expired', 'revoked'],
        listed: true
      }),
      select: STATUS,
      matches: (placeholder: string) =>
        `${stateSelect(STATUS, { end: 'least(r.expires_at, r.own_expires_at)' })} = ${placeholder}`
    },
    problem: shown<string>(
      { type: ['string', 'null'] },
      {
        meaning: 'why its requests are rejected now, as its holder is told; what is not settled is not counted',
        computed: true,
        listed: true,
        isProse: true,
        select: AROUND_KEY
      }
    ),
    expires_at: instant({
      isEnd: true,
      meaning: 'when it expires',
      none: 'never',
      create: 'owner',
      listed: 'lesser',
      option: { name: 'expires', value: 'time' }
    }),
    allowed_ips: {
      ...list(NETWORKS, {
        meaning: 'addresses and networks (`10.0.0.0/8`) its requests may come from; see `TRUST_PROXY`',
        none: 'all'
      }),
      // They were accepted once.
      read: (stored: unknown) => (stored as string[]).map(withoutStrayBits)
    },
    allowed_models: list(MODELS, {
      meaning: 'IDs of the models it may use, among its group’s',
      none: 'all',
      option: { name: 'models' }
    }),
    spend_limits: object(limits(''), {
      meaning: '`{daily, weekly, monthly, total}`: USD it may be charged, after the multiplier; windows as in its group',
      option: { name: 'spend-limit', value: 'period=usd' }
    }),
    brakes: brakesField({
      meaning: 'what stops it when it runs away: [brakes.md](brakes.md); what is not set is as `BRAKES` says',
      option: { name: 'brake', value: 'part=value', help: 'what stops it when it runs away; repeat it for several parts' }
    }),
    own_expires_at: instant({ ...OWN, isEnd: true, meaning: 'when it expires by its owner’s wish', none: 'never' }),
    own_allowed_ips: list(NETWORKS, { ...OWN, meaning: 'to which addresses and networks its owner limits it', none: 'all' }),
    own_allowed_models: list(MODELS, { ...OWN, meaning: 'to which models its owner limits it', none: 'all' }),
    own_spend_limits: object(limits('own_'), { ...OWN, meaning: 'as `spend_limits`, set by its owner' }),
    team_spend_limits: object(limits('team_'), {
      ...TEAMS,
      meaning: 'as `spend_limits`, set by a lead of its team'
    }),
    spending: windows('r', {
      total: true,
      meaning: 'its charges and limits: `kind`, `limit_usd`, `used_usd`, `started_at`, `resets_at`'
    }),
    last_used_at: moment({ meaning: 'when it was last used', listed: true }),
    previous_key_until: moment({ meaning: 'when the secret from before the last rotation stops working' }),
    revoked_at: moment({ meaning: 'when it was permanently revoked' }),
    note: note()
  }
} as const satisfies Definition

export type DesiredKey = Omit<Entry<typeof keys>, 'user'>
export type KeyRow = RowOf<typeof keys>
