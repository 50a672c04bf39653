import type { FastifyInstance } from 'fastify'
import { pageScimGroups, type ScimGroup, type ScimGroupFilter } from '../../services/resources/records/scim-groups.ts'
import type { Equality } from '../../services/resources/scim/filter.ts'
import {
  createScimGroup,
  findKnownGroup,
  patchScimGroup,
  removeScimGroup,
  replaceScimGroup
} from '../../services/resources/scim/groups.ts'
import { GROUP } from './documents.ts'
import { filteredText, notFilterable } from './lists.ts'
import { filteredId, scimRoutes } from './resource.ts'

function filterOf(clauses: readonly Equality[]): ScimGroupFilter {
  const filter: ScimGroupFilter = {}
  for (const clause of clauses) {
    switch (clause.attribute) {
      case 'id':
        filter.id = filteredId(clause)
        break
      case 'displayname':
        filter.displayName = filteredText(clause)
        break
      case 'externalid':
        filter.externalId = filteredText(clause)
        break
      case 'members':
      case 'members.value':
        filter.member = filteredId(clause)
        break
      default:
        throw notFilterable(clause)
    }
  }
  return filter
}

function onWire({ id, externalId, displayName, members }: ScimGroup, left: (attribute: string) => boolean): object {
  return {
    schemas: [GROUP],
    id,
    externalId: externalId ?? undefined,
    displayName,
    ...(left('members') ? {} : { members: members.map((member) => ({ ...member, type: 'User' })) })
  }
}

/** Groups of the provider. What they are here for is the role that OIDC_ROLES gives their members. */
export default async function groups(app: FastifyInstance) {
  scimRoutes(app, {
    type: 'Group',
    filterOf,
    onWire,
    page: (db, filter, { left, ...page }) => pageScimGroups(db, filter, { ...page, hasMembers: !left('members') }),
    find: findKnownGroup,
    create: createScimGroup,
    replace: replaceScimGroup,
    patch: patchScimGroup,
    remove: removeScimGroup
  })
}
