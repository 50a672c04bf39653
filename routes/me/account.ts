import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { reportOfEntry } from '../../services/resources/admin/balances.ts'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { subscriptionResource } from '../../services/resources/subscriptions/subscriptions.ts'
import { redeemCode } from '../../services/resources/codes/redeem.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { pageLedgerEntries } from '../../services/money/records/ledger-entries.ts'
import { rowSchema } from '../../services/resources/definition.ts'
import { findRow, pageRows } from '../../services/resources/rows.ts'
import { users } from '../../services/resources/users/definition.ts'
import { REDEEM } from '../admin/codes.ts'
import { answerPage, pageOf, pageRequest, PAGING } from '../admin/paging.ts'
import { closed, Password } from '../admin/schemas.ts'
import { answersOf } from '../resource-routes.ts'
import { Entry } from '../admin/users.ts'
import { personOf } from './person.ts'

const Paging = Type.Object(PAGING, closed)
const PasswordChange = Type.Object(
  { current_password: Type.String({ maxLength: 256, description: 'a password' }), new_password: Password },
  closed
)
const Subscription = rowSchema(subscriptionResource.definition, 'owner') as TSchema
const Me = rowSchema(users, 'owner') as TSchema

/** Who a person is here, what they have, and how they sign in. */
const account: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/', { schema: { summary: 'Shows who has signed in', response: { 200: Me } } }, async (request) => {
    const { userId } = personOf(request)
    const user = await findRow(app.adminDatabase, users, userId)
    if (user === null) throw unknownId('user', userId)
    return user
  })

  app.get(
    '/subscriptions',
    { schema: { summary: 'Lists own subscriptions', querystring: Paging, response: { 200: pageOf(Subscription) } } },
    async (request) => {
      const filters = { user: personOf(request).email }
      const page = pageRows(app.adminDatabase, subscriptionResource.definition, filters, pageRequest(request.query))
      return await answerPage(page, answersOf(app, subscriptionResource).onWire)
    }
  )

  app.get(
    '/ledger-entries',
    {
      schema: {
        summary: 'Lists what changed the own balance, newest first',
        querystring: Paging,
        response: { 200: pageOf(Entry) }
      }
    },
    async (request) => {
      const filters = { userEmail: personOf(request).email }
      return await answerPage(pageLedgerEntries(app.adminDatabase, filters, pageRequest(request.query)), reportOfEntry)
    }
  )

  app.post('/redeem', { schema: { ...REDEEM, summary: 'Redeems a code' } }, async (request) => {
    try {
      const redeemed = await redeemCode(app.operatorOf(request), personOf(request).userId, request.body.code)
      app.bus.publish('directory')
      return redeemed
    } catch (error) {
      // Who tries one code after the other is guessing.
      if (error instanceof GatewayError && error.status === 404) throw await app.refusalOfUnknown(request, error)
      throw error
    }
  })

  app.post(
    '/sign-out-everywhere',
    { schema: { summary: 'Ends all own sessions', response: { 204: Type.Null() } } },
    async (request, reply) => {
      await app.people.signOut(app.operatorOf(request), personOf(request).userId)
      app.setSession(reply, null)
      return await reply.code(204).send(null)
    }
  )

  app.post(
    '/password',
    {
      schema: {
        summary: 'Changes the own password, which ends all other sessions',
        body: PasswordChange,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      const { current_password: current, new_password: next } = request.body
      const token = app.sessionTokenOf(request)
      await app.people.changePassword(app.operatorOf(request), personOf(request), token, { current, next })
      return await reply.code(204).send(null)
    }
  )
}

export default account
