import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { createSchema, rowSchema } from '../../services/resources/definition.ts'
import { addPause, pauseResource, resume } from '../../services/resources/pauses/pauses.ts'
import { IF_MATCH, resourceRoutes, targetOf } from '../resource-routes.ts'
import { ROW_ID } from './paging.ts'

const MINUTE_MS = 60_000

const row = rowSchema(pauseResource.definition) as TSchema

/** How long a new one lasts. */
const MINUTES = {
  type: 'integer',
  minimum: 0,
  maximum: 43_200,
  description: 'a whole number of minutes up to 43200; 0: until somebody resumes it'
}

const asked = createSchema(pauseResource.definition)
const NewPause = Type.Unsafe<{
  user: string
  key: string
  session?: string
  agent?: string
  reason: string
  minutes?: number
}>({ ...asked, properties: { ...(asked['properties'] as object), minutes: MINUTES } })

/** Keys, sessions and agents that brakes, or people, have paused. */
const pauses: FastifyPluginAsyncTypebox = async (app) => {
  const { changed } = resourceRoutes(app, pauseResource, { create: false, change: false, remove: false })

  app.post(
    '/pauses',
    {
      schema: {
        summary: 'Pauses a key, a session of it or an agent of that',
        body: NewPause,
        response: { 201: row },
        refuses: { 409: 'It is paused already' }
      }
    },
    async (request, reply) => {
      const { session, agent, minutes = 0, ...rest } = request.body
      const nameOf = (name: string | undefined) => (name === undefined ? null : app.brakes.nameOf(name))
      const pause = { ...rest, session: nameOf(session), agent: nameOf(agent) }
      const lengthMs = minutes === 0 ? null : minutes * MINUTE_MS
      return await changed(reply.code(201), await addPause(app.operatorOf(request), { ...pause, lengthMs }))
    }
  )

  app.post(
    '/pauses/:id/resume',
    {
      schema: {
        summary: 'Ends a pause, which stays in the list',
        params: ROW_ID,
        headers: IF_MATCH,
        response: { 200: row }
      }
    },
    async (request, reply) => await changed(reply, await resume(app.operatorOf(request), targetOf(request)))
  )
}

export default pauses
