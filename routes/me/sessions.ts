import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listing, PAGED, ROW_ID } from '../admin/paging.ts'
import { TextOrNull } from '../admin/schemas.ts'
import { personOf } from './person.ts'

const Session = Type.Object({
  id: Type.String(),
  created_at: Type.String({ description: 'when the person signed in' }),
  expires_at: Type.String(),
  method: Type.String({ description: 'how they signed in' }),
  client_address: TextOrNull,
  user_agent: TextOrNull,
  current: Type.Boolean({ description: 'whether it is the one that asks' })
})

/** Where somebody has signed in. */
const sessions: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/sessions', listing('Lists own sessions, newest first', Session, PAGED), async (request) => {
    const open = await app.people.sessionsOf(personOf(request), app.sessions.tokenOf(request))
    const data = open.map(({ id, createdAt, expiresAt, method, clientAddress, userAgent, isCurrent }) => ({
      id,
      created_at: new Date(createdAt).toISOString(),
      expires_at: new Date(expiresAt).toISOString(),
      method,
      client_address: clientAddress,
      user_agent: userAgent,
      current: isCurrent
    }))
    return { data, next_cursor: null }
  })

  app.delete(
    '/sessions/:id',
    { schema: { summary: 'Ends one of the own sessions', params: ROW_ID, response: { 204: Type.Null() } } },
    async (request, reply) => {
      const token = app.sessions.tokenOf(request)
      const wasCurrent = await app.people.endOne(app.operatorOf(request), personOf(request), token, request.params.id)
      if (wasCurrent) app.sessions.set(reply, null)
      return await reply.code(204).send(null)
    }
  )
}

export default sessions
