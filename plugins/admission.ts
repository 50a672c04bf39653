import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createExchangeEligibility } from '../services/gateway/eligibility/exchange-eligibility.ts'
import { modelRefusal } from '../services/gateway/request/model-check.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { sessionKeyOf } from '../services/gateway/request/session-key.ts'
import { modelListsOf } from '../services/resources/records/client-keys.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** preHandler: may the key and its group use this model? */
    checkModel: (request: FastifyRequest) => Promise<void>
    /**
     * The second look, after a wait: key, user, group, address, model and money as if the request came now. Throws what the first
     * look would. Does nothing when there was no wait since the last one.
     */
    lookAgain: (exchange: Exchange) => Promise<void>
  }
}

async function admission(app: FastifyInstance) {
  const { eligibility, clock } = app
  const checkMoney = createExchangeEligibility({ eligibility, clock })

  function checkModel({ client, envelope: { model }, trace }: Exchange): void {
    if (modelListsOf(client).length === 0) return
    const refusal = modelRefusal(client, model)
    trace.limit({ name: 'allowed_models', outcome: refusal === null ? 'passed' : 'refused', detail: model })
    if (refusal !== null) throw refusal
  }

  app.decorate('checkModel', async (request: FastifyRequest) => checkModel(exchangeOf(request)))

  app.decorate('lookAgain', async (exchange: Exchange) => {
    if (!exchange.lookDue) return
    exchange.lookDue = false
    const { group } = exchange.client
    await app.clients.recognize(exchange)
    checkModel(exchange)
    await app.brakes.lookAgain(exchange)
    await checkMoney(exchange)
    if (exchange.client.group.id === group.id) return
    exchange.session = sessionKeyOf(exchange.client.group.id, exchange.headers, exchange.request)
  })
}

export default fp(admission, {
  name: 'admission',
  fastify: '5.x',
  dependencies: ['authentication', 'billing-eligibility', 'envelope', 'brakes']
})
