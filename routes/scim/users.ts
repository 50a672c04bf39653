import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
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
import { isId } from '../../services/resources/scim/values.ts'
import { users as definition } from '../../services/resources/users/definition.ts'
import { targetOf } from '../resource-routes.ts'
import { locationOf, metaOf } from './addresses.ts'
import { USER } from './documents.ts'
import { filteredText, listRequestOf, listResponse, notFilterable } from './lists.ts'

interface UserRequest {
  Params: { id: string }
}

function filterOf(clauses: readonly Equality[]): ScimUserFilter {
  const filter: ScimUserFilter = {}
  for (const clause of clauses) {
    switch (clause.attribute) {
      case 'id': {
        const id = filteredText(clause)
        // No row has it.
        filter.id = isId(id) ? id : '0'
        break
      }
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

function onWire(request: FastifyRequest, user: ScimUser, left: (attribute: string) => boolean): object {
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
  return { schemas: [USER], id, ...Object.fromEntries(asked), meta: metaOf(request, 'User', user) }
}

/** People, who are users of Sluice. None is deleted: what they used stays. */
export default async function users(app: FastifyInstance) {
  const roles = app.config.oidcRoles
  const contextOf = (request: FastifyRequest) => ({ ...app.operatorOf(request), actor: 'scim' })

  async function show(request: FastifyRequest, reply: FastifyReply, user: ScimUser) {
    const body = onWire(request, user, listRequestOf(request).left)
    return await reply
      .headers({ etag: metaOf(request, 'User', user).version, location: locationOf(request, 'Users', user.id) })
      .send(body)
  }

  async function changed(request: FastifyRequest, reply: FastifyReply, user: ScimUser) {
    app.bus.publish(definition.topic)
    return await show(request, reply, user)
  }

  app.get('/Users', async (request) => {
    const list = listRequestOf(request)
    const page = { offset: list.startIndex - 1, limit: list.count }
    const found = await pageScimUsers(app.adminDatabase, filterOf(list.filter), page)
    return listResponse(found, list, (user) => onWire(request, user, list.left))
  })

  app.get<UserRequest>('/Users/:id', async (request, reply) => {
    const user = await findKnownUser(app.adminDatabase, request.params.id)
    if (user === null) throw unknownId('user', request.params.id.slice(0, 50))
    return await show(request, reply, user)
  })

  app.post('/Users', async (request, reply) => {
    return await changed(request, reply.code(201), await createScimUser(contextOf(request), request.body, roles))
  })

  app.put<UserRequest>('/Users/:id', async (request, reply) => {
    return await changed(request, reply, await replaceScimUser(contextOf(request), targetOf(request), request.body))
  })

  app.patch<UserRequest>('/Users/:id', async (request, reply) => {
    return await changed(request, reply, await patchScimUser(contextOf(request), targetOf(request), request.body))
  })

  app.delete<UserRequest>('/Users/:id', async (request, reply) => {
    await removeScimUser(contextOf(request), targetOf(request), roles)
    app.bus.publish(definition.topic)
    return await reply.code(204).send(null)
  })
}
