import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { pageScimGroups, type ScimGroup, type ScimGroupFilter } from '../../services/resources/records/scim-groups.ts'
import type { Equality } from '../../services/resources/scim/filter.ts'
import {
  createScimGroup,
  findKnownGroup,
  patchScimGroup,
  removeScimGroup,
  replaceScimGroup
} from '../../services/resources/scim/groups.ts'
import { isId } from '../../services/resources/scim/values.ts'
import { users as definition } from '../../services/resources/users/definition.ts'
import { targetOf } from '../resource-routes.ts'
import { locationOf, metaOf } from './addresses.ts'
import { GROUP } from './documents.ts'
import { filteredText, listRequestOf, listResponse, notFilterable } from './lists.ts'

interface GroupRequest {
  Params: { id: string }
}

/** An id that no row has. */
const NO_ID = '0'

function filterOf(clauses: readonly Equality[]): ScimGroupFilter {
  const filter: ScimGroupFilter = {}
  for (const clause of clauses) {
    const value = filteredText(clause)
    switch (clause.attribute) {
      case 'id':
        filter.id = isId(value) ? value : NO_ID
        break
      case 'displayname':
        filter.displayName = value
        break
      case 'externalid':
        filter.externalId = value
        break
      case 'members':
      case 'members.value':
        filter.member = isId(value) ? value : NO_ID
        break
      default:
        throw notFilterable(clause)
    }
  }
  return filter
}

function onWire(request: FastifyRequest, group: ScimGroup, left: (attribute: string) => boolean): object {
  const { id, externalId, displayName, members } = group
  return {
    schemas: [GROUP],
    id,
    externalId: externalId ?? undefined,
    displayName,
    ...(left('members') ? {} : { members: members.map((member) => ({ ...member, type: 'User' })) }),
    meta: metaOf(request, 'Group', group)
  }
}

/** Groups of the provider. What they are here for is the role that OIDC_ROLES gives their members. */
export default async function groups(app: FastifyInstance) {
  const roles = app.config.oidcRoles
  const contextOf = (request: FastifyRequest) => ({ ...app.operatorOf(request), actor: 'scim' })

  async function show(request: FastifyRequest, reply: FastifyReply, group: ScimGroup) {
    const body = onWire(request, group, listRequestOf(request).left)
    return await reply
      .headers({ etag: metaOf(request, 'Group', group).version, location: locationOf(request, 'Groups', group.id) })
      .send(body)
  }

  async function changed(request: FastifyRequest, reply: FastifyReply, group: ScimGroup) {
    app.bus.publish(definition.topic)
    return await show(request, reply, group)
  }

  app.get('/Groups', async (request) => {
    const list = listRequestOf(request)
    const page = { offset: list.startIndex - 1, limit: list.count, hasMembers: !list.left('members') }
    const found = await pageScimGroups(app.adminDatabase, filterOf(list.filter), page)
    return listResponse(found, list, (group) => onWire(request, group, list.left))
  })

  app.get<GroupRequest>('/Groups/:id', async (request, reply) => {
    const group = await findKnownGroup(app.adminDatabase, request.params.id)
    if (group === null) throw unknownId('group', request.params.id.slice(0, 50))
    return await show(request, reply, group)
  })

  app.post('/Groups', async (request, reply) => {
    return await changed(request, reply.code(201), await createScimGroup(contextOf(request), request.body, roles))
  })

  app.put<GroupRequest>('/Groups/:id', async (request, reply) => {
    return await changed(request, reply, await replaceScimGroup(contextOf(request), targetOf(request), request.body, roles))
  })

  app.patch<GroupRequest>('/Groups/:id', async (request, reply) => {
    return await changed(request, reply, await patchScimGroup(contextOf(request), targetOf(request), request.body, roles))
  })

  app.delete<GroupRequest>('/Groups/:id', async (request, reply) => {
    await removeScimGroup(contextOf(request), targetOf(request), roles)
    app.bus.publish(definition.topic)
    return await reply.code(204).send(null)
  })
}
