import type { FastifyInstance } from 'fastify'
import { FORWARDED, object } from './schemas.ts'

const schema = {
  ...FORWARDED,
  summary: 'Has the upstream count the tokens of a message, for nothing',
  response: { 200: { ...object({ input_tokens: { type: 'integer' } }), description: "The upstream's response" } }
}

/** `POST /v1/messages/count_tokens`: the upstream's exact response or its error; it costs nothing and holds no slot. */
export default async function countTokens(app: FastifyInstance) {
  app.readBodies(app)

  app.post(
    '/messages/count_tokens',
    {
      schema,
      config: { kind: 'count_tokens' },
      onRequest: [app.authenticate, app.checkEligibility],
      preHandler: [app.readEnvelope, app.checkModel, app.findThread]
    },
    (request, reply) =>
      app.runExchange(request, reply, async (exchange, query) => {
        let answered = false
        while (!answered) {
          const chosen = await app.accountChooser.choose(exchange)
          answered = await app.forward({ exchange, chosen, path: `/v1/messages/count_tokens${query}`, isRecorded: false })
        }
      })
  )
}
