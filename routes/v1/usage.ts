import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import {
  invalidReport,
  subscriptionReport,
  walletReport,
  withKeyLimits
} from '../../services/gateway/eligibility/spending-report.ts'
import type { WindowPolicy } from '../../services/money/billing/quota-windows.ts'
import { problemOfKey, type ClientKeyRecord } from '../../services/resources/records/client-keys.ts'
import { problemOfSubscription } from '../../services/resources/records/subscriptions.ts'
import { windowPolicyOf } from '../../services/money/billing/window-policies.ts'
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
    const policy = windowPolicyOf(client.group)
    const { eligibility, clock } = app
    return withKeyLimits(await payingReport(client, policy), client, { policy, eligibility, now: clock.now() })
  }

  async function payingReport(client: ClientKeyRecord, policy: WindowPolicy) {
    if (client.group.kind === 'balance') return walletReport(client, app.eligibility)
    const subscription = await app.eligibility.subscriptionOf(client)
    const problem = subscription === null ? null : problemOfSubscription(subscription, app.clock.now())
    if (subscription === null || problem !== null) {
      const message = `No active subscription${problem === null ? '' : `: ${problem}`}`
      throw new GatewayError(403, 'subscription_error', message)
    }
    const windows = app.eligibility.windowsOf(subscription, policy)
    return subscriptionReport(client, subscription, windows, policy, app.clock.now())
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
