import type { Queryable } from '../../platform/database/queryable.ts'
import type { UserRow } from '../users/definition.ts'

export const SIGN_IN_METHODS = ['password', 'oidc', 'link'] as const
export type SignInMethod = (typeof SIGN_IN_METHODS)[number]

/** Somebody who has signed in: a user, or an operator with a link of `sluice console`. */
export interface Person extends Pick<UserRow, 'role'> {
  /** Null for an operator, who is no user. */
  userId: string | null
  /** An e-mail address, or an operator's name; their actions are recorded under it. */
  name: string
}

/** A person who is a user. */
export interface UserPerson extends Pick<UserRow, 'role'> {
  userId: string
  email: string
}

/** A person and their session. */
export interface SessionPerson extends Person {
  method: SignInMethod
  /** Epoch milliseconds. */
  expiresAt: number
}

interface NewSession {
  tokenHash: Buffer
  /** The user it belongs to; without one, the operator of this name. */
  userId?: string
  operator?: string
  method: SignInMethod
  /** Epoch milliseconds. */
  createdAt: number
  expiresAt: number
  /** The address it was begun from; null when unknown. */
  clientAddress: string | null
  userAgent: string | null
}

export async function createSession(db: Queryable, session: NewSession): Promise<void> {
  const { tokenHash, userId, operator, method, createdAt, expiresAt, clientAddress, userAgent } = session
  await db.query(
    `insert into sign_in_sessions (token_hash, user_id, operator, method, created_at, expires_at, client_address, user_agent)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tokenHash, userId ?? null, operator ?? null, method, new Date(createdAt), new Date(expiresAt), clientAddress, userAgent]
  )
}

export interface OpenSession extends Omit<NewSession, 'tokenHash' | 'userId' | 'operator'> {
  id: string
  isCurrent: boolean
}

/** A user's sessions that have not ended, the newest first; `tokenHash` is of the current one. */
export async function listSessions(
  db: Queryable,
  userId: string,
  { tokenHash, now }: { tokenHash: Buffer; now: number }
): Promise<OpenSession[]> {
  const { rows } = await db.query<Omit<OpenSession, 'createdAt' | 'expiresAt'> & { createdAt: Date; expiresAt: Date }>(
    `select id, method, created_at as "createdAt", expires_at as "expiresAt", client_address as "clientAddress",
       user_agent as "userAgent", token_hash = $2 as "isCurrent"
     from sign_in_sessions where user_id = $1 and expires_at > $3 order by id desc`,
    [userId, tokenHash, new Date(now)]
  )
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.getTime(), expiresAt: row.expiresAt.getTime() }))
}

/** Ends one of a user's sessions. Returns the hash of its token; null when they have no such session. */
export async function endSessionOf(db: Queryable, userId: string, id: string): Promise<Buffer | null> {
  const { rows } = await db.query<{ tokenHash: Buffer }>(
    'delete from sign_in_sessions where user_id = $1 and id = $2 returning token_hash as "tokenHash"',
    [userId, id]
  )
  return rows[0]?.tokenHash ?? null
}

/** Null when there is no such session, it has ended, or its user is disabled or not a person. */
export async function findPerson(db: Queryable, tokenHash: Buffer, now: number): Promise<SessionPerson | null> {
  // Both of its values are of our own making: without any it goes to the database in one trip, wherever it is asked.
  const { rows } = await db.query<Omit<SessionPerson, 'expiresAt'> & { expires_at: Date }>(
    `select s.user_id as "userId", coalesce(u.email, s.operator) as name, coalesce(u.role, 'admin') as role, s.method, s.expires_at
     from sign_in_sessions s left join users u on u.id = s.user_id
     where s.token_hash = '\\x${tokenHash.toString('hex')}'::bytea and s.expires_at > '${new Date(now).toISOString()}'::timestamptz
       and (s.operator is not null or (u.status = 'active' and u.kind = 'person'))`
  )
  const [row] = rows
  if (row === undefined) return null
  const { expires_at: expiresAt, ...person } = row
  return { ...person, expiresAt: expiresAt.getTime() }
}

export async function endSession(db: Queryable, tokenHash: Buffer): Promise<void> {
  await db.query('delete from sign_in_sessions where token_hash = $1', [tokenHash])
}

/** All sessions of a user except one, which may be null. Returns how many. */
export async function endSessionsOf(db: Queryable, userId: string, but: Buffer | null = null): Promise<number> {
  const { rows } = await db.query(
    'delete from sign_in_sessions where user_id = $1 and token_hash is distinct from $2 returning user_id',
    [userId, but]
  )
  return rows.length
}

export async function dropEndedSessions(db: Queryable, now: number): Promise<void> {
  await db.query('delete from sign_in_sessions where expires_at <= $1', [new Date(now)])
}

interface StoredPassword {
  userId: string
  email: string
  /** Null when the user has none. */
  hash: string | null
}

/** Of an active person; null when there is none with that address. */
export async function findPassword(db: Queryable, email: string): Promise<StoredPassword | null> {
  const { rows } = await db.query<StoredPassword>(
    `select id as "userId", email, password_hash as hash from users where email = $1 and status = 'active' and kind = 'person'`,
    [email.toLowerCase()]
  )
  return rows[0] ?? null
}

/** False when there is no such user. */
export async function setPassword(db: Queryable, userId: string, hash: string): Promise<boolean> {
  const { rows } = await db.query('update users set password_hash = $2 where id = $1 returning id', [userId, hash])
  return rows.length > 0
}
