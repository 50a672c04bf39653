import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { filterSchemas, rowSchema } from '../../services/resources/definition.ts'
import { pauses as definition } from '../../services/resources/pauses/definition.ts'
import { findOwnPause, pauseResource, pausesFor, resume } from '../../services/resources/pauses/pauses.ts'
import { pageRows } from '../../services/resources/rows.ts'
import { listing, pageRequest, pageResponse, PAGING, ROW_ID } from '../admin/paging.ts'
import { closed } from '../admin/schemas.ts'
import { responsesOf, IF_MATCH, targetOf } from '../resource-routes.ts'
import { personOf } from './person.ts'

const { user, team, status } = filterSchemas(definition)
const Listing = Type.Object(
  {
    ...PAGING,
    user: Type.Optional(Type.Unsafe<string>(user ?? {})),
    team: Type.Optional(Type.Unsafe<string>(team ?? {})),
    status: Type.Optional(Type.Unsafe<string>(status ?? {}))
  },
  closed
)

const row = rowSchema(definition, 'owner') as TSchema

/** What of a person's own keys is paused, or was. */
const pauses: FastifyPluginAsyncTypebox = async (app) => {
  const { changed } = responsesOf(app, pauseResource)

  app.get(
    '/pauses',
    listing('Lists when keys of the person, or of a team that they lead, were paused, newest first', row, Listing),
    async (request) => {
      const { user: email, team: named, status: standing, ...page } = request.query
      const whose = await pausesFor(app.adminDatabase, personOf(request), { user: email, team: named })
      const filters = { ...whose, status: standing }
      return await pageResponse(pageRows(app.adminDatabase, definition, filters, pageRequest(page)), (each) => each)
    }
  )

  app.post(
    '/pauses/:id/resume',
    { schema: { summary: 'Ends one of them', params: ROW_ID, headers: IF_MATCH, response: { 200: row } } },
    async (request, reply) => {
      await findOwnPause(app.adminDatabase, personOf(request), request.params.id)
      return await changed(reply, await resume(app.operatorOf(request), targetOf(request)))
    }
  )
}

export default pauses
