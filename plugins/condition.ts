import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createDatabaseWatch } from '../services/platform/database/database-watch.ts'
import type { Condition } from '../services/operations/metrics/condition.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How this process is. Costs the database no query where its work tells, and never waits long for it. */
    condition: () => Promise<Condition>
  }
}

/** It gives a sign each second. */
const OFFICE_STALLED_MS = 15_000

async function condition(app: FastifyInstance) {
  const { backOffice, clock, journal, slotSharing } = app
  const { pool } = app.pg
  const watch = createDatabaseWatch({
    check: () => pool.query('select 1'),
    clock
  })
  pool.on('release', (error) => {
    // Absent, whatever the types say, where the client was of use to its last holder.
    if (!(error as Error | boolean | undefined)) watch.worked()
  })

  app.decorate('condition', async () => {
    const { bytes, oldestAt } = backOffice.backlog()
    const officeAgeMs = backOffice.ageMs()
    return {
      phase: app.lifecycle.phase,
      database: await watch.state(),
      slots: slotSharing.state(),
      replicas: slotSharing.replicas(),
      backOffice: { state: officeAgeMs > OFFICE_STALLED_MS ? 'stalled' : 'ok', ageMs: officeAgeMs },
      journal: {
        bytes,
        oldestAgeMs: oldestAt === null ? null : Math.max(0, clock.now() - oldestAt),
        accepting: journal.canAdmit()
      }
    }
  })
}

export default fp(condition, {
  name: 'condition',
  fastify: '5.x',
  dependencies: ['config', 'lifecycle', 'database', 'concurrency-slots', 'back-office']
})
