import { isFields } from '../problems.ts'
import { lowerKeys, type Operation } from './patch.ts'
import { scimRefused } from './refusals.ts'
import { isId, requiredText, textOf } from './values.ts'

/** A group as described by a provider. */
export interface ScimGroupState {
  displayName: string
  externalId: string | null
  /** Ids of users. */
  members: ReadonlySet<string>
}

/** A whole group. Throws 400. */
export function readGroup(body: unknown): ScimGroupState {
  const given = lowerKeys(body)
  return {
    displayName: requiredText('displayName', given['displayname']),
    externalId: textOf('externalId', given['externalid']),
    members: new Set(memberIds(given['members']))
  }
}

/** A group after the operations of a PATCH. Throws 400. */
export function patchGroup(before: ScimGroupState, operations: readonly Operation[]): ScimGroupState {
  return operations.reduce(apply, before)
}

function apply(group: ScimGroupState, operation: Operation): ScimGroupState {
  const { op, path, value } = operation
  const given = op === 'remove' ? null : value
  switch (path.attribute) {
    case 'displayname':
      return { ...group, displayName: requiredText('displayName', given) }
    case 'externalid':
      return { ...group, externalId: textOf('externalId', given) }
    case 'members':
      return { ...group, members: membersAfter(group.members, operation) }
    default:
      return group
  }
}

function membersAfter(members: ReadonlySet<string>, { op, path, value }: Operation): ReadonlySet<string> {
  const named = new Set(
    path.filter === null ? memberIds(value) : path.filter.map(({ attribute, value: id }) => idOf(attribute, id))
  )
  if (op === 'add') return new Set([...members, ...named])
  if (op === 'replace') return named
  // If nobody is named, all of them.
  return path.filter === null && (value === undefined || value === null)
    ? new Set()
    : new Set([...members].filter((id) => !named.has(id)))
}

function idOf(attribute: string, id: string | boolean): string {
  if (attribute === 'value' && typeof id === 'string') return id
  throw scimRefused('invalidPath', 'members are named as members[value eq "ID"]')
}

/** Throws 400. */
function memberIds(value: unknown): string[] {
  if (value === undefined || value === null) return []
  const given: unknown[] = Array.isArray(value) ? value : [value]
  return given.map((member) => {
    const { value: id, type } = isFields(member) ? lowerKeys(member) : { value: member }
    if (typeof id !== 'string')
      throw scimRefused('invalidValue', 'members must be a list of objects, each with the id of a user as value')
    if (typeof type === 'string' && type.toLowerCase() !== 'user') throw scimRefused('invalidValue', 'members must be users')
    if (!isId(id)) throw scimRefused('invalidValue', `there is no user with id ${id.slice(0, 50)}`)
    return id
  })
}
