import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ownExchange } from '../../services/gateway/traces/own-exchange.ts'
import { OwnExchange } from '../admin/exchange-schemas.ts'
import { ExchangeId, explained } from '../admin/exchanges.ts'
import { personOf } from './person.ts'

/** `GET /exchanges/{id}`: why an own request went as it did. One of somebody else's is not there. */
const exchanges: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/exchanges/:id',
    {
      schema: {
        summary: 'Explains how an own request was decided and what it cost',
        params: ExchangeId,
        response: { 200: OwnExchange }
      },
      // What an earlier version has kept lacks fields.
      serializerCompiler: () => (exchange) => JSON.stringify(exchange)
    },
    async (request) => ownExchange(await explained(app, request.params.id, personOf(request).email))
  )
}

export default exchanges
