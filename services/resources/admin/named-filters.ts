import type { Queryable } from '../../platform/database/queryable.ts'
import { DEFINITIONS } from '../definitions.ts'
import { meantInstead } from '../set-up/nearest-name.ts'
import { fieldRefused } from './operator-changes.ts'

/** What a list is asked for by name. */
export interface NamedFilters {
  user?: string | undefined
  email?: string | undefined
  group?: string | undefined
  account?: string | undefined
  key?: string | undefined
  model?: string | undefined
  subject?: string | undefined
  actor?: string | undefined
  action?: string | undefined
}

interface Known {
  /** SQL for the names, each with the address of its owner. */
  names: string
  /** Those that there are besides. */
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

/** What changes do to rows of any kind, and what else is done; it need not have been done yet. */
const ACTIONS = [
  ...Object.values(DEFINITIONS).flatMap(({ kind }) => [`${kind}.created`, `${kind}.changed`, `${kind}.removed`]),
  ...['cleared', 'cooldown', 'disabled', 'enabled', 'error', 'error_cleared', 'refreshed', 'signed_in'].map(
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
  actor: {
    names: `${unowned('actor')} from audit_log union all ${USERS.names}`,
    more: ['admin', 'config', 'sluice'],
    unknown: (name) => `nobody is called ${name}`
  },
  action: { names: `${unowned('action')} from audit_log`, more: ACTIONS, unknown: there('action') }
}

/** What somebody may know of. */
const OWN: NonNullable<NameQuestion['of']> = {
  key: { ...KEYS, unknown: (name) => `you have no key ${name}` },
  model: MODELS,
  group: {
    names: `select g.name, u.email as owner from users u join api_keys k on k.user_id = u.id join groups g on g.id = k.group_id
      union all select g.name, u.email from users u join usage_daily d on d.user_id = u.id join groups g on g.id = d.group_id`,
    unknown: (name) => `you have used no group ${name}`
  }
}

interface NameQuestion {
  /** Models that have a price: nobody need have used one yet. */
  models: () => readonly { id: string }[]
  /** Where it is not everything. */
  of?: Partial<Record<keyof NamedFilters, Known>>
}

/**
 * Rejects with the 400 that names the filter, and the nearest name, where there is nothing of a name: an empty list would read as if
 * there were nothing of somebody who is there. A key has to be the user's, where both are named.
 */
export async function refuseUnknownNames(
  db: Queryable,
  filters: NamedFilters,
  { models, of = KNOWN }: NameQuestion
): Promise<void> {
  for (const filter of Object.keys(of) as (keyof NamedFilters)[]) {
    const [given, known] = [filters[filter], of[filter]]
    if (given === undefined || known === undefined) continue
    const name = filter === 'user' || filter === 'email' ? given.toLowerCase() : given
    const more = filter === 'model' ? models().map(({ id }) => id) : (known.more ?? [])
    const owner = filter === 'key' || of === OWN ? filters.user : undefined
    if (more.includes(name) || (await namesOf(db, known, { name, owner })).length > 0) continue
    const names = [...more, ...(await namesOf(db, known, { name: null, owner }))]
    throw fieldRefused(filter, `${known.unknown(given)}${meantInstead(name, names)}`)
  }
}

/** The same for somebody who asks for their own, and is told of nothing else. */
export const refuseUnknownOwn = (db: Queryable, email: string, filters: NamedFilters, book: Pick<NameQuestion, 'models'>) =>
  refuseUnknownNames(db, { ...filters, user: email }, { ...book, of: OWN })

const MOST_NAMES = 10_000

/** All of them, or the one that is named so. */
async function namesOf(
  db: Queryable,
  { names }: Known,
  { name, owner = null }: { name: string | null; owner: string | null | undefined }
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select distinct name from (${names}) as known
     where ($1::text is null or name = $1) and ($2::text is null or owner = lower($2)) limit ${MOST_NAMES}`,
    [name, owner]
  )
  return rows.map((row) => row.name)
}
