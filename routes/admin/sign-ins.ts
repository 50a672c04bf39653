import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { endSignIn, signInResource } from '../../services/resources/sign-ins/sign-ins.ts'
import { IF_MATCH, resourceRoutes, targetOf } from '../resource-routes.ts'
import { ROW_ID } from './paging.ts'

/** The tools that people have signed in, such as Claude Code. */
const signIns: FastifyPluginAsyncTypebox = async (app) => {
  resourceRoutes(app, signInResource, { create: false, change: false, remove: false })

  app.delete(
    '/sign-ins/:id',
    {
      schema: {
        summary: 'Ends a sign-in for good, which stays in the list',
        params: ROW_ID,
        headers: IF_MATCH,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await endSignIn(app.operatorOf(request), targetOf(request))
      app.bus.publish(signInResource.definition.topic)
      return await reply.code(204).send(null)
    }
  )
}

export default signIns
