import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { appendAudit } from './audit-log.ts'
import { tellInOutbox } from './webhook-outbox.ts'

/** What is paused: a whole key, a session of it, or an agent of that. */
export interface PausedSubject {
  keyId: string
  session: string | null
  agent: string | null
}

export type PauseKind = 'spend' | 'requests' | 'identical_turns' | 'hand'

/** A pause that holds. */
export interface PauseRecord extends PausedSubject {
  id: string
  reason: string
  /** How long it still lasts by the database's clock, in ms; null: until somebody resumes it. */
  leftMs: number | null
}

const IN_FORCE = 'resumed_at is null and (ends_at is null or ends_at > now())'

/** All that hold now. */
export async function listPausesInForce(db: Queryable): Promise<PauseRecord[]> {
  const { rows } = await db.query<PauseRecord>(
    `select id, key_id as "keyId", session, agent, reason, (extract(epoch from ends_at - now()) * 1000)::float8 as "leftMs"
     from pauses where ${IN_FORCE} order by id`
  )
  return rows
}

export interface NewPause extends PausedSubject {
  kind: PauseKind
  reason: string
  createdBy: string
  /** How long ago it began. */
  ageMs: number
  /** From its beginning; null: until somebody resumes it. */
  lengthMs: number | null
  /** The request that brought it about. */
  exchangeId: string | null
}

const SAME = `key_id = $1 and session is not distinct from $2 and agent is not distinct from $3 and resumed_at is null`

/** The new pause's id, and null as the other where there is one of the same subject that still holds, which then is left as it is. */
export async function insertPause(db: Queryable, pause: NewPause): Promise<{ id: string; isNew: boolean } | null> {
  const subject = [pause.keyId, pause.session, pause.agent]
  // One that is over by itself is in nobody's way.
  await db.query(`update pauses set resumed_at = ends_at, version = version + 1 where ${SAME} and ends_at <= now()`, subject)
  const { rows } = await db.query<{ id: string }>(
    `insert into pauses (user_id, key_id, session, agent, kind, reason, created_by, created_at, ends_at, exchange_id)
     select k.user_id, k.id, $2, $3, $4, $5, $6, t.began, t.began + $8::float8 * interval '1 millisecond', $9
     from api_keys k, (select now() - $7::float8 * interval '1 millisecond' as began) t where k.id = $1
     on conflict do nothing returning id`,
    [...subject, pause.kind, pause.reason, pause.createdBy, pause.ageMs, pause.lengthMs, pause.exchangeId]
  )
  if (rows[0] !== undefined) return { id: rows[0].id, isNew: true }
  const known = await db.query<{ id: string }>(`select id from pauses where ${SAME}`, subject)
  return known.rows[0] === undefined ? null : { id: known.rows[0].id, isNew: false }
}

/** Those that were over before an instant; none that holds by the database's clock, however far ahead that of a process is set. */
export async function dropOldPauses(db: Queryable, before: number): Promise<void> {
  await db.query(`delete from pauses where coalesce(resumed_at, ends_at) < $1 and not (${IN_FORCE})`, [new Date(before)])
}

/** Whether a user leads the team of that name. */
export async function leadsTeam(db: Queryable, userId: string, team: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from team_members m join teams t on t.id = m.team_id where t.name = $2 and m.user_id = $1 and m.role = 'lead'`,
    [userId, team]
  )
  return rowCount === 1
}

const BRAKE_TRIPPED = 'sluice.brake.tripped'

/** What a webhook is told of a brake. */
export interface TrippedBrake {
  userEmail: string
  keyName: string
  group: string
  session: string | null
  agent: string | null
  kind: Exclude<PauseKind, 'hand'>
  action: 'pause' | 'warn'
  reason: string
  exchangeId: string
}

export async function tellOfBrake(db: Queryable, brake: TrippedBrake, pauseId: string | null): Promise<void> {
  const data = {
    user_email: brake.userEmail,
    key_name: brake.keyName,
    group: brake.group,
    session: brake.session,
    agent: brake.agent,
    kind: brake.kind,
    action: brake.action,
    reason: brake.reason,
    exchange_id: brake.exchangeId,
    pause_id: pauseId
  }
  await tellInOutbox(db, BRAKE_TRIPPED, [{ subject: brake.userEmail, data }])
}

/**
 * Puts a pause by a brake on record, once: where another replica has, that one holds. Returns its id; null where the key is gone.
 */
export async function recordTrippedPause(
  pool: Connectable,
  pause: NewPause,
  { brake, hasWebhook, now }: { brake: TrippedBrake; hasWebhook: boolean; now: number }
): Promise<string | null> {
  return await inTransaction(pool, async (db) => {
    const stored = await insertPause(db, pause)
    if (stored === null || !stored.isNew) return stored?.id ?? null
    if (hasWebhook) await tellOfBrake(db, brake, stored.id)
    const { userEmail, keyName: key, session, agent, kind, reason, exchangeId } = brake
    await appendAudit(db, {
      at: now,
      actor: 'sluice',
      action: 'pause.created',
      subject: `pause ${userEmail}/${stored.id}`,
      detail: { after: { key, session, agent, kind, reason } },
      exchangeId
    })
    return stored.id
  })
}
