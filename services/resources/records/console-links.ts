import type { Queryable } from '../../platform/database/queryable.ts'

export interface ConsoleLink {
  codeHash: Buffer
  /** An actor of the audit log. */
  madeBy: string
  /** Epoch milliseconds. */
  expiresAt: number
}

export async function createConsoleLink(db: Queryable, { codeHash, madeBy, expiresAt }: ConsoleLink): Promise<void> {
  await db.query('insert into console_links (code_hash, made_by, expires_at) values ($1, $2, $3)', [
    codeHash,
    madeBy,
    new Date(expiresAt)
  ])
}

/**
 * Uses up a link and returns who made it; null when there is none, it was used before or has expired. Of two concurrent calls,
 * one gets it.
 */
export async function takeConsoleLink(db: Queryable, codeHash: Buffer, now: number): Promise<string | null> {
  const { rows } = await db.query<{ made_by: string }>(
    'delete from console_links where code_hash = $1 and expires_at > $2 returning made_by',
    [codeHash, new Date(now)]
  )
  return rows[0]?.made_by ?? null
}

export async function dropExpiredConsoleLinks(db: Queryable, now: number): Promise<void> {
  await db.query('delete from console_links where expires_at <= $1', [new Date(now)])
}
