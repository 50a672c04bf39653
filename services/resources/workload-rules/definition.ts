import type { Definition, Entry } from '../definition.ts'
import {
  activeStatus,
  EMAIL,
  group,
  integer,
  keyLastUsed,
  mapping,
  named,
  note,
  reference,
  shown,
  text,
  windows,
  windowsObject
} from '../field.ts'
import { keys } from '../keys/definition.ts'

const LINE = '^[^\\x00-\\x1f\\x7f]{1,500}$'

export const LONGEST_LIFE_MINUTES = 60

export const workloadRules = {
  kind: 'workload-rule',
  one: 'a workload rule',
  plural: 'workload-rules',
  table: 'workload_rules',
  topic: 'directory',
  known: 'name',
  fields: {
    name: named({ meaning: 'its name, also of its key', required: true, change: 'nobody', searched: true, listed: 'known' }),
    issuer: text(
      { pattern: LINE, description: 'an https:// URL' },
      { meaning: 'who signs the tokens: their `iss`, to the letter', required: true, searched: true, listed: 'lesser' }
    ),
    audience: text(
      { pattern: LINE, description: 'a line of 1 to 500 characters' },
      { meaning: 'what must be in their `aud`', defaultText: '`CLIENTS_URL`', none: 'none' }
    ),
    conditions: {
      ...mapping({
        meaning: 'claim: value, all of which must fit; `*` stands for any text, dots lead into objects',
        required: true,
        listed: true,
        isProse: true,
        option: { name: 'where', value: 'claim=value' }
      }),
      schema: {
        type: 'object',
        patternProperties: { '^.*$': { type: 'string', pattern: LINE, description: 'a text of 1 to 500 characters' } },
        minProperties: 1,
        maxProperties: 50,
        description: 'a mapping of 1 to 50 claims to values'
      }
    },
    priority: integer(
      { minimum: 0, maximum: 1_000_000, description: 'an integer from 0 to 1000000' },
      { meaning: 'of several rules that match, the smallest decides', default: 50, listed: 'lesser' }
    ),
    user: {
      ...reference(
        EMAIL,
        { kind: 'user', table: 'users', by: 'email' },
        {
          meaning: 'the user in whose name jobs ask, whose balance and, without `concurrency`, slots they use',
          required: true,
          column: 'user_id',
          filter: true,
          listed: true,
          option: { value: 'email' }
        }
      ),
      normal: (email: string) => email.toLowerCase()
    },
    group: group({ meaning: 'the group they use', default: 'default', filter: true, listed: 'lesser' }),
    status: activeStatus({
      meaning: 'if disabled, no token is exchanged and those that were are rejected',
      filter: true,
      listed: true
    }),
    allowed_models: keys.fields.allowed_models,
    spend_limits: keys.fields.spend_limits,
    concurrency: integer(
      { minimum: 0, maximum: 1_000_000, description: 'an integer ≥ 0 (and at most 1000000)' },
      {
        meaning: 'slots of their own: maximum number of their requests in flight; 0 = no limit; none: they use the user’s',
        none: 'none',
        listed: 'lesser'
      }
    ),
    life_minutes: integer(
      { minimum: 1, maximum: LONGEST_LIFE_MINUTES, description: `an integer from 1 to ${LONGEST_LIFE_MINUTES}` },
      { meaning: 'how many minutes a token lasts', default: 15, option: { name: 'life', value: 'minutes' } }
    ),
    key_name: shown<string>(
      { type: ['string', 'null'] },
      {
        meaning: 'what its key is called, which usage is recorded under',
        select: '(select k.name from api_keys k where k.id = r.key_id)'
      }
    ),
    spending: {
      ...windows('r', { total: true, meaning: 'as that of a key' }),
      select: `(select ${windowsObject('k', 'k', { total: true })} from api_keys k join groups g on g.id = k.group_id where k.id = r.key_id)`
    },
    last_used_at: keyLastUsed({ meaning: 'when one of its tokens was last used', listed: 'lesser' }),
    note: note()
  }
} as const satisfies Definition

export type DesiredWorkloadRule = Entry<typeof workloadRules>
