import { assignments } from './assignments.ts'
import { ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import { onlyRow, type Queryable } from './queryable.ts'

export interface AccountValues {
  name: string
  type: 'api-key' | 'oauth' | 'setup-token'
  /** Sealed; see createSecretBox. */
  credentials: Buffer
  /** Null is the default upstream. */
  baseUrl: string | null
  /** Requested model to actual model. */
  modelMapping: Record<string, string>
  /** 0 is no limit. */
  concurrency: number
  /** Smaller goes first. */
  priority: number
  status: 'active' | 'disabled' | 'error'
  schedulable: boolean
  error: string | null
}

export interface AccountRecord extends AccountValues {
  id: string
  /** Where the account may serve, with the priority it has there. */
  groups: { id: string; name: string; priority: number }[]
}

/** A group to serve; `priority` null is the account's own. */
export interface AccountGroup {
  groupId: string
  priority: number | null
}

const OWN_FIELDS = `a.id, a.name, a.type, a.credentials, a.base_url as "baseUrl", a.model_mapping as "modelMapping",
  a.concurrency, a.priority, a.status, a.schedulable, a.error`

const FIELDS = `${OWN_FIELDS}, (
    select coalesce(json_agg(json_build_object('id', g.id::text, 'name', g.name,
      'priority', coalesce(ag.priority, a.priority)) order by g.name), '[]')
    from account_groups ag join groups g on g.id = ag.group_id where ag.account_id = a.id
  ) as groups`

const COLUMNS: Record<keyof AccountValues, string> = {
  name: 'name',
  type: 'type',
  credentials: 'credentials',
  baseUrl: 'base_url',
  modelMapping: 'model_mapping',
  concurrency: 'concurrency',
  priority: 'priority',
  status: 'status',
  schedulable: 'schedulable',
  error: 'error'
}

export async function listAccounts(db: Queryable): Promise<AccountRecord[]> {
  return (await db.query<AccountRecord>(`select ${FIELDS} from accounts a order by a.id`)).rows
}

/** In the order of creation. Throws InvalidCursorError. */
export async function pageAccounts(db: Queryable, { limit, cursor }: PageRequest): Promise<Page<AccountRecord>> {
  const [afterId = '0'] = cursor === null ? [] : readCursor(cursor, [ID_PATTERN])
  const { rows } = await db.query<AccountRecord>(`select ${FIELDS} from accounts a where a.id > $1 order by a.id limit $2`, [
    afterId,
    limit + 1
  ])
  return toPage(rows, limit, (account) => [account.id])
}

/** Returns the new account's id. */
export async function createAccount(db: Queryable, values: AccountValues): Promise<string> {
  const result = await db.query<{ id: string }>(
    `insert into accounts (name, type, credentials, base_url, model_mapping, concurrency, priority, status, schedulable, error)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
    [
      values.name,
      values.type,
      values.credentials,
      values.baseUrl,
      values.modelMapping,
      values.concurrency,
      values.priority,
      values.status,
      values.schedulable,
      values.error
    ]
  )
  return onlyRow(result).id
}

/** False when there is no such account. */
export async function updateAccount(db: Queryable, id: string, changes: Partial<AccountValues>): Promise<boolean> {
  const { set, values } = assignments(changes, COLUMNS)
  const { rowCount } = await db.query(`update accounts set ${set} where id = $1`, [id, ...values])
  return rowCount === 1
}

/** Makes `groups` the groups that the account serves; one statement. */
export async function setAccountGroups(db: Queryable, accountId: string, groups: AccountGroup[]): Promise<void> {
  await db.query(
    `with wanted as (select * from unnest($2::bigint[], $3::integer[]) as t (group_id, priority)),
     gone as (delete from account_groups where account_id = $1 and group_id not in (select group_id from wanted))
     insert into account_groups (account_id, group_id, priority) select $1, group_id, priority from wanted
     on conflict (account_id, group_id) do update set priority = excluded.priority`,
    [accountId, groups.map(({ groupId }) => groupId), groups.map(({ priority }) => priority)]
  )
}
