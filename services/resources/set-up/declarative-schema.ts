import { Type, type Static, type TSchema } from 'typebox'
import { entrySchema, type Definition } from '../definition.ts'
import { keys, type DesiredKey } from '../keys/definition.ts'
import { subscriptions, type DesiredSubscription } from '../subscriptions/definition.ts'
import { groups, type DesiredGroup } from '../groups/definition.ts'
import { users, type UserEntry } from '../users/definition.ts'
import { proxies, type DesiredProxy } from '../proxies/definition.ts'

export type { DesiredGroup } from '../groups/definition.ts'
export type { DesiredKey } from '../keys/definition.ts'
export type { DesiredSubscription } from '../subscriptions/definition.ts'
export type { DesiredProxy } from '../proxies/definition.ts'

/**
 * The shape of a declarative file. A `description` completes the sentence "<field> must be …"; a field that is left out has
 * the default noted in its comment. Decimals are strings here: in the file they may be numbers, whose digits are kept.
 */
const NAME = '^[^\\s\\x00-\\x1f](?:[^\\x00-\\x1f]{0,98}[^\\s\\x00-\\x1f])?$'
/** Of a list or a mapping that belongs to one thing. */
const MAX_ENTRIES = 1000
const INSTANT = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?(?:Z|[+-]\\d\\d:\\d\\d)$'
export const INSTANT_EXPECTED = 'a time such as 2026-12-31T23:59:59Z'
export const LIMIT_EXPECTED = 'an amount of USD above 0 with at most 9 decimals'
export const EXPIRY_EXPECTED = `${INSTANT_EXPECTED}, or seconds or milliseconds since 1970`

const name = () => Type.String({ pattern: NAME, description: 'a name of at most 100 characters' })
const closed = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false, description: 'a mapping' })
const list = <T extends TSchema>(items: T) => Type.Array(items, { description: 'a list' })
const names = () => Type.Array(name(), { maxItems: MAX_ENTRIES, description: `a list of at most ${MAX_ENTRIES} names` })
const status = () => Type.Enum(['active', 'disabled'], { description: 'active or disabled' })
const email = () =>
  Type.String({
    pattern: '^[^\\s@\\x00-\\x1f]+@[^\\s@\\x00-\\x1f]+$',
    maxLength: 254,
    description: 'an e-mail address'
  })
const boolean = () => Type.Boolean({ description: 'true or false' })
const secret = () =>
  Type.String({ pattern: '^[\\x21-\\x7e]+$', maxLength: 10_000, description: 'a key of printable ASCII without spaces' })
const headerValue = () =>
  Type.String({
    pattern: '^[\\x21-\\x7e](?:[\\x20-\\x7e]*[\\x21-\\x7e])?$',
    maxLength: 4_000,
    description: 'a text of at most 4000 printable ASCII characters, without spaces around it'
  })
const modelMapping = () =>
  Type.Record(Type.String(), name(), {
    maxProperties: MAX_ENTRIES,
    description: `a mapping of at most ${MAX_ENTRIES} requested to actual model names`
  })
const countFrom0 = () => Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'an integer ≥ 0 (and at most 1000000)' })

/** Which of these there must be depends on the type of the account. */
export const DesiredCredentials = closed({
  api_key: Type.Optional(secret()),
  access_token: Type.Optional(secret()),
  refresh_token: Type.Optional(secret()),
  expires_at: Type.Optional(
    Type.String({
      pattern: `${INSTANT}|^\\d{1,15}$`,
      description: EXPIRY_EXPECTED
    }) // expired
  )
})
export type DesiredCredentials = Static<typeof DesiredCredentials>

export const DesiredAccount = closed({
  name: name(),
  type: Type.Enum(['api-key', 'oauth', 'setup-token'], { description: 'api-key, oauth or setup-token' }),
  credentials: Type.Optional(DesiredCredentials), // of a sign-in: what is stored
  auth: Type.Optional(Type.Enum(['x-api-key', 'bearer'], { description: 'x-api-key or bearer' })), // x-api-key
  headers: Type.Optional(Type.Record(Type.String(), headerValue(), { description: 'a mapping of header names to values' })), // none
  base_url: Type.Optional(Type.String({ description: 'a URL' })), // ANTHROPIC_BASE_URL
  groups: Type.Optional(names()), // default
  concurrency: Type.Optional(countFrom0()), // 5; 0 is no limit
  priority: Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000, description: 'an integer' })), // 50
  model_mapping: Type.Optional(modelMapping()), // none
  allowed_models: Type.Optional(names()), // all
  accept: Type.Optional(names()), // none
  status: Type.Optional(status()), // as it is; active when created
  schedulable: Type.Optional(boolean()), // as it is; true when created
  proxy: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000, description: 'the name of a proxy, or a URL' })), // none
  owner: Type.Optional(email()), // nobody
  shared: Type.Optional(boolean()), // false
  header_profile: Type.Optional(boolean()) // false
})
export type DesiredAccount = Static<typeof DesiredAccount>

export type DesiredUser = UserEntry & { keys?: DesiredKey[]; subscriptions?: DesiredSubscription[] }

const listOf = (definition: Definition) => list(Type.Unsafe(entrySchema(definition)))

const user = entrySchema(users)
const userWithTheirs = {
  ...user,
  properties: { ...(user['properties'] as object), keys: listOf(keys), subscriptions: listOf(subscriptions) }
}

export const DeclarativeFile = Type.Object(
  {
    groups: Type.Optional(list(Type.Unsafe<DesiredGroup>(entrySchema(groups)))),
    proxies: Type.Optional(list(Type.Unsafe<DesiredProxy>(entrySchema(proxies)))),
    accounts: Type.Optional(list(DesiredAccount)),
    users: Type.Optional(list(Type.Unsafe<DesiredUser>(userWithTheirs)))
  },
  { additionalProperties: false, description: 'a mapping with groups, proxies, accounts and users' }
)

/** What a declarative file says should be there. It is also the JSON that `POST /admin/v1/apply` takes. */
export type Desired = Static<typeof DeclarativeFile>
