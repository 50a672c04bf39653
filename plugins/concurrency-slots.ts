import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createExchangeSlots, type ExchangeSlots } from '../services/gateway/slots/exchange-slots.ts'
import { createInProcessSlots } from '../services/gateway/slots/in-process-slots.ts'
import { createResilientSlots, type SharedSlotsState } from '../services/gateway/slots/resilient-slots.ts'
import type { Slots } from '../services/gateway/slots/slots.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    slots: Slots
    /** Where slots are counted now: `local` and `rejoining` while Redis is away or has lost what it knew. */
    slotsState: () => 'in-process' | SharedSlotsState
    /** How many replicas share the slots, this one among them; while Redis is away, how many there were. */
    replicas: () => number
    /** preHandler: takes one of the user's places, or refuses. */
    enterQueue: (request: FastifyRequest) => Promise<void>
    exchangeSlots: ExchangeSlots
  }
}

/** So long a start waits for Redis before it serves without. */
const FIRST_CONTACT_MS = 3000

async function concurrencySlots(app: FastifyInstance) {
  const { config, clock } = app
  const { leaseTtlMs, affinityTtlMs } = config
  const { sharedSlots } = app
  const inProcess = createInProcessSlots({ clock, leaseTtlMs, affinityTtlMs })
  const resilient =
    sharedSlots === null
      ? null
      : createResilientSlots({
          shared: sharedSlots,
          local: inProcess,
          clock,
          leaseTtlMs,
          onChange: logState,
          onFault: (err) => app.log.error({ err }, 'Redis failed at something other than a request')
        })
  const slots: Slots & { close: () => Promise<void> | void } = resilient ?? inProcess

  function logState(state: SharedSlotsState): void {
    const replicas = app.replicas()
    if (state === 'local')
      app.log.warn({ replicas }, 'Redis is unavailable: this process grants slots alone, up to its share of each limit')
    if (state === 'rejoining')
      app.log.warn({ replicas }, 'Redis was emptied: no slot is granted until all held ones are registered again')
    if (state === 'shared') app.log.info({ replicas }, 'slots are shared with all replicas again')
  }

  app.decorate('slots', slots)
  app.decorate('slotsState', () => resilient?.state() ?? 'in-process')
  app.decorate('replicas', () => sharedSlots?.replicas() ?? 1)
  // A replica that comes up beside others and has not heard from Redis yet knows of none of them: it would take all slots for its own.
  app.addHook('onReady', async () => {
    const deadlineAt = clock.uptime() + FIRST_CONTACT_MS
    const isUnheard = () => ['local', 'rejoining'].includes(app.slotsState())
    while (isUnheard() && clock.uptime() < deadlineAt) await delay(20)
  })
  app.addHook('onClose', async () => {
    exchangeSlots.stop()
    await slots.close()
  })

  const exchangeSlots = createExchangeSlots({
    slots,
    clock,
    config,
    clientNow: app.clients.clientNow,
    log: app.log
  })
  app.decorate('exchangeSlots', exchangeSlots)
  app.decorate('enterQueue', async (request: FastifyRequest) => exchangeSlots.enterQueue(exchangeOf(request)))
  app.bus.subscribe('directory', () => void exchangeSlots.tellUserLimits())
}

export default fp(concurrencySlots, {
  name: 'concurrency-slots',
  fastify: '5.x',
  dependencies: ['config', 'bus', 'authentication', 'redis']
})
