import type { FastifyInstance } from 'fastify'
import { pageScimUsers, type ScimUser, type ScimUserFilter } from '../../services/resources/records/scim-users.ts'
import type { Equality } from '../../services/resources/scim/filter.ts'
import { scimRefused } from '../../services/resources/scim/refusals.ts'
import {
  createScimUser,
  findKnownUser,
  patchScimUser,
  removeScimUser,
  replaceScimUser
} from '../../services/resources/scim/users.ts'
import { USER } from './documents.ts'
import { filteredText, notFilterable } from './lists.ts'
import { filteredId, scimRoutes } from './resource.ts'

function filterOf(clauses: readonly Equality[]): ScimUserFilter {
  const filter: ScimUserFilter = {}
  for (const clause of clauses) {
    switch (clause.attribute) {
      case 'id':
        filter.id = filteredId(clause)
        break
      case 'username':
        filter.userName = filteredText(clause)
        break
      case 'externalid':
        filter.externalId = filteredText(clause)
        break
      case 'emails':
      case 'emails.value':
        filter.email = filteredText(clause)
        break
      case 'active':
        if (typeof clause.value !== 'boolean') throw scimRefused('invalidFilter', 'active is compared with true or false')
        filter.active = clause.value
        break
      default:
        throw notFilterable(clause)
    }
  }
  return filter
}

function onWire(user: ScimUser, left: (attribute: string) => boolean): object {
  const { id, externalId, userName, displayName, givenName, familyName, email, active, groups } = user
  const formatted = [givenName, familyName].filter((part) => part !== null).join(' ')
  const attributes = {
    externalId: externalId ?? undefined,
    userName,
    name: formatted === '' ? undefined : { formatted, givenName: givenName ?? undefined, familyName: familyName ?? undefined },
    displayName: displayName ?? undefined,
    emails: [{ value: email, type: 'work', primary: true }],
    active,
    groups
  }
  const asked = Object.entries(attributes).filter(([name]) => !left(name.toLowerCase()))
  return { schemas: [USER], id, ...Object.fromEntries(asked) }
}

/** People, who are users of Sluice. None is deleted: what they used stays. */
export default async function users(app: FastifyInstance) {
  scimRoutes(app, {
    type: 'User',
    filterOf,
    onWire,
    page: pageScimUsers,
    find: findKnownUser,
    create: createScimUser,
    replace: replaceScimUser,
    patch: patchScimUser,
    remove: removeScimUser
  })
}
