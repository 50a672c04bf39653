import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { rowSchema } from '../../services/resources/definition.ts'
import { raises as definition } from '../../services/resources/raises/definition.ts'
import { addRaise, endRaise, raiseResource } from '../../services/resources/raises/raises.ts'
import { IF_MATCH, resourceRoutes, targetOf } from '../resource-routes.ts'
import { ROW_ID } from './paging.ts'
import { closed } from './schemas.ts'

/** Raises: more of a team's budget for a while, with who gave it and why. */
const raises: FastifyPluginAsyncTypebox = async (app) => {
  const { changed } = resourceRoutes(app, raiseResource, {
    create: async (request, entry) => ({ row: await addRaise(app.operatorOf(request), entry) }),
    change: false,
    remove: false
  })

  app.post(
    '/raises/:id/end',
    {
      schema: {
        summary: 'Ends a raise before its time',
        params: ROW_ID,
        headers: IF_MATCH,
        body: Type.Object({}, closed),
        response: { 200: rowSchema(definition) }
      }
    },
    async (request, reply) => await changed(reply, await endRaise(app.operatorOf(request), targetOf(request)))
  )
}

export default raises
