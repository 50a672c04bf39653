import type { FastifyInstance } from 'fastify'
import { pageScimGroups, type ScimGroup, type ScimGroupFilter } from '../../services/resources/records/scim-groups.ts'
import { scimGroups } from '../../services/resources/scim/groups.ts'
import { GROUP } from './documents.ts'
import { filteredText, type FilterAttributes } from './lists.ts'
import { filteredId, scimRoutes } from './resource.ts'

const FILTERS: FilterAttributes<ScimGroupFilter> = {
  id: (clause) => ({ id: filteredId(clause) }),
  displayname: (clause) => ({ displayName: filteredText(clause) }),
  externalid: (clause) => ({ externalId: filteredText(clause) }),
  members: (clause) => ({ member: filteredId(clause) }),
  'members.value': (clause) => ({ member: filteredId(clause) })
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
    filters: FILTERS,
    onWire,
    page: (db, filter, { left, ...page }) => pageScimGroups(db, filter, { ...page, hasMembers: !left('members') }),
    ...scimGroups
  })
}
