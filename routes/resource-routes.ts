import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { etagOf, unknownId } from '../services/resources/admin/operator-changes.ts'
import { changeSchema, createSchema, rowSchema, type Values } from '../services/resources/definition.ts'
import { changeResource, createResource, removeResource, type Target } from '../services/resources/operate.ts'
import type { Resource } from '../services/resources/resource.ts'
import { findRow, pageRows, type Row } from '../services/resources/rows.ts'
import { pageResponse, ID_OR_NAME, pageOf, ROW_ID } from './admin/paging.ts'
import { listOf, type ListQuery, type ListWays } from './resource-lists.ts'

/** Whoever names in If-Match what was read changes nothing that somebody else has changed since. */
export const IF_MATCH = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'the ETag that the row must still have' }))
})

interface RowRequest {
  Params: { id: string }
  Querystring: ListQuery
  Body: Values
}

export const targetOf = ({ params, headers }: { params: { id: string }; headers: FastifyRequest['headers'] }): Target => ({
  id: params.id,
  ifMatch: headers['if-match']
})

/** Answers with rows of a resource, as they stand at the time. */
export function responsesOf(app: FastifyInstance, { definition, toResponse }: Pick<Resource, 'definition' | 'toResponse'>) {
  const onWire = (row: Row) => toResponse?.(row, app.clock.now()) ?? row
  const show = async (reply: FastifyReply, row: Row, more: Values = {}) =>
    await reply.header('etag', etagOf(row)).send({ ...onWire(row), ...more })
  return {
    onWire,
    show,
    /** A row that was changed just now, which is told before it is answered. */
    async changed(reply: FastifyReply, row: Row, more?: Values) {
      app.bus.publish(definition.topic)
      return await show(reply, row, more)
    }
  }
}

interface Made {
  row: Row
  /** Shown this once. */
  once?: Values
}

/** What a kind of row does otherwise, or not at all. */
interface OwnWays {
  list?: ListWays
  /** Creates one itself, and answers with fields besides, which are shown this once. */
  create?: false | ((request: FastifyRequest, entry: Values) => Promise<Made>)
  onceSchema?: Record<string, TSchema>
  /** Changes one itself. */
  change?: false | ((request: FastifyRequest, target: Target, changes: Values) => Promise<Row>)
  /** Removes one itself, which it says in its own words. */
  remove?: false | { summary: string; run: (request: FastifyRequest, target: Target) => Promise<unknown> }
}

/**
 * The routes that every kind of row has: its list, filtered and in pages; one of it; and to create, change and remove one. Each change is
 * put on record and told. What a kind has beyond that are routes of its own, which answer as these do: see responsesOf.
 */
export function resourceRoutes(app: FastifyInstance, resource: Resource, ways: OwnWays = {}) {
  const { definition } = resource
  const responses = responsesOf(app, resource)
  const { onWire, show, changed } = responses
  const { plural, one } = definition
  const row = rowSchema(definition) as TSchema
  const path = `/${plural}`
  const rowId = definition.known === 'id' ? ROW_ID : ID_OR_NAME
  const params = definition.id === undefined ? rowId : Type.Object({ id: Type.Unsafe<string>(definition.id.schema) })
  const duplicate = { 409: 'There is one of that name' }
  const list = listOf(definition, ways.list ?? {})

  app.get<RowRequest>(
    path,
    {
      schema: {
        summary: `Lists ${plural}${definition.newestFirst ? ', newest first' : ''}`,
        querystring: list.querystring,
        response: { 200: pageOf(withMore(row, list.extraSchemas, { isAlways: false })) }
      }
    },
    async ({ query }) => {
      const found = pageRows(app.adminDatabase, definition, query, list.requestOf(query))
      const page = await pageResponse(found, (each) => each)
      const extrasOf = await list.readExtras(query, page.data)
      return { ...page, data: page.data.map((each) => ({ ...onWire(each), ...extrasOf(each) })) }
    }
  )

  app.get<RowRequest>(
    `${path}/:id`,
    { schema: { summary: `Shows ${one}`, params, response: { 200: row } } },
    async ({ params: { id } }, reply) => {
      const found = await findRow(app.adminDatabase, definition, id)
      if (found === null) throw unknownId(definition.kind, id)
      return await show(reply, found)
    }
  )

  if (ways.create !== false) createRoute(ways.create ?? createOne)
  if (ways.change !== false) changeRoute(ways.change ?? changeOne)
  if (ways.remove !== false) removeRoute(ways.remove)
  return responses

  async function createOne(request: FastifyRequest, entry: Values): Promise<Made> {
    return { row: await createResource(app.operatorOf(request), resource, entry) }
  }

  function createRoute(create: typeof createOne): void {
    app.post<RowRequest>(
      path,
      {
        schema: {
          summary: `Creates ${one}${ways.onceSchema === undefined ? '' : ', whose secret is shown this once'}`,
          body: createSchema(definition),
          response: { 201: withMore(row, ways.onceSchema) },
          refuses: duplicate
        }
      },
      async (request, reply) => {
        const { row: made, once } = await create(request, request.body)
        if (once !== undefined) void reply.header('cache-control', 'no-store')
        return await changed(reply.code(201), made, once)
      }
    )
  }

  async function changeOne(request: FastifyRequest, target: Target, changes: Values): Promise<Row> {
    return await changeResource(app.operatorOf(request), resource, target, changes)
  }

  function changeRoute(change: typeof changeOne): void {
    app.patch<RowRequest>(
      `${path}/:id`,
      {
        schema: {
          summary: `Changes ${one}`,
          params,
          headers: IF_MATCH,
          body: changeSchema(definition),
          response: { 200: row },
          refuses: duplicate
        }
      },
      async (request, reply) => await changed(reply, await change(request, targetOf(request), request.body))
    )
  }

  function removeRoute(own: (OwnWays['remove'] & object) | undefined): void {
    app.delete<RowRequest>(
      `${path}/:id`,
      {
        schema: {
          summary: own?.summary ?? `Removes ${one}, unless something refers to it`,
          params,
          headers: IF_MATCH,
          response: { 204: Type.Null() },
          ...(own === undefined ? { refuses: { 409: 'Something refers to it' } } : {})
        }
      },
      async (request, reply) => {
        const target = targetOf(request)
        await (own?.run(request, target) ?? removeResource(app.operatorOf(request), resource, target))
        app.bus.publish(definition.topic)
        return await reply.code(204).send(null)
      }
    )
  }
}

/** A response that has fields of its own besides, always or where it is asked for them. */
export function withMore(row: TSchema, more: Record<string, TSchema> | undefined, { isAlways = true } = {}): TSchema {
  if (more === undefined) return row
  const { properties = {}, required = [] } = row as { properties?: object; required?: readonly string[] }
  const all = isAlways ? [...required, ...Object.keys(more)] : required
  return Type.Unsafe({ ...row, properties: { ...properties, ...more }, required: all })
}
