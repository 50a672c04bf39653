import type { OperatorContext } from '../admin/operator-changes.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { addSignInKey, listOpenGroups } from '../keys/own-keys.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import type { GroupRecord } from '../records/groups.ts'
import { listSignInGroups, listSignInKeys } from '../records/sign-ins.ts'
import type { UserPerson } from '../records/sign-in-sessions.ts'
import { clientNameOf } from './client-name.ts'

interface Device {
  client: string | null
  clientAddress: string | null
}

const MOST_OF_ONE_NAME = 20

/** The name of its key, such as `Claude Code on 10.1.2.3`. */
export function keyNameOf({ client, clientAddress }: Device): string {
  return `${clientNameOf(client)} on ${clientAddress ?? 'an unknown address'}`
}

/**
 * The id of the key that a device approved by a person uses: the one made when it was approved before, else a new one. If they
 * may not have another, because an operator limits theirs or there are too many, it is one of those. Rejects as addSignInKey
 * does.
 */
export async function keyForDevice(
  context: OperatorContext,
  person: UserPerson,
  { device, group }: { device: Device; group: string }
): Promise<string> {
  const name = keyNameOf(device)
  const made = await listSignInKeys(context.pool, { userId: person.userId, group, name, now: context.clock.now() })
  const same = made.find((key) => key.name === name || key.name.startsWith(`${name} (`))
  if (same !== undefined) return same.id
  try {
    return await addUnder(context, person, { name, group })
  } catch (error) {
    const mayHaveNoOther = error instanceof GatewayError && error.status === 403
    if (mayHaveNoOther && made[0] !== undefined) return made[0].id
    throw error
  }
}

/**
 * The groups in which `keyForDevice` finds or creates a key, by name: those open to the person's keys, and those that already
 * have such a key of theirs.
 */
export async function listDeviceGroups(
  db: Queryable,
  person: UserPerson,
  now: number
): Promise<Pick<GroupRecord, 'name' | 'kind'>[]> {
  const [open, theirs] = await Promise.all([listOpenGroups(db, person, now), listSignInGroups(db, person.userId, now)])
  const byName = new Map([...open, ...theirs].map(({ name, kind }) => [name, { name, kind }]))
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Under the first free name: revoked keys keep theirs, and so do keys created by hand. */
async function addUnder(
  context: OperatorContext,
  person: UserPerson,
  wanted: { name: string; group: string }
): Promise<string> {
  for (let n = 1; ; n++) {
    try {
      return await addSignInKey(context, person, { ...wanted, name: n === 1 ? wanted.name : `${wanted.name} (${n})` })
    } catch (error) {
      const isTaken = error instanceof GatewayError && error.status === 409
      if (!isTaken || n === MOST_OF_ONE_NAME) throw error
    }
  }
}
