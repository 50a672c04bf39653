import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createBrakeCounts, createProcessBrakeCounts } from '../services/gateway/brakes/brake-counts.ts'
import { createSeal } from '../services/gateway/brakes/brake-subject.ts'
import { createBrakes, type BrakesCheck, type ReachedBrake } from '../services/gateway/brakes/brakes.ts'
import { createPauseBook, storedPauses, type HeldPause } from '../services/gateway/brakes/pause-book.ts'
import { readSecretKeys } from '../services/platform/secret-key-file.ts'
import { listPausesInForce, recordTrippedPause, tellOfBrake } from '../services/resources/records/pauses.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    brakes: BrakesCheck
    /** preHandler: is the key, the session or the agent paused, or is it by this request? */
    checkBrakes: (request: FastifyRequest) => Promise<void>
  }
}

async function brakes(app: FastifyInstance) {
  const { clock, config, log, metrics, pg } = app
  const hasWebhook = config.webhookUrl !== null
  const local = createProcessBrakeCounts(clock)
  const reading = app.readings.keep('pauses', {
    read: async () => {
      const uptime = clock.uptime()
      return storedPauses(await listPausesInForce(pg.pool), uptime)
    },
    // What is paused stays so.
    staleMs: Infinity
  })
  const book = createPauseBook({
    clock,
    reading,
    onAway: (err) => log.warn({ err }, 'a pause is not on record yet: it holds in this process, and others learn of it later')
  })

  // One that all replicas share, and that is there when the first account is.
  const seal = createSeal(() => config.secretKeys?.[0] ?? readSecretKeys(config.dataDir)?.[0] ?? randomBytes(32))

  function tell(brake: ReachedBrake): void {
    const { kind, action, reason, userEmail: user, keyName: key, group, session, agent, exchangeId: exchange } = brake
    metrics.brakeTripped(kind, action)
    const message = action === 'pause' ? 'a brake has paused what runs away' : 'a brake is reached, which only warns'
    log.warn({ user, key, group, session, agent, brake: kind, reason, exchange }, message)
  }

  const check = createBrakes({
    clock,
    counts: createBrakeCounts({
      clock,
      local,
      shared: () => (app.slotSharing.state() === 'local' ? null : (app.shared?.brakes ?? null))
    }),
    book,
    seal,
    defaults: () => config.brakes,
    onPause(brake) {
      const { subject, reason, pauseMs: lengthMs, kind, exchangeId } = brake
      const record = ({ subject: { keyId, session, agent }, reason }: Pick<HeldPause, 'subject' | 'reason'>, ageMs: number) =>
        recordTrippedPause(
          pg.pool,
          { keyId, session, agent, kind, reason, createdBy: 'sluice', ageMs, lengthMs, exchangeId },
          { brake: { ...brake, session, agent, reason }, hasWebhook, now: clock.now() }
        )
      if (book.trip({ subject, reason, lengthMs, record })) tell(brake)
    },
    onWarn(brake) {
      tell(brake)
      if (!hasWebhook) return
      tellOfBrake(pg.pool, brake, null).catch((err: unknown) => log.warn({ err }, 'the webhook is not told of a brake'))
    },
    onFault: (err) => log.error({ err }, 'a brake could not count')
  })
  app.decorate('brakes', check)
  app.decorate('checkBrakes', (request: FastifyRequest) => check.check(exchangeOf(request)))
  app.bus.subscribe('pauses', () => void reading.current().catch(() => {}))
  await reading.current()
  app.addHook('onClose', book.close)
}

export default fp(brakes, {
  name: 'brakes',
  fastify: '5.x',
  dependencies: ['config', 'database', 'bus', 'metrics', 'runtime-settings', 'authentication', 'envelope', 'redis']
})
