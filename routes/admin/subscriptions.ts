import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { etagOf, unknownId } from '../../services/admin/operator-changes.ts'
import {
  actOnSubscription,
  addSubscription,
  reportOfSubscription,
  type ListedSubscription
} from '../../services/admin/subscriptions.ts'
import { findSubscription, pageSubscriptions } from '../../services/records/subscriptions.ts'
import { DesiredSubscription } from '../../services/set-up/declarative-schema.ts'
import { users } from '../../services/resources/users/definition.ts'
import { answerPage, FILTER_TEXT, pageOf, pageRequest, PAGING, ROW_ID } from './paging.ts'
import { closed, TextOrNull } from './schemas.ts'

const { group, days, starts_at: startsAt, status } = DesiredSubscription.properties

const NewSubscription = Type.Object(
  { user: Type.Unsafe<string>(users.fields.email.schema), group, days, starts_at: startsAt },
  closed
)
const Extension = Type.Object({ days }, closed)
const Filters = Type.Object({ ...PAGING, user: Type.Optional(FILTER_TEXT), group: Type.Optional(FILTER_TEXT), status }, closed)

export const Subscription = Type.Object({
  id: Type.String(),
  user_email: Type.String(),
  group: Type.String(),
  status: Type.String(),
  starts_at: Type.String(),
  expires_at: Type.String(),
  windows: Type.Array(
    Type.Object({
      kind: Type.String(),
      limit_usd: TextOrNull,
      used_usd: Type.String(),
      started_at: TextOrNull,
      resets_at: TextOrNull
    })
  ),
  version: Type.Integer()
})

const SUMMARIES = {
  suspend: 'Suspends a subscription, until it is resumed',
  resume: 'Has a suspended subscription count again',
  revoke: 'Revokes a subscription for good'
}

/** Subscriptions of users to groups. */
const subscriptions: FastifyPluginAsyncTypebox = async (app) => {
  const onWire = (subscription: ListedSubscription) => reportOfSubscription(subscription, app.clock.now())

  async function changed(reply: FastifyReply, subscription: ListedSubscription) {
    app.bus.publish('directory')
    return await reply.header('etag', etagOf(subscription)).send(onWire(subscription))
  }

  app.get(
    '/subscriptions',
    { schema: { summary: 'Lists subscriptions', querystring: Filters, response: { 200: pageOf(Subscription) } } },
    async ({ query }) => {
      const filters = { userEmail: query.user, groupName: query.group, status: query.status }
      return await answerPage(pageSubscriptions(app.adminDatabase, filters, pageRequest(query)), onWire)
    }
  )

  app.get(
    '/subscriptions/:id',
    { schema: { summary: 'Shows a subscription', params: ROW_ID, response: { 200: Subscription } } },
    async ({ params: { id } }, reply) => {
      const subscription = await findSubscription(app.adminDatabase, id)
      if (subscription === null) throw unknownId('subscription', id)
      return await reply.header('etag', etagOf(subscription)).send(onWire(subscription))
    }
  )

  app.post(
    '/subscriptions',
    { schema: { summary: 'Assigns a subscription to a user', body: NewSubscription, response: { 201: Subscription } } },
    async (request, reply) => changed(reply.code(201), await addSubscription(app.operatorOf(request), request.body))
  )

  app.post(
    '/subscriptions/:id/extend',
    { schema: { summary: 'Extends a subscription by days', params: ROW_ID, body: Extension, response: { 200: Subscription } } },
    async (request, reply) => {
      const { params, headers, body } = request
      const extension = { id: params.id, ifMatch: headers['if-match'], act: 'extend', days: body.days } as const
      return await changed(reply, await actOnSubscription(app.operatorOf(request), extension))
    }
  )

  for (const act of ['suspend', 'resume', 'revoke'] as const) {
    const summary = SUMMARIES[act]
    app.post(
      `/subscriptions/:id/${act}`,
      { schema: { summary, params: ROW_ID, response: { 200: Subscription } } },
      async (request, reply) => {
        const action = { id: request.params.id, ifMatch: request.headers['if-match'], act }
        return await changed(reply, await actOnSubscription(app.operatorOf(request), action))
      }
    )
  }
}

export default subscriptions
