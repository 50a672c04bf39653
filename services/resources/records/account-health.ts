import type { AccountError, AccountWindow, Cooldown, CooldownKind } from '../accounts/cooldowns.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/** Until the transaction ends the account cannot be deleted. False when it is gone: then nothing can be stored about it. */
export async function keepAccount(db: Queryable, accountId: string): Promise<boolean> {
  const { rowCount } = await db.query('select from accounts where id = $1 for key share', [accountId])
  return rowCount === 1
}

/**
 * Replaces an earlier cooldown of the same kind and scope, unless that one lasts beyond `knownUntil`: then another process knows
 * more. Null: replaces it in any case. Does nothing when the account is gone.
 */
export async function putCooldown(
  db: Queryable,
  accountId: string,
  cooldown: Cooldown,
  knownUntil: number | null = cooldown.until
): Promise<void> {
  const { kind, scope, reason, since, until, probeAt, level } = cooldown
  await db.query(
    `insert into account_cooldowns as c (account_id, kind, scope, reason, since, until, probe_at, level)
     select id, $2, $3, $4, $5, $6, $7, $8 from accounts where id = $1
     on conflict (account_id, kind, scope) do update set reason = excluded.reason, since = excluded.since,
       until = excluded.until, probe_at = excluded.probe_at, level = excluded.level where $9::timestamptz is null or c.until <= $9`,
    [
      accountId,
      kind,
      scope,
      reason,
      toDate(since),
      toDate(until),
      probeAt === null ? null : toDate(probeAt),
      level,
      knownUntil === null ? null : toDate(knownUntil)
    ]
  )
}

/** A cooldown that lasts beyond `knownUntil` stays; null removes any. */
export async function removeCooldown(
  db: Queryable,
  accountId: string,
  kind: CooldownKind,
  scope: string,
  knownUntil: number | null = null
): Promise<void> {
  await db.query(
    `delete from account_cooldowns where account_id = $1 and kind = $2 and scope = $3
       and ($4::timestamptz is null or until <= $4)`,
    [accountId, kind, scope, knownUntil === null ? null : toDate(knownUntil)]
  )
}

/** Removes the cooldowns that are over. Those that are half open (isHalfOpen) are over only when a probe succeeds. */
export async function removeEndedCooldowns(db: Queryable, accountId: string, nowMs: number): Promise<void> {
  await db.query(
    "delete from account_cooldowns where account_id = $1 and kind not in ('failures', 'unauthorized') and until <= $2",
    [accountId, toDate(nowMs)]
  )
}

/** Removes everything noted by any process. */
export async function removeCooldowns(db: Queryable, accountId: string): Promise<void> {
  await db.query('delete from account_cooldowns where account_id = $1', [accountId])
}

/**
 * Sets an active account to `error`; false when it is not active. An ended sign-in counts only while the stored token is known to
 * be used up: another process may have stored its successor by now.
 */
export async function putInError(db: Queryable, accountId: string, { reason, signInEnded }: AccountError): Promise<boolean> {
  const { rowCount } = await db.query(
    `update accounts set status = 'error', error = $2
     where id = $1 and status = 'active' and (not $3 or refresh_spent is not null)`,
    [accountId, reason, signInEnded]
  )
  return rowCount === 1
}

/**
 * Replaces the account's known windows. Statements older than the stored one are left out, and a window seen after all of these
 * stays.
 */
export async function putWindows(db: Queryable, accountId: string, windows: readonly AccountWindow[]): Promise<void> {
  const column = <T>(read: (window: AccountWindow) => T) => windows.map(read)
  const names = column(({ name }) => name)
  await db.query('delete from account_windows where account_id = $1 and name <> all($2::text[]) and seen_at <= $3', [
    accountId,
    names,
    toDate(Math.max(...column(({ seenAt }) => seenAt), 0))
  ])
  await db.query(
    `insert into account_windows as w (account_id, name, status, utilization, resets_at, seen_at)
     select a.id, t.* from accounts a, unnest($2::text[], $3::text[], $4::float8[], $5::timestamptz[], $6::timestamptz[]) as t
     where a.id = $1
     on conflict (account_id, name) do update set status = excluded.status, utilization = excluded.utilization,
       resets_at = excluded.resets_at, seen_at = excluded.seen_at where w.seen_at <= excluded.seen_at`,
    [
      accountId,
      names,
      column(({ status }) => status),
      column(({ utilization }) => utilization),
      column(({ resetsAt }) => (resetsAt === null ? null : toDate(resetsAt))),
      column(({ seenAt }) => toDate(seenAt))
    ]
  )
}

const toDate = (at: number) => new Date(at)
