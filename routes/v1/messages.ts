import type { FastifyInstance } from 'fastify'

/** `POST /v1/messages`: the road of a request, from its key to its recorded cost. */
export default async function messages(app: FastifyInstance) {
  app.readBodies(app)

  app.post(
    '/messages',
    {
      config: { kind: 'messages' },
      onRequest: [app.authenticate, app.checkEligibility, app.checkRecording],
      preHandler: [app.readEnvelope, app.checkModel, app.findThread, app.enterQueue]
    },
    (request, reply) =>
      app.runExchange(request, reply, async (exchange, query) => {
        await app.waitForUserSlot(exchange)
        await app.lookAgain(exchange)
        let answered = false
        while (!answered) {
          const chosen = await app.takeAccountSlot(exchange)
          answered = await app.forward(exchange, chosen, `/v1/messages${query}`)
        }
      })
  )
}
