import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import type { OwnGroup } from './own-groups.ts'

interface NewAccessToken {
  tokenHash: Buffer
  keyId: string
  signInId: string | null
  subject: string | null
  /** Epoch milliseconds. */
  issuedAt: number
  expiresAt: number
}

export async function insertAccessToken(db: Queryable, token: NewAccessToken): Promise<void> {
  const { tokenHash, keyId, signInId, subject, issuedAt, expiresAt } = token
  await db.query(
    `insert into access_tokens (token_hash, key_id, sign_in_id, subject, issued_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
    [tokenHash, keyId, signInId, subject, new Date(issuedAt), new Date(expiresAt)]
  )
}

/** Those that expired before an instant: until then, holders are told why theirs is refused. */
export async function dropExpiredTokens(db: Queryable, before: number): Promise<void> {
  await db.query('delete from access_tokens where expires_at < $1', [new Date(before)])
}

interface NewSignIn {
  keyId: string
  userId: string
  client: string | null
  clientAddress: string | null
  userAgent: string | null
  refreshHash: Buffer
  /** Epoch milliseconds. */
  createdAt: number
}

/** Returns its id. */
export async function insertSignIn(db: Queryable, signIn: NewSignIn): Promise<string> {
  const { keyId, userId, client, clientAddress, userAgent, refreshHash, createdAt } = signIn
  const inserted = await db.query<{ id: string }>(
    `insert into sign_ins (key_id, user_id, client, client_address, user_agent, refresh_hash, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [keyId, userId, client, clientAddress, userAgent, refreshHash, new Date(createdAt)]
  )
  return onlyRow(inserted).id
}

export interface RefreshedSignIn {
  id: string
  keyId: string
  email: string
}

/** Notes that a sign-in is in use. Null when it has ended, its key was revoked, its user is disabled, or there is none. */
export async function touchSignIn(db: Queryable, refreshHash: Buffer, now: number): Promise<RefreshedSignIn | null> {
  const { rows } = await db.query<RefreshedSignIn>(
    `update sign_ins i set refreshed_at = $2 from users u, api_keys k
     where i.refresh_hash = $1 and i.revoked_at is null and u.id = i.user_id and u.status = 'active' and k.id = i.key_id
       and k.revoked_at is null
     returning i.id, i.key_id as "keyId", u.email`,
    [refreshHash, new Date(now)]
  )
  return rows[0] ?? null
}

/** The sign-in of a refresh token, and its user; null when there is none. */
export async function findSignInOf(db: Queryable, refreshHash: Buffer): Promise<{ id: string; email: string } | null> {
  const { rows } = await db.query<{ id: string; email: string }>(
    'select i.id, u.email from sign_ins i join users u on u.id = i.user_id where i.refresh_hash = $1',
    [refreshHash]
  )
  return rows[0] ?? null
}

/** Ends all sign-ins of a user, and approved devices that have not fetched their tokens yet. Returns how many sign-ins. */
export async function endSignInsOf(db: Queryable, userId: string, now: number): Promise<number> {
  await db.query(
    `update device_codes set decision = 'denied', key_id = null where user_id = $1 and decision = 'approved' and answered_at is null`,
    [userId]
  )
  const { rows } = await db.query(
    `update sign_ins set revoked_at = $2, version = version + 1 where user_id = $1 and revoked_at is null returning id`,
    [userId, new Date(now)]
  )
  return rows.length
}

/** Ends one access token before its time. False when there is none, or it has ended. */
export async function revokeAccessToken(db: Queryable, tokenHash: Buffer, now: number): Promise<boolean> {
  const { rows } = await db.query(
    'update access_tokens set revoked_at = $2 where token_hash = $1 and revoked_at is null returning token_hash',
    [tokenHash, new Date(now)]
  )
  return rows.length > 0
}

/** SQL for a key `k` that was made for sign-ins of the user $1 and still works at $2. */
const WORKS_FOR_SIGN_INS = `k.user_id = $1 and k.made_by = 'sign-in' and k.revoked_at is null
  and coalesce(least(k.expires_at, k.own_expires_at) > $2, true)`

/** The active groups in which a user has such a key. */
export async function listSignInGroups(db: Queryable, userId: string, now: number): Promise<OwnGroup[]> {
  const { rows } = await db.query<OwnGroup>(
    `select g.name, g.kind from groups g where g.status = 'active'
       and exists (select from api_keys k where k.group_id = g.id and ${WORKS_FOR_SIGN_INS})`,
    [userId, new Date(now)]
  )
  return rows
}

/**
 * Keys that were made for sign-ins of a user in a group and that still work; those with that name, possibly with a number, come
 * first.
 */
export async function listSignInKeys(
  db: Queryable,
  { userId, group, name, now }: { userId: string; group: string; name: string; now: number }
): Promise<{ id: string; name: string }[]> {
  const { rows } = await db.query<{ id: string; name: string }>(
    `select k.id, k.name from api_keys k join groups g on g.id = k.group_id
     where ${WORKS_FOR_SIGN_INS} and g.name = $3
     order by k.name = $4 desc, starts_with(k.name, $4 || ' (') desc, k.id desc`,
    [userId, new Date(now), group, name]
  )
  return rows
}
