import type { AccountWindow, Cooldown } from '../accounts/cooldowns.ts'
import { assignments } from '../../platform/database/assignments.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/** `oauth` and `setup-token` are a person's own sign-in; see `ownerId`. */
export type AccountType = 'api-key' | 'oauth' | 'setup-token'

/** The header in which the upstream expects an API key. */
export type ApiKeyAuth = 'x-api-key' | 'bearer'

export interface AccountValues {
  name: string
  type: AccountType
  /** Sealed; see createSecretBox. */
  credentials: Buffer
  /** Of type api-key only: a sign-in is a bearer token anyway. */
  auth: ApiKeyAuth
  /** Null means the default upstream. */
  baseUrl: string | null
  /** Requested model to actual model. */
  modelMapping: Record<string, string>
  /** The upstream models it may serve; null means all. */
  allowedModels: string[] | null
  /** Models served only by this account and others that accept them. */
  acceptedModels: string[]
  /** 0 is no limit. */
  concurrency: number
  /** Smaller goes first. */
  priority: number
  status: 'active' | 'disabled' | 'error'
  schedulable: boolean
  error: string | null
  /** The user whose sign-in it is. A sign-in serves its owner's keys only, unless it is `shared`. */
  ownerId: string | null
  shared: boolean
  /** Remember the newest headers of each client family and send them for the same family. */
  headerProfile: boolean
  proxyId: string | null
}

export interface AccountRecord extends AccountValues {
  id: string
  /** Grows with each change by an operator. */
  version: number
  /** A group the account may serve, with its priority there. */
  groups: { id: string; name: string; priority: number }[]
  ownerEmail: string | null
  /** `url` is sealed; see createSecretBox. */
  proxy: { name: string; url: Buffer } | null
  cooldowns: Cooldown[]
  windows: AccountWindow[]
}

interface AccountRow extends Omit<AccountRecord, 'proxy'> {
  proxyName: string | null
  proxyUrl: Buffer | null
}

const OWN_FIELDS = `a.id, a.name, a.type, a.credentials, a.auth, a.base_url as "baseUrl", a.model_mapping as "modelMapping",
  a.allowed_models as "allowedModels", a.accepted_models as "acceptedModels", a.concurrency, a.priority, a.status, a.schedulable, a.error, a.owner_id as "ownerId",
  a.shared, a.header_profile as "headerProfile", a.proxy_id as "proxyId", a.version::integer as version`

/** Epoch milliseconds of an instant, for JSON. */
const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`

const FIELDS = `${OWN_FIELDS}, (
    select coalesce(json_agg(json_build_object('id', g.id::text, 'name', g.name,
      'priority', coalesce(ag.priority, a.priority)) order by g.name), '[]')
    from account_groups ag join groups g on g.id = ag.group_id where ag.account_id = a.id
  ) as groups, (select u.email from users u where u.id = a.owner_id) as "ownerEmail",
  p.name as "proxyName", p.url as "proxyUrl", (
    select coalesce(json_agg(json_build_object('kind', c.kind, 'scope', c.scope, 'reason', c.reason, 'since', ${ms('c.since')},
      'until', ${ms('c.until')}, 'probeAt', ${ms('c.probe_at')}, 'level', c.level) order by c.until), '[]')
    from account_cooldowns c where c.account_id = a.id
  ) as cooldowns, (
    select coalesce(json_agg(json_build_object('name', w.name, 'status', w.status, 'utilization', w.utilization,
      'resetsAt', ${ms('w.resets_at')}, 'seenAt', ${ms('w.seen_at')}) order by w.name), '[]')
    from account_windows w where w.account_id = a.id
  ) as windows`

const FROM = 'accounts a left join proxies p on p.id = a.proxy_id'

function toAccount({ proxyName, proxyUrl, ...row }: AccountRow): AccountRecord {
  return { ...row, proxy: proxyName === null || proxyUrl === null ? null : { name: proxyName, url: proxyUrl } }
}

const COLUMNS: Record<keyof AccountValues, string> = {
  name: 'name',
  type: 'type',
  credentials: 'credentials',
  auth: 'auth',
  baseUrl: 'base_url',
  modelMapping: 'model_mapping',
  concurrency: 'concurrency',
  priority: 'priority',
  status: 'status',
  schedulable: 'schedulable',
  error: 'error',
  allowedModels: 'allowed_models',
  acceptedModels: 'accepted_models',
  ownerId: 'owner_id',
  shared: 'shared',
  headerProfile: 'header_profile',
  proxyId: 'proxy_id'
}

export async function listAccounts(db: Queryable): Promise<AccountRecord[]> {
  return (await db.query<AccountRow>(`select ${FIELDS} from ${FROM} order by a.id`)).rows.map(toAccount)
}

/** Null when there is no such account. */
export async function findAccount(db: Queryable, id: string): Promise<AccountRecord | null> {
  const { rows } = await db.query<AccountRow>(`select ${FIELDS} from ${FROM} where a.id = $1`, [id])
  return rows[0] === undefined ? null : toAccount(rows[0])
}

/** False when there is no such account. No token of new credentials is known to be used up. */
export async function updateAccount(db: Queryable, id: string, changes: Partial<AccountValues>): Promise<boolean> {
  const { set, values } = assignments(changes, COLUMNS)
  const unspent = changes.credentials === undefined ? '' : ', refresh_spent = null'
  const { rowCount } = await db.query(`update accounts set ${set}${unspent} where id = $1`, [id, ...values])
  return rowCount === 1
}

/** For new secrets from an operator. Those that the gateway renews itself are not an operator's change. */
export async function raiseVersion(db: Queryable, id: string): Promise<void> {
  await db.query('update accounts set version = version + 1 where id = $1', [id])
}

/** Sets the groups that the account serves, by name; those that stay keep their priority. */
export async function setAccountGroups(db: Queryable, accountId: string, names: readonly string[]): Promise<void> {
  await db.query(
    `with wanted as (select id from groups where name = any ($2::text[])),
     gone as (delete from account_groups where account_id = $1 and group_id not in (select id from wanted))
     insert into account_groups (account_id, group_id) select $1, id from wanted on conflict (account_id, group_id) do nothing`,
    [accountId, names]
  )
}
