import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createExchangeSlots, type ExchangeSlots } from '../services/gateway/slots/exchange-slots.ts'
import { openProcessSlots, type SlotSharing } from '../services/gateway/slots/process-slots.ts'
import type { Slots } from '../services/gateway/slots/slots.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    slots: Slots
    slotSharing: SlotSharing
    /** preHandler: takes one of the user's places, or refuses. */
    enterQueue: (request: FastifyRequest) => Promise<void>
    exchangeSlots: ExchangeSlots
  }
}

async function concurrencySlots(app: FastifyInstance) {
  const { config, clock, clients, log, shared } = app
  const { leaseTtlMs, affinityTtlMs } = config
  const { slots, sharing, firstContact, close } = openProcessSlots({
    shared: shared?.slots ?? null,
    clock,
    leaseTtlMs,
    affinityTtlMs,
    log
  })
  app.decorate('slots', slots)
  app.decorate('slotSharing', sharing)
  app.addHook('onReady', firstContact)

  const exchangeSlots = createExchangeSlots({ slots, clock, config, clientNow: clients.clientNow, log })
  app.decorate('exchangeSlots', exchangeSlots)
  app.decorate('enterQueue', async (request: FastifyRequest) => exchangeSlots.enterQueue(exchangeOf(request)))
  app.bus.subscribe('directory', () => void exchangeSlots.tellUserLimits())
  app.addHook('onClose', async () => {
    exchangeSlots.stop()
    await close()
  })
}

export default fp(concurrencySlots, {
  name: 'concurrency-slots',
  fastify: '5.x',
  dependencies: ['config', 'bus', 'authentication', 'redis']
})
