import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createReplicaReports } from '../services/operations/degraded/replica-reports.ts'
import { VERSION } from '../services/platform/version.ts'
import type { ReplicaReport } from '../services/resources/records/replica-reports.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How this process is now, as others are told of it. */
    replicaReport: () => Omit<ReplicaReport, 'isLast'>
  }
}

/** Registered before the back office, so that what it says last is said when that has settled what it could. */
async function replicaReports(app: FastifyInstance, { serves }: { serves: boolean }) {
  const { clock, instanceId, journal, log, pg, replicaName } = app

  function read(): Omit<ReplicaReport, 'isLast'> {
    const { bytes, unsettledAttempts, oldestAt } = app.backOffice.backlog()
    return {
      version: VERSION,
      journal: {
        bytes,
        segments: journal.leftovers.segments().length + journal.current.segments().length,
        unsettled: unsettledAttempts,
        inFlight: journal.liveAttempts(),
        oldestAt,
        accepting: journal.canAdmit()
      },
      degraded: app.degradedModes()
    }
  }

  app.decorate('replicaReport', read)
  if (!serves) return
  const reports = createReplicaReports({ db: pg.pool, clock, instanceId, replica: replicaName, read, log })
  app.addHook('onReady', async () => reports.start())
  app.addHook('onClose', reports.close)
}

export default fp(replicaReports, {
  name: 'replica-reports',
  fastify: '5.x',
  dependencies: ['config', 'data-dir', 'database', 'usage-recording']
})
