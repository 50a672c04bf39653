import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { reportOfEntry } from '../../services/resources/admin/balances.ts'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { subscriptionResource } from '../../services/resources/subscriptions/subscriptions.ts'
import { redeemCode } from '../../services/resources/codes/redeem.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { pageLedgerEntries } from '../../services/money/records/ledger-entries.ts'
import { sumUserSpend } from '../../services/money/records/user-spend.ts'
import { readOwnWaysIn } from '../../services/resources/records/own-ways-in.ts'
import { rowSchema } from '../../services/resources/definition.ts'
import { findRow, pageRows } from '../../services/resources/rows.ts'
import { users } from '../../services/resources/users/definition.ts'
import { REDEEM } from '../admin/codes.ts'
import { listing, PAGED, pageRequest, pageResponse } from '../admin/paging.ts'
import { closed, Password } from '../admin/schemas.ts'
import { responsesOf, withMore } from '../resource-routes.ts'
import { Entry } from '../admin/users.ts'
import { slotsOnWire, SlotsInUse, spendOnWire, UserSpend } from '../user-figures.ts'
import { personOf } from './person.ts'

const PasswordChange = Type.Object(
  { current_password: Type.String({ maxLength: 256, description: 'a password' }), new_password: Password },
  closed
)
const Subscription = rowSchema(subscriptionResource.definition, 'owner') as TSchema
const Me = withMore(rowSchema(users, 'owner'), {
  slots: SlotsInUse,
  spend: UserSpend,
  subscriptions: Type.Array(Subscription, { description: 'the subscriptions, with what their windows still allow' }),
  keys: Type.Integer({ description: 'how many keys are not revoked' }),
  has_password: Type.Boolean({ description: 'whether a password is set' }),
  oidc_linked: Type.Boolean({ description: 'whether an OpenID provider knows them' })
})

/** Who a person is here, what they have, and how they sign in. */
const account: FastifyPluginAsyncTypebox = async (app) => {
  const { onWire } = responsesOf(app, subscriptionResource)

  app.get('/', { schema: { summary: 'Shows who has signed in, and what is left', response: { 200: Me } } }, async (request) => {
    const { userId, email } = personOf(request)
    const db = app.adminDatabase
    const now = app.clock.now()
    const [user, waysIn, spend, subscriptions, slots] = await Promise.all([
      findRow(db, users, userId),
      readOwnWaysIn(db, userId),
      sumUserSpend(db, [userId], now),
      pageRows(db, subscriptionResource.definition, { user: email }, pageRequest({})),
      app.recentSlotUsage().catch(() => null)
    ])
    if (user === null) throw unknownId('user', userId)
    return {
      ...user,
      slots: slotsOnWire(slots)(user),
      spend: spendOnWire(spend.get(userId)!, now),
      subscriptions: subscriptions.rows.map(onWire),
      keys: waysIn.keys,
      has_password: waysIn.hasPassword,
      oidc_linked: waysIn.isLinked
    }
  })

  app.get('/subscriptions', listing('Lists own subscriptions', Subscription, PAGED), async (request) => {
    const filters = { user: personOf(request).email }
    const page = pageRows(app.adminDatabase, subscriptionResource.definition, filters, pageRequest(request.query))
    return await pageResponse(page, onWire)
  })

  app.get('/ledger-entries', listing('Lists what changed the own balance, newest first', Entry, PAGED), async (request) => {
    const filters = { userEmail: personOf(request).email }
    return await pageResponse(pageLedgerEntries(app.adminDatabase, filters, pageRequest(request.query)), reportOfEntry)
  })

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
    { schema: { summary: 'Ends all own sessions, and the sign-ins of own tools', response: { 204: Type.Null() } } },
    async (request, reply) => {
      await app.people.signOut(app.operatorOf(request), personOf(request).userId)
      app.bus.publish('directory')
      app.sessions.set(reply, null)
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
      const token = app.sessions.tokenOf(request)
      await app.people.changePassword(app.operatorOf(request), personOf(request), token, { current, next })
      return await reply.code(204).send(null)
    }
  )
}

export default account
