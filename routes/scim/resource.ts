import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { unknownId, type OperatorContext } from '../../services/resources/admin/operator-changes.ts'
import type { ScimPage } from '../../services/resources/records/scim-users.ts'
import type { Equality } from '../../services/resources/scim/filter.ts'
import { isId } from '../../services/resources/scim/values.ts'
import type { RoleMappings } from '../../services/resources/scim/roles.ts'
import { users as definition } from '../../services/resources/users/definition.ts'
import type { Queryable } from '../../services/platform/database/queryable.ts'
import type { Target } from '../../services/resources/operate.ts'
import { targetOf } from '../resource-routes.ts'
import { metaOf, type Dated } from './addresses.ts'
import { filterBy, filteredText, listRequestOf, listResponse, type FilterAttributes } from './lists.ts'

interface ScimResource<Row extends Dated, Filter> {
  type: 'User' | 'Group'
  filters: FilterAttributes<Filter>
  /** The attributes of a row; without those that `left` names, which were not asked for. */
  onWire: (row: Row, left: (attribute: string) => boolean) => object
  page: (
    db: Queryable,
    filter: Filter,
    page: { offset: number; limit: number; left: (attribute: string) => boolean }
  ) => Promise<ScimPage<Row>>
  find: (db: Queryable, id: string) => Promise<Row | null>
  create: (context: OperatorContext, body: unknown, roles: RoleMappings) => Promise<Row>
  replace: (context: OperatorContext, target: Target, body: unknown, roles: RoleMappings) => Promise<Row>
  patch: (context: OperatorContext, target: Target, body: unknown, roles: RoleMappings) => Promise<Row>
  remove: (context: OperatorContext, target: Target, roles: RoleMappings) => Promise<void>
}

interface RowRequest {
  Params: { id: string }
}

/** No row has this id. */
const NO_ID = '0'

/** The id that a list is filtered by; one that no row has where it is none. Throws 400. */
export function filteredId(clause: Equality): string {
  const id = filteredText(clause)
  return isId(id) ? id : NO_ID
}

/** The list, and what is done with one row of it (RFC 7644, 3). Each change is told to all processes. */
export function scimRoutes<Row extends Dated, Filter extends object>(
  app: FastifyInstance,
  resource: ScimResource<Row, Filter>
) {
  const { type } = resource
  const path = `/${type}s`
  const roles = app.config.oidcRoles
  const contextOf = (request: FastifyRequest) => ({ ...app.operatorOf(request), actor: 'scim' })

  const bodyOf = (request: FastifyRequest, row: Row, left: (attribute: string) => boolean) => ({
    ...resource.onWire(row, left),
    meta: metaOf(request, type, row)
  })

  async function show(request: FastifyRequest, reply: FastifyReply, row: Row) {
    const body = bodyOf(request, row, listRequestOf(request).left)
    const { location, version } = body.meta
    return await reply.headers({ etag: version, location }).send(body)
  }

  async function changed(request: FastifyRequest, reply: FastifyReply, row: Row) {
    app.bus.publish(definition.topic)
    return await show(request, reply, row)
  }

  app.get(path, async (request) => {
    const list = listRequestOf(request)
    const page = { offset: list.startIndex - 1, limit: list.count, left: list.left }
    const found = await resource.page(app.adminDatabase, filterBy(resource.filters, list.filter), page)
    return listResponse(found, list, (row) => bodyOf(request, row, list.left))
  })

  app.get<RowRequest>(`${path}/:id`, async (request, reply) => {
    const row = await resource.find(app.adminDatabase, request.params.id)
    if (row === null) throw unknownId(type.toLowerCase(), request.params.id.slice(0, 50))
    return await show(request, reply, row)
  })

  app.post(path, async (request, reply) => {
    return await changed(request, reply.code(201), await resource.create(contextOf(request), request.body, roles))
  })

  app.put<RowRequest>(`${path}/:id`, async (request, reply) => {
    return await changed(request, reply, await resource.replace(contextOf(request), targetOf(request), request.body, roles))
  })

  app.patch<RowRequest>(`${path}/:id`, async (request, reply) => {
    return await changed(request, reply, await resource.patch(contextOf(request), targetOf(request), request.body, roles))
  })

  app.delete<RowRequest>(`${path}/:id`, async (request, reply) => {
    await resource.remove(contextOf(request), targetOf(request), roles)
    app.bus.publish(definition.topic)
    return await reply.code(204).send(null)
  })
}
