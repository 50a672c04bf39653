import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { rowSchema } from '../../services/resources/definition.ts'
import { pageRows } from '../../services/resources/rows.ts'
import { users as definition } from '../../services/resources/users/definition.ts'
import { listing, PAGED, pageRequest, pageResponse } from '../admin/paging.ts'
import { personOf } from './person.ts'

/** What programs of a person's ask as. */
const serviceUsers: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/service-users',
    listing('Lists the service users that belong to the person', rowSchema(definition, 'owner') as TSchema, PAGED),
    async (request) => {
      const filters = { owner: personOf(request).email }
      return await pageResponse(pageRows(app.adminDatabase, definition, filters, pageRequest(request.query)), (row) => row)
    }
  )
}

export default serviceUsers
