import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { filterSchemas, rowSchema } from '../../services/resources/definition.ts'
import { pageRows } from '../../services/resources/rows.ts'
import { signIns as definition } from '../../services/resources/sign-ins/definition.ts'
import { endSignIn, findOwnSignIn } from '../../services/resources/sign-ins/sign-ins.ts'
import { pageResponse, pageOf, pageRequest, PAGING, ROW_ID } from '../admin/paging.ts'
import { closed } from '../admin/schemas.ts'
import { IF_MATCH, targetOf } from '../resource-routes.ts'
import { personOf } from './person.ts'

const Listing = Type.Object(
  { ...PAGING, status: Type.Optional(Type.Unsafe<string>(filterSchemas(definition)['status'] ?? {})) },
  closed
)

/** The tools that a person has let in, such as Claude Code. */
const claudeSignIns: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/claude-sign-ins',
    {
      schema: {
        summary: 'Lists the tools that the person has signed in, newest first',
        querystring: Listing,
        response: { 200: pageOf(rowSchema(definition, 'owner') as TSchema) }
      }
    },
    async (request) => {
      const { status, ...page } = request.query
      const filters = { user: personOf(request).email, status }
      return await pageResponse(pageRows(app.adminDatabase, definition, filters, pageRequest(page)), (row) => row)
    }
  )

  app.delete(
    '/claude-sign-ins/:id',
    { schema: { summary: 'Signs one of them out', params: ROW_ID, headers: IF_MATCH, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await findOwnSignIn(app.adminDatabase, personOf(request), request.params.id)
      await endSignIn(app.operatorOf(request), targetOf(request))
      app.bus.publish(definition.topic)
      return await reply.code(204).send(null)
    }
  )
}

export default claudeSignIns
