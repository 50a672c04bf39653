import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { etagOf, unknownId } from '../services/admin/operator-changes.ts'
import {
  changeSchema,
  createSchema,
  filterSchemas,
  rowSchema,
  type Definition,
  type Values
} from '../services/resources/definition.ts'
import { changeResource, createResource, removeResource, type Target } from '../services/resources/operate.ts'
import type { Resource } from '../services/resources/resource.ts'
import { findRow, pageRows, type Row } from '../services/resources/rows.ts'
import { answerPage, pageOf, pageRequest, PAGING, ROW_ID } from './admin/paging.ts'
import { closed } from './admin/schemas.ts'

/** Whoever names in If-Match what was read changes nothing that somebody else has changed since. */
export const IF_MATCH = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'the ETag that the row must still have' }))
})

const filtersOf = (definition: Definition) =>
  Object.fromEntries(
    Object.entries(filterSchemas(definition)).map(([name, schema]) => [name, Type.Optional(Type.Unsafe(schema))])
  )

interface RowRequest {
  Params: { id: string }
  Querystring: { limit?: number; cursor?: string } & Values
  Body: Values
}

export const targetOf = ({ params, headers }: { params: { id: string }; headers: FastifyRequest['headers'] }): Target => ({
  id: params.id,
  ifMatch: headers['if-match']
})

/**
 * The routes that every kind of row has: its list, filtered and in pages; one of it; and to create, change and remove one. Each change is
 * put on record and told. What a kind has beyond that are routes of its own.
 */
export function resourceRoutes(app: FastifyInstance, resource: Resource): void {
  const { definition } = resource
  const { plural, one, topic } = definition
  const row = rowSchema(definition) as TSchema
  const path = `/${plural}`

  async function answer(reply: FastifyReply, found: Row) {
    return await reply.header('etag', etagOf(found)).send(found)
  }

  async function changed(reply: FastifyReply, found: Row) {
    app.bus.publish(topic)
    return await answer(reply, found)
  }

  app.get<RowRequest>(
    path,
    {
      schema: {
        summary: `Lists ${plural}`,
        querystring: Type.Object({ ...PAGING, ...filtersOf(definition) }, closed),
        response: { 200: pageOf(row) }
      }
    },
    ({ query }) => answerPage(pageRows(app.adminDatabase, definition, query, pageRequest(query)), (found) => found)
  )

  app.get<RowRequest>(
    `${path}/:id`,
    { schema: { summary: `Shows ${one}`, params: ROW_ID, response: { 200: row } } },
    async ({ params: { id } }, reply) => {
      const found = await findRow(app.adminDatabase, definition, id)
      if (found === null) throw unknownId(definition.kind, id)
      return await answer(reply, found)
    }
  )

  app.post<RowRequest>(
    path,
    { schema: { summary: `Creates ${one}`, body: createSchema(definition), response: { 201: row } } },
    async (request, reply) =>
      await changed(reply.code(201), await createResource(app.operatorOf(request), resource, request.body))
  )

  app.patch<RowRequest>(
    `${path}/:id`,
    {
      schema: {
        summary: `Changes ${one}`,
        params: ROW_ID,
        headers: IF_MATCH,
        body: changeSchema(definition),
        response: { 200: row }
      }
    },
    async (request, reply) =>
      await changed(reply, await changeResource(app.operatorOf(request), resource, targetOf(request), request.body))
  )

  app.delete<RowRequest>(
    `${path}/:id`,
    {
      schema: {
        summary: `Removes ${one}, unless something refers to it`,
        params: ROW_ID,
        headers: IF_MATCH,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await removeResource(app.operatorOf(request), resource, targetOf(request))
      app.bus.publish(topic)
      return await reply.code(204).send(null)
    }
  )
}
