import type { Queryable } from '../../platform/database/queryable.ts'
import { textArray } from '../../platform/database/array-literals.ts'
import { listOf, type OneOrSeveral } from '../../money/records/named-ids.ts'
import { DEFINITIONS } from '../definitions.ts'
import { meantInstead } from '../set-up/nearest-name.ts'
import { fieldRefused } from './operator-changes.ts'

type Filter = 'user' | 'email' | 'group' | 'account' | 'key' | 'model' | 'subject' | 'team' | 'actor' | 'action'

/** The names a list is filtered by; any of several matches. */
export type NamedFilters = { [name in Filter]?: OneOrSeveral | undefined }

interface Known {
  /** SQL for the names, each with the address of its owner. */
  names: string
  /** Further valid names. */
  more?: readonly string[]
  unknown: (name: string) => string
}

const unowned = (select: string) => `select ${select} as name, null as owner`
const there = (what: string) => (name: string) => `there is no ${what} ${name}`
const USERS: Known = { names: `${unowned('email')} from users`, unknown: there('user') }
const KEYS: Known = {
  names: 'select k.name, u.email as owner from api_keys k join users u on u.id = k.user_id',
  unknown: there('key')
}
const MODELS: Known = {
  names: 'select d.model as name, u.email as owner from usage_daily d join users u on u.id = d.user_id',
  unknown: (name) => `no usage of a model ${name} is on record`
}

const TEAMS: Known = {
  names: `${unowned('name')} from teams union all ${unowned('name')} from removed_teams`,
  unknown: there('team')
}

/** All actions, on rows of any kind and others; they need not have occurred yet. */
const ACTIONS = [
  ...Object.values(DEFINITIONS).flatMap(({ kind }) => [`${kind}.created`, `${kind}.changed`, `${kind}.removed`]),
  ...['cleared', 'cooldown', 'disabled', 'enabled', 'error', 'error_cleared', 'refreshed', 'signed_in', 'tested'].map(
    (done) => `account.${done}`
  ),
  ...['linked', 'password_changed', 'password_set', 'signed_out', 'unlinked'].map((done) => `user.${done}`),
  ...['extended', 'suspended', 'resumed', 'revoked'].map((done) => `subscription.${done}`),
  'code.redeemed',
  'code.revoked',
  'codes.created',
  'key.revoked',
  'key.rotated',
  'key.tested',
  'raise.ended',
  'setting.changed',
  'setting.unset',
  'backup.made',
  'balance.adjusted',
  'person.session_ended',
  'person.signed_in',
  'price.set',
  'prices.updated',
  'secrets.rotated',
  'usage.rerated'
]

const SUBJECTS = `${unowned('subject')} from audit_log
  union all ${unowned(`'user ' || email`)} from users union all ${unowned(`'group ' || name`)} from groups
  union all ${unowned(`'team ' || name`)} from teams
  union all ${unowned(`'account ' || name`)} from accounts union all ${unowned(`'proxy ' || name`)} from proxies
  union all ${unowned(`'key ' || u.email || '/' || k.name`)} from api_keys k join users u on u.id = k.user_id
  union all ${unowned(`'subscription ' || u.email || '/' || g.name`)} from subscriptions s
    join users u on u.id = s.user_id join groups g on g.id = s.group_id`

const KNOWN: Record<keyof NamedFilters, Known> = {
  user: USERS,
  email: USERS,
  group: { names: `${unowned('name')} from groups`, unknown: there('group') },
  account: { names: `${unowned('name')} from accounts`, unknown: there('account') },
  key: KEYS,
  model: MODELS,
  subject: { names: SUBJECTS, unknown: (name) => `nothing is on record of ${name}` },
  team: TEAMS,
  actor: {
    names: `${unowned('actor')} from audit_log union all ${USERS.names}`,
    more: ['admin', 'config', 'sluice'],
    unknown: (name) => `nobody is called ${name}`
  },
  action: { names: `${unowned('action')} from audit_log`, more: ACTIONS, unknown: there('action') }
}

/** The names that somebody may know. */
const OWN: NonNullable<NameQuestion['of']> = {
  key: { ...KEYS, unknown: (name) => `you have no key ${name}` },
  model: MODELS,
  group: {
    names: `select g.name, u.email as owner from users u join api_keys k on k.user_id = u.id join groups g on g.id = k.group_id
      union all select g.name, u.email from users u join usage_daily d on d.user_id = u.id join groups g on g.id = d.group_id`,
    unknown: (name) => `you have used no group ${name}`
  },
  team: {
    names: `select t.name, u.email as owner from users u join team_members m on m.user_id = u.id join teams t on t.id = m.team_id
      union all select coalesce(t.name, rt.name), u.email from users u join team_usage_daily d on d.user_id = u.id
        left join teams t on t.id = d.team_id left join removed_teams rt on rt.id = d.team_id`,
    unknown: (name) => `you have used nothing in a team ${name}`
  }
}

interface NameQuestion {
  /** Models with a price, used or not. */
  models: () => readonly { id: string }[]
  /** The restriction, where not everything is visible. */
  of?: Partial<Record<keyof NamedFilters, Known>>
}

/**
 * Rejects with 400, naming the filter and the nearest name, when a name is unknown: an empty list would suggest that a known name
 * has nothing. When both are given, the key must be the user's.
 */
export async function refuseUnknownNames(
  db: Queryable,
  filters: NamedFilters,
  { models, of = KNOWN }: NameQuestion
): Promise<void> {
  for (const filter of Object.keys(of) as (keyof NamedFilters)[]) {
    const [given, known] = [filters[filter], of[filter]]
    if (given === undefined || known === undefined) continue
    const normal = (name: string) => (filter === 'user' || filter === 'email' ? name.toLowerCase() : name)
    const more = filter === 'model' ? models().map(({ id }) => id) : (known.more ?? [])
    const owners = filter === 'key' || of === OWN ? filters.user : undefined
    const asked = listOf(given)
    const there = new Set([...more, ...(await namesOf(db, known, { names: asked.map(normal), owners }))])
    const unknown = asked.find((name) => !there.has(normal(name)))
    if (unknown === undefined) continue
    const names = [...more, ...(await namesOf(db, known, { names: null, owners }))]
    throw fieldRefused(filter, `${known.unknown(unknown)}${meantInstead(normal(unknown), names)}`)
  }
}

/** The same for somebody who asks for their own data, and learns of nothing else. */
export const refuseUnknownOwn = (db: Queryable, email: string, filters: NamedFilters, book: Pick<NameQuestion, 'models'>) =>
  refuseUnknownNames(db, { ...filters, user: email }, { ...book, of: OWN })

const MOST_NAMES = 10_000

/** All of them, or those with this name. */
async function namesOf(
  db: Queryable,
  known: Known,
  { names, owners }: { names: readonly string[] | null; owners: OneOrSeveral | undefined }
): Promise<string[]> {
  const emails = owners === undefined ? null : listOf(owners).map((owner) => owner.toLowerCase())
  const { rows } = await db.query<{ name: string }>(
    `select distinct name from (${known.names}) as known
     where ($1::text[] is null or name = any ($1)) and ($2::text[] is null or owner = any ($2)) limit ${MOST_NAMES}`,
    [names && textArray(names), emails && textArray(emails)]
  )
  return rows.map((row) => row.name)
}
