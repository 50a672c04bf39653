import type { AccountWindow, Cooldown, CooldownKind } from '../accounts/cooldowns.ts'
import type { Queryable } from './queryable.ts'

/** Puts the cooldown in place of an earlier one of the same kind and scope. Nothing happens when the account is gone. */
export async function putCooldown(db: Queryable, accountId: string, cooldown: Cooldown): Promise<void> {
  const { kind, scope, reason, since, until, probeAt, level } = cooldown
  await db.query(
    `insert into account_cooldowns (account_id, kind, scope, reason, since, until, probe_at, level)
     select id, $2, $3, $4, $5, $6, $7, $8 from accounts where id = $1
     on conflict (account_id, kind, scope) do update set reason = excluded.reason, since = excluded.since,
       until = excluded.until, probe_at = excluded.probe_at, level = excluded.level`,
    [accountId, kind, scope, reason, toDate(since), toDate(until), probeAt === null ? null : toDate(probeAt), level]
  )
}

export async function removeCooldown(db: Queryable, accountId: string, kind: CooldownKind, scope: string): Promise<void> {
  await db.query('delete from account_cooldowns where account_id = $1 and kind = $2 and scope = $3', [accountId, kind, scope])
}

/** A statement about a window that is older than the one on record is left out. */
export async function putWindows(db: Queryable, accountId: string, windows: readonly AccountWindow[]): Promise<void> {
  const column = <T>(read: (window: AccountWindow) => T) => windows.map(read)
  await db.query(
    `insert into account_windows as w (account_id, name, status, utilization, resets_at, seen_at)
     select a.id, t.* from accounts a, unnest($2::text[], $3::text[], $4::float8[], $5::timestamptz[], $6::timestamptz[]) as t
     where a.id = $1
     on conflict (account_id, name) do update set status = excluded.status, utilization = excluded.utilization,
       resets_at = excluded.resets_at, seen_at = excluded.seen_at where w.seen_at <= excluded.seen_at`,
    [
      accountId,
      column(({ name }) => name),
      column(({ status }) => status),
      column(({ utilization }) => utilization),
      column(({ resetsAt }) => (resetsAt === null ? null : toDate(resetsAt))),
      column(({ seenAt }) => toDate(seenAt))
    ]
  )
}

const toDate = (at: number) => new Date(at)
