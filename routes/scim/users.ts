import type { FastifyInstance } from 'fastify'
import { pageScimUsers, type ScimUser, type ScimUserFilter } from '../../services/resources/records/scim-users.ts'
import { scimRefused } from '../../services/resources/scim/refusals.ts'
import { scimUsers } from '../../services/resources/scim/users.ts'
import { USER } from './documents.ts'
import { filteredText, type FilterAttributes } from './lists.ts'
import { filteredId, scimRoutes } from './resource.ts'

const FILTERS: FilterAttributes<ScimUserFilter> = {
  id: (clause) => ({ id: filteredId(clause) }),
  username: (clause) => ({ userName: filteredText(clause) }),
  externalid: (clause) => ({ externalId: filteredText(clause) }),
  emails: (clause) => ({ email: filteredText(clause) }),
  'emails.value': (clause) => ({ email: filteredText(clause) }),
  active({ value }) {
    if (typeof value !== 'boolean') throw scimRefused('invalidFilter', 'active is compared with true or false')
    return { active: value }
  }
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
    filters: FILTERS,
    onWire,
    page: pageScimUsers,
    ...scimUsers
  })
}
