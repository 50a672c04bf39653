import type { FastifyInstance } from 'fastify'
import { accountState } from '../services/metrics/labels.ts'
import type { AccountReading } from '../services/metrics/gauges.ts'

/** What Prometheus reads. It names accounts and money: without a port of the operator's own it asks for an admin token. */
export default async function metrics(app: FastifyInstance) {
  const { config, accountDirectory, accountHealth, settler } = app

  function accountReadings(): AccountReading[] {
    // The next time it is newer; a database that is away is not waited for.
    accountDirectory.load().catch(() => {})
    const problemOf = (id: string) => accountDirectory.problemOf(id) ?? accountHealth.errorOf(id)
    return accountDirectory.known().map((record) => ({
      id: record.id,
      name: record.name,
      state: accountState(record, problemOf(record.id), accountHealth.cooldownsOf(record.id)),
      limit: record.concurrency,
      windows: accountHealth.windowsOf(record.id)
    }))
  }

  app.get(
    '/metrics',
    { onRequest: config.adminPort === null ? [app.requireAdmin] : [], config: { servedToTheEnd: true } },
    async (_request, reply) => {
      const { contentType, text } = await app.printMetrics({
        condition: await app.condition(),
        slots: await app.slots.usage().catch(() => null),
        accounts: accountReadings(),
        backlog: settler.backlog(),
        journalMaxBytes: config.journalMaxBytes,
        counts: settler.counts(),
        bufferedBytes: app.bufferedBytes(),
        maxBufferedBytes: config.maxBufferedBytes
      })
      return reply.type(contentType).send(text)
    }
  )
}
