import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { endSignIn, signInResource } from '../../services/resources/sign-ins/sign-ins.ts'
import { resourceRoutes } from '../resource-routes.ts'

/** The tools that people have signed in, such as Claude Code. */
const signIns: FastifyPluginAsyncTypebox = async (app) => {
  resourceRoutes(app, signInResource, {
    create: false,
    change: false,
    remove: {
      summary: 'Ends a sign-in for good, which stays in the list',
      run: (request, target) => endSignIn(app.operatorOf(request), target)
    }
  })
}

export default signIns
