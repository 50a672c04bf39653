import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { invalidReport, payingReport, withLimits } from '../../services/gateway/eligibility/spending-report.ts'
import { problemOfKey, type ClientKeyRecord, type ClientSubscription } from '../../services/resources/records/client-keys.ts'
import { problemOfSubscription } from '../../services/resources/records/subscriptions.ts'
import { object, SPENDING } from './schemas.ts'

const BALANCE = object(
  { is_active: { type: 'boolean' }, balance: { type: 'number', description: 'USD; missing without a limit' } },
  ['is_active']
)

/** What the holder of a key may still spend: `GET /v1/usage`, and `GET /user/balance` for CC Switch's default template. */
export default async function usage(app: FastifyInstance) {
  async function report(request: FastifyRequest) {
    const client = await app.clients.holderOf(request)
    const problem = problemOfKey(client, app.clock.now())
    if (problem !== null) return invalidReport(client, problem)
    const subscription = client.group.kind === 'balance' ? null : await usableSubscription(client)
    const { paying, key, team } = app.eligibility.budgetsOf(client, subscription)
    const ofKey = withLimits(payingReport(client, paying, subscription), `Key ${client.key.name}`, key)
    return team === null || client.team === null ? ofKey : withLimits(ofKey, `Team ${client.team.name}`, team)
  }

  async function usableSubscription(client: ClientKeyRecord): Promise<ClientSubscription> {
    const subscription = await app.eligibility.subscriptionOf(client)
    const problem = subscription === null ? null : problemOfSubscription(subscription, app.clock.now())
    if (subscription !== null && problem === null) return subscription
    const message = `No active subscription${problem === null ? '' : `: ${problem}`}`
    throw new GatewayError(403, 'subscription_error', message)
  }

  app.get('/v1/usage', { schema: { summary: 'Shows what a key may still spend', response: { 200: SPENDING } } }, report)

  app.get(
    '/user/balance',
    { schema: { summary: 'Shows what a key may still spend, in two fields', response: { 200: BALANCE } } },
    async (request) => {
      const { isValid, remaining } = await report(request)
      return { is_active: isValid, ...(remaining === -1 ? {} : { balance: remaining }) }
    }
  )
}
