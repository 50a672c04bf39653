import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { findTrace } from '../../services/gateway/traces/records/exchange-traces.ts'
import { explainEarlyRefusal } from '../../services/gateway/traces/early-refusals.ts'
import { counted } from '../../services/platform/counted.ts'
import { explainExchange, type ExplainedExchange } from '../../services/gateway/traces/explain.ts'
import { Exchange } from './exchange-schemas.ts'

export const ExchangeId = Type.Object({
  id: Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', description: 'the id of an exchange' })
})

function notThere(id: string, keptDays: number): GatewayError {
  const kept = keptDays === 0 ? 'none are kept' : `exchanges are kept for ${counted(keptDays, 'day')} after they end`
  const refused =
    'a request that was refused before its key was recognized is remembered for a while by the process that refused it'
  const cut = 'of a request that was running when its process was killed there is only its usage'
  return new GatewayError(404, 'not_found_error', `there is no exchange ${id}: ${kept}; ${refused}; ${cut}`)
}

/** All there is to say about one exchange. Rejects with 404 where it is not there, or not `of` whom it is asked for. */
export async function explained(app: FastifyInstance, id: string, of?: string): Promise<ExplainedExchange> {
  const found = await explain(app, id.toLowerCase())
  if (found === null || (of !== undefined && found.user_email !== of)) throw notThere(id, app.config.traceRetentionDays)
  return found
}

async function explain(app: FastifyInstance, id: string): Promise<ExplainedExchange | null> {
  const refused = app.earlyRefusals.find(id)
  if (refused !== null) return explainEarlyRefusal(refused)
  // The one that has just ended is what somebody is most likely to ask for.
  await app.backOffice.tell()
  const trace = await findTrace(app.adminDatabase, id)
  return trace === null ? null : await explainExchange(app.adminDatabase, trace, app.prices.current())
}

/** `GET /exchanges/{id}`: every decision about one request, what it cost and why. */
const exchanges: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/exchanges/:id',
    {
      schema: {
        summary: 'Explains how a request was decided and what it cost',
        params: ExchangeId,
        response: { 200: Exchange }
      },
      // What an earlier version has kept lacks fields.
      serializerCompiler: () => (exchange) => JSON.stringify(exchange)
    },
    (request) => explained(app, request.params.id)
  )
}

export default exchanges
