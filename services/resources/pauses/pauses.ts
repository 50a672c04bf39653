import { conflict, createRow, fieldRefused, unknownId, type Operator } from '../admin/operator-changes.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { keyHolder } from '../keys/own-keys.ts'
import { insertPause, leadsTeam } from '../records/pauses.ts'
import type { UserPerson } from '../records/sign-in-sessions.ts'
import { findServiceUser } from '../records/service-users.ts'
import { type Target, actOn, wordsOf } from '../operate.ts'
import type { Resource } from '../resource.ts'
import { findRow, updateRow, type Row } from '../rows.ts'
import { pauses, type PauseRow } from './definition.ts'

/** Keys, sessions and agents that are paused, or were. */
export const pauseResource: Resource<typeof pauses> = { definition: pauses }

export interface AskedPause {
  user: string
  key: string
  /** As its client names it. */
  session: string | null
  agent: string | null
  reason: string
  /** Null: until somebody resumes. */
  lengthMs: number | null
}

/** Pauses by hand. Rejects with 400 where there is no such key, 409 where that is paused already. */
export async function addPause(context: Operator, { user, key, lengthMs, ...asked }: AskedPause): Promise<Row> {
  if (asked.agent !== null && asked.session === null) throw fieldRefused('agent', 'an agent is one of a session: name that too')
  return await createRow(context, {
    ...wordsOf(pauseResource),
    duplicate: '',
    create: async (db) => {
      const { rows } = await db.query<{ id: string }>(
        'select k.id from api_keys k join users u on u.id = k.user_id where u.email = $1 and k.name = $2',
        [user.toLowerCase(), key]
      )
      const keyId = rows[0]?.id
      if (keyId === undefined) throw fieldRefused('key', `${user} has no key ${key}`)
      const pause = { ...asked, keyId, kind: 'hand', createdBy: context.actor, ageMs: 0, lengthMs, exchangeId: null } as const
      const made = await insertPause(db, pause)
      if (made === null || !made.isNew) throw conflict(`it is paused already, by pause ${made?.id}`)
      return made.id
    }
  })
}

/** Ends a pause, which stays on record. Does nothing where it has ended. Rejects with 404 and 412. */
export async function resume(context: Operator, target: Target): Promise<Row> {
  return await actOn(context, pauseResource, target, 'resumed', async (db, before) => {
    if (before['status'] === 'over') return
    await updateRow(db, pauses, target.id, [
      { column: 'resumed_at', value: new Date(context.clock.now()) },
      { column: 'resumed_by', value: context.actor }
    ])
  })
}

/**
 * One of a key of theirs, or of a team that they lead, which they may resume. Rejects with 404 for what is not there, and for what is
 * somebody else's, 403 for what somebody else has paused by hand.
 */
export async function findOwnPause(db: Queryable, person: UserPerson, id: string): Promise<Row & PauseRow> {
  const pause = await findRow(db, pauses, id)
  if (pause === null || !(await isTheirs(db, person, pause))) throw unknownId('pause', id)
  if (pause.kind === 'hand' && pause.created_by !== person.email) {
    throw new GatewayError(403, 'permission_error', `pause ${id} was made by an operator: ask them to resume it`)
  }
  return pause
}

async function isTheirs(db: Queryable, person: UserPerson, { user_email: owner, team }: PauseRow): Promise<boolean> {
  if (owner === person.email || (await findServiceUser(db, person, owner)) !== null) return true
  return team !== null && (await leadsTeam(db, person.userId, team))
}

/** Whose pauses a person means: their own, those of a service user of theirs, or those of a team that they lead. Rejects with 400. */
export async function pausesFor(
  db: Queryable,
  person: UserPerson,
  { user, team }: { user?: string | undefined; team?: string | undefined }
): Promise<{ user?: string; team?: string }> {
  if (team === undefined) return { user: (await keyHolder(db, person, user)).email }
  if (!(await leadsTeam(db, person.userId, team))) throw fieldRefused('team', `you lead no team ${team}`)
  return user === undefined ? { team } : { team, user }
}
