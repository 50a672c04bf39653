import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../../services/gateway-errors.ts'
import { subscriptionReport, walletReport } from '../../services/billing/spending-report.ts'
import { windowPolicyOf } from '../../services/billing/window-policies.ts'

/** What the holder of a key may still spend: `GET /v1/usage`, and `GET /user/balance` for CC Switch's default template. */
export default async function usage(app: FastifyInstance) {
  async function report(request: FastifyRequest) {
    const client = await app.clientOf(request)
    if (client.group.kind === 'balance') return walletReport(client, app.eligibility)
    const subscription = await app.eligibility.activeSubscription(client)
    if (subscription === null) {
      throw new GatewayError(403, 'subscription_error', 'No active subscription')
    }
    const policy = windowPolicyOf(client.group)
    const windows = app.eligibility.windowsOf(subscription, policy)
    return subscriptionReport(client, subscription, windows, policy, app.clock.now())
  }

  app.get('/v1/usage', report)

  app.get('/user/balance', async (request) => {
    const { isValid, remaining } = await report(request)
    return { is_active: isValid, ...(remaining === -1 ? {} : { balance: remaining }) }
  })
}
