import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { watchClock } from '../services/platform/clock-watch.ts'

/** Tells the operator when the machine's clock was set: what is recorded has times of both, and quota windows jump. */
async function clockWatch(app: FastifyInstance) {
  const watch = watchClock({
    clock: app.clock,
    onStep(byMs) {
      app.metrics.clockStepped(byMs)
      app.log.warn(
        { byMs },
        'the clock of this machine was set: times on record and quota windows follow it, nothing else does'
      )
    }
  })
  app.addHook('onClose', async () => watch.stop())
}

export default fp(clockWatch, { name: 'clock-watch', fastify: '5.x', dependencies: ['config', 'metrics'] })
