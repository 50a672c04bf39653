import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createExchangeSlots, type ExchangeSlots } from '../services/gateway/slots/exchange-slots.ts'
import { openProcessSlots, type SlotSharing } from '../services/gateway/slots/process-slots.ts'
import { joinUsers } from '../services/gateway/slots/slot-users.ts'
import type { Slots, SlotUsage } from '../services/gateway/slots/slots.ts'
import { shareResult } from '../services/platform/shared-result.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    slots: Slots
    /** What `slots.usage` said within the last second: people's pages ask, and may be many. Rejects as that does. */
    recentSlotUsage: () => Promise<SlotUsage[]>
    slotSharing: SlotSharing
    /** preHandler: takes one of the user's places, or refuses. */
    enterQueue: (request: FastifyRequest) => Promise<void>
    exchangeSlots: ExchangeSlots
  }
}

/** As long as the overview's response is kept. */
const KEEP_MS = 1000

async function concurrencySlots(app: FastifyInstance) {
  const { config, clock, clients, log, shared } = app
  const { leaseTtlMs, affinityTtlMs } = config
  const {
    slots: pools,
    sharing,
    firstContact,
    close
  } = openProcessSlots({
    shared: shared?.slots ?? null,
    clock,
    leaseTtlMs,
    affinityTtlMs,
    log
  })
  const slots: Slots = {
    ...pools,
    usage: async () => joinUsers(await pools.usage()),
    watch: async () => joinUsers(await pools.watch())
  }
  app.decorate('slots', slots)
  app.decorate('recentSlotUsage', shareResult({ clock, keepMs: KEEP_MS, work: () => slots.usage() }).get)
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
