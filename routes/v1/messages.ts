import type { FastifyInstance } from 'fastify'
import { FORWARDED, text } from './schemas.ts'

const schema = {
  ...FORWARDED,
  summary: 'Sends a message to the upstream, and its response back',
  response: {
    200: {
      description: "The upstream's response",
      content: { 'application/json': { schema: { type: 'object' } }, 'text/event-stream': { schema: text } }
    }
  }
}

/** `POST /v1/messages`: the road of a request, from its key to its recorded cost. */
export default async function messages(app: FastifyInstance) {
  app.readBodies(app)

  app.post(
    '/messages',
    {
      schema,
      config: { kind: 'messages' },
      onRequest: [app.authenticate, app.checkEligibility, app.checkRecording],
      preHandler: [app.readEnvelope, app.checkModel, app.checkBrakes, app.findThread, app.enterQueue]
    },
    (request, reply) =>
      app.runExchange(request, reply, async (exchange, query) => {
        await app.exchangeSlots.waitForUserSlot(exchange)
        await app.lookAgain(exchange)
        let answered = false
        while (!answered) {
          const chosen = await app.takeAccountSlot(exchange)
          await app.reserveSpend(exchange)
          answered = await app.forward({ exchange, chosen, path: `/v1/messages${query}`, isRecorded: true })
        }
      })
  )
}
