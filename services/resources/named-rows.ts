import type { Queryable } from '../platform/database/queryable.ts'
import { GatewayError } from '../platform/gateway-errors.ts'
import { meantInstead } from './set-up/nearest-name.ts'

const byName = (table: string) => ({ rows: `select id, name, name as short from ${table}`, normal: String })
const ofUser = (table: string, name: string) => ({
  rows: `select r.id, u.email || '/' || ${name} as name, ${name} as short from ${table} r join users u on u.id = r.user_id`,
  normal: (given: string) => given.replace(/^[^/]*@[^/]*\//, (email) => email.toLowerCase())
})

/** How rows are named, in full and in short, by their names in paths. */
const NAMED = {
  users: { rows: 'select id, email as name, email as short from users', normal: (email: string) => email.toLowerCase() },
  accounts: byName('accounts'),
  groups: byName('groups'),
  proxies: byName('proxies'),
  teams: byName('teams'),
  'workload-rules': byName('workload_rules'),
  keys: ofUser('api_keys', 'r.name'),
  subscriptions: ofUser('subscriptions', '(select g.name from groups g where g.id = r.group_id)')
}

type NamedPlural = keyof typeof NAMED

export const isNamedPlural = (plural: string): plural is NamedPlural => Object.hasOwn(NAMED, plural)

/**
 * The id of the row with this name; keys and subscriptions also with their user's address, `ann@example.com/laptop`, which may be
 * left out if the name is unique. Rejects with 404, naming the nearest name, when there is none, 409 when there are several.
 */
export async function idOfNamed(db: Queryable, plural: NamedPlural, kind: string, given: string): Promise<string> {
  const { rows: all, normal } = NAMED[plural]
  const { rows } = await db.query<{ id: string; name: string }>(
    `select id, name from (${all}) as named where name = $1 or short = $1 order by name = $1 desc, id limit 3`,
    [normal(given)]
  )
  const [found, other] = rows
  if (found === undefined) throw await unknownName(db, all, { kind, given: normal(given) })
  if (found.name === normal(given) || other === undefined) return found.id
  const names = rows.map(({ name }) => name).join(', ')
  throw new GatewayError(409, 'invalid_request_error', `several are called ${given}: say which, such as ${names}`)
}

const MOST_NAMES = 10_000

async function unknownName(
  db: Queryable,
  all: string,
  { kind, given }: { kind: string; given: string }
): Promise<GatewayError> {
  const { rows } = await db.query<{ name: string }>(`select name from (${all}) as named limit ${MOST_NAMES}`)
  const names = rows.map(({ name }) => name)
  return new GatewayError(404, 'not_found_error', `there is no ${kind} ${given}${meantInstead(given, names)}`)
}
