import type { FastifyInstance } from 'fastify'

/** What Prometheus reads. It names accounts and money: without a port of the operator's own it asks for an admin token. */
export default async function metrics(app: FastifyInstance) {
  const { backOffice, config } = app

  app.get(
    '/metrics',
    { onRequest: config.adminPort === null ? [app.requireAdmin] : [], config: { servedToTheEnd: true } },
    async (_request, reply) => {
      app.metrics.webhook.setBacklog(await backOffice.webhookBacklog(), app.clock.now())
      const [condition, slots, { accounts }, { pools }] = await Promise.all([
        app.condition(),
        app.slots.usage().catch(() => null),
        app.accountStandings(),
        app.teamPools()
      ])
      const { contentType, text } = await app.metrics.print({
        condition,
        slots,
        accounts,
        pools,
        pauses: app.brakes.pausesInForce(),
        backlog: backOffice.backlog(),
        journalMaxBytes: config.journalMaxBytes,
        counts: backOffice.counts(),
        reserved: app.reservations.reserved(),
        bufferedBytes: app.bodyBudget.usedBytes,
        maxBufferedBytes: config.maxBufferedBytes
      })
      return reply.type(contentType).send(text)
    }
  )
}
