import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { rowSchema } from '../../services/resources/definition.ts'
import { pageRows } from '../../services/resources/rows.ts'
import { users as definition } from '../../services/resources/users/definition.ts'
import { pageResponse, pageOf, pageRequest, PAGING } from '../admin/paging.ts'
import { closed } from '../admin/schemas.ts'
import { personOf } from './person.ts'

/** What programs of a person's ask as. */
const serviceUsers: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/service-users',
    {
      schema: {
        summary: 'Lists the service users that belong to the person',
        querystring: Type.Object(PAGING, closed),
        response: { 200: pageOf(rowSchema(definition, 'owner') as TSchema) }
      }
    },
    async (request) => {
      const filters = { owner: personOf(request).email }
      return await pageResponse(pageRows(app.adminDatabase, definition, filters, pageRequest(request.query)), (row) => row)
    }
  )
}

export default serviceUsers
