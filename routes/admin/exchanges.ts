import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { findTrace } from '../../services/gateway/traces/records/exchange-traces.ts'
import { explainEarlyRefusal } from '../../services/gateway/traces/early-refusals.ts'
import { counted } from '../../services/platform/counted.ts'
import { explainExchange } from '../../services/gateway/traces/explain.ts'

const ExchangeId = Type.Object({
  id: Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', description: 'the id of an exchange' })
})

function notThere(id: string, keptDays: number): GatewayError {
  const kept = keptDays === 0 ? 'none are kept' : `exchanges are kept for ${counted(keptDays, 'day')} after they end`
  const refused =
    'a request that was refused before its key was recognized is remembered for a while by the process that refused it'
  const cut = 'of a request that was running when its process was killed there is only its usage'
  return new GatewayError(404, 'not_found_error', `there is no exchange ${id}: ${kept}; ${refused}; ${cut}`)
}

/** `GET /exchanges/{id}`: every decision about one request, what it cost and why. */
const exchanges: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/exchanges/:id',
    { schema: { summary: 'Explains how a request was decided and what it cost', params: ExchangeId } },
    async (request) => {
      const id = request.params.id.toLowerCase()
      const refused = app.earlyRefusals.find(id)
      if (refused !== null) return explainEarlyRefusal(refused)
      // The one that has just ended is what somebody is most likely to ask for.
      await app.backOffice.tell()
      const trace = await findTrace(app.adminDatabase, id)
      if (trace === null) throw notThere(id, app.config.traceRetentionDays)
      return await explainExchange(app.adminDatabase, trace, app.prices.current())
    }
  )
}

export default exchanges
