import { formatUsd, parseUsd } from '../prices/money.ts'
import { assignments } from './assignments.ts'
import { ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import { onlyRow, type Queryable } from './queryable.ts'
import type { Versioned } from './versioned.ts'

export interface UserValues {
  role: 'admin' | 'viewer' | 'user'
  status: 'active' | 'disabled'
  /** 0 is no limit. */
  concurrency: number
}

export interface UserRecord extends UserValues {
  id: string
  email: string
  balanceNano: bigint
}

export interface NewUser extends UserValues {
  /** Kept in lower case. */
  email: string
  openingBalanceNano: bigint
}

interface UserRow extends UserValues {
  id: string
  email: string
  balance: string
}

const FIELDS = 'id, email, role, status, concurrency, balance_usd as balance'
const COLUMNS = { role: 'role', status: 'status', concurrency: 'concurrency' }

function toUser({ balance, ...row }: UserRow): UserRecord {
  return { ...row, balanceNano: parseUsd(balance) }
}

/** Creates the user and, if the opening balance is not 0, its ledger entry; one statement, so both or neither. */
export async function createUser(db: Queryable, user: NewUser): Promise<UserRecord> {
  const result = await db.query<UserRow>(
    `with new_user as (
       insert into users (email, role, status, concurrency, balance_usd) values ($1, $2, $3, $4, $5) returning *
     ), opening as (
       insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd)
       select id, 'top-up', balance_usd, 'opening:' || id, balance_usd from new_user where balance_usd <> 0
     )
     select ${FIELDS} from new_user`,
    [user.email.toLowerCase(), user.role, user.status, user.concurrency, formatUsd(user.openingBalanceNano)]
  )
  return toUser(onlyRow(result))
}

/** Null when there is no such user. The balance is changed by ledger entries only. */
export async function updateUser(db: Queryable, id: string, changes: Partial<UserValues>): Promise<UserRecord | null> {
  const { set, values } = assignments(changes, COLUMNS)
  const { rows } = await db.query<UserRow>(`update users set ${set}, version = version + 1 where id = $1 returning ${FIELDS}`, [
    id,
    ...values
  ])
  return rows[0] === undefined ? null : toUser(rows[0])
}

/** Throws a foreign key violation while something refers to it. */
export async function deleteUser(db: Queryable, id: string): Promise<void> {
  await db.query('delete from users where id = $1', [id])
}

/** Null when there is no such user. */
export async function findUser(db: Queryable, id: string): Promise<Versioned<UserRecord> | null> {
  const { rows } = await db.query<UserRow & { version: string }>(`select ${FIELDS}, version from users where id = $1`, [id])
  return rows[0] === undefined ? null : { ...toUser(rows[0]), version: Number(rows[0].version) }
}

/** Null when there is no such user. */
export async function findUserId(db: Queryable, email: string): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>('select id from users where email = $1', [email.toLowerCase()])
  return rows[0]?.id ?? null
}

/** In the order of creation. Throws InvalidCursorError. */
export async function pageUsers(db: Queryable, { limit, cursor }: PageRequest): Promise<Page<UserRecord>> {
  const [afterId = '0'] = cursor === null ? [] : readCursor(cursor, [ID_PATTERN])
  const { rows } = await db.query<UserRow>(`select ${FIELDS} from users where id > $1 order by id limit $2`, [
    afterId,
    limit + 1
  ])
  return toPage(rows.map(toUser), limit, (user) => [user.id])
}

export async function listUserEmails(db: Queryable, ids: string[]): Promise<{ id: string; email: string }[]> {
  return (await db.query<{ id: string; email: string }>('select id, email from users where id = any ($1::bigint[])', [ids]))
    .rows
}

/** All users with what their ledger opened with, 0 where it didn't; in the order of creation. */
export async function listUsersWithOpening(db: Queryable): Promise<(UserRecord & { openingNano: bigint })[]> {
  const { rows } = await db.query<UserRow & { opening: string }>(
    `select u.id, u.email, u.role, u.status, u.concurrency, u.balance_usd as balance, coalesce(l.amount_usd, 0) as opening
     from users u left join ledger_entries l on l.source_id = 'opening:' || u.id order by u.id`
  )
  return rows.map(({ opening, ...row }) => ({ ...toUser(row), openingNano: parseUsd(opening) }))
}
