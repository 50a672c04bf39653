import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createDegradedRecorder, type DegradedRecorder } from '../services/operations/degraded/recorder.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What this process serves without now. */
    degradedModes: DegradedRecorder['current']
  }
}

/** Puts on record what was away, and for how long. */
async function degradedModes(app: FastifyInstance, { serves }: { serves: boolean }) {
  if (!serves) {
    app.decorate('degradedModes', () => [])
    return
  }
  const { condition, clock, config, instanceId, log, pg, replicaName } = app
  const recorder = createDegradedRecorder({
    condition,
    db: pg.pool,
    clock,
    instanceId,
    replica: replicaName,
    dataDir: config.dataDir,
    log
  })
  app.decorate('degradedModes', recorder.current)
  app.addHook('onReady', recorder.start)
  app.addHook('onClose', recorder.close)
}

export default fp(degradedModes, {
  name: 'degraded-modes',
  fastify: '5.x',
  dependencies: ['config', 'data-dir', 'database', 'condition']
})
