import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { rowSchema } from '../../services/resources/definition.ts'
import { subscriptions as definition } from '../../services/resources/subscriptions/definition.ts'
import {
  actOnSubscription,
  addSubscription,
  subscriptionResource
} from '../../services/resources/subscriptions/subscriptions.ts'
import { IF_MATCH, resourceRoutes, targetOf } from '../resource-routes.ts'
import { ID_OR_NAME } from './paging.ts'
import { closed } from './schemas.ts'

const Subscription = rowSchema(definition) as TSchema
const Extension = Type.Object({ days: Type.Unsafe<number>(definition.fields.days.schema) }, closed)

const SUMMARIES = {
  suspend: 'Suspends a subscription, until it is resumed',
  resume: 'Has a suspended subscription count again',
  revoke: 'Revokes a subscription for good'
}

/** Subscriptions of users to groups. */
const subscriptions: FastifyPluginAsyncTypebox = async (app) => {
  const onOne = { params: ID_OR_NAME, headers: IF_MATCH, response: { 200: Subscription } }

  const { changed } = resourceRoutes(app, subscriptionResource, {
    change: false,
    remove: false,
    create: async (request, entry) => ({ row: await addSubscription(app.operatorOf(request), entry) })
  })

  app.post(
    '/subscriptions/:id/extend',
    { schema: { ...onOne, summary: 'Extends a subscription by days', body: Extension } },
    async (request, reply) => {
      const act = { act: 'extend', days: request.body.days } as const
      return await changed(reply, await actOnSubscription(app.operatorOf(request), targetOf(request), act))
    }
  )

  for (const act of ['suspend', 'resume', 'revoke'] as const) {
    app.post(`/subscriptions/:id/${act}`, { schema: { ...onOne, summary: SUMMARIES[act] } }, async (request, reply) =>
      changed(reply, await actOnSubscription(app.operatorOf(request), targetOf(request), { act }))
    )
  }
}

export default subscriptions
