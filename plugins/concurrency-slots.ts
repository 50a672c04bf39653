import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { slotWaitOver, tooManyPending } from '../services/platform/gateway-errors.ts'
import { oneAtATime } from '../services/platform/one-at-a-time.ts'
import { createInProcessSlots } from '../services/gateway/slots/in-process-slots.ts'
import { createResilientSlots, type SharedSlotsState } from '../services/gateway/slots/resilient-slots.ts'
import { createSlotHeartbeat } from '../services/gateway/slots/slot-heartbeat.ts'
import {
  SlotTimeoutError,
  type SlotLease,
  type Slots,
  type SlotSubject,
  type WaitOptions
} from '../services/gateway/slots/slots.ts'
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
    /** Waits for one of the user's slots, pinging a streaming client meanwhile. */
    waitForUserSlot: (exchange: Exchange) => Promise<void>
    /** Runs a wait for a slot under the queue's deadline, with its pings, and counts the time waited. */
    queued: <T>(exchange: Exchange, subject: SlotSubject, acquire: (wait: WaitOptions) => Promise<T>) => Promise<T>
    /** The exchanges that wait for such a slot now. */
    waitingFor: (subject: SlotSubject) => Exchange[]
    /** Tells those who wait what the limit of a user or account is now. Never rejects. */
    tellLimit: (subject: SlotSubject, id: string, limit: number) => Promise<void>
    /** Keeps a lease alive for the exchange; the returned function lets it go early. */
    holdLease: (exchange: Exchange, lease: SlotLease) => () => Promise<void>
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

  const heartbeat = createSlotHeartbeat({
    slots,
    clock,
    intervalMs: leaseTtlMs / 3,
    onLost: (leaseIds) => app.log.warn({ leaseIds }, 'slot leases expired while in use'),
    onFault: (err) => app.log.error({ err }, 'slot leases could not be renewed')
  })
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
    heartbeat.stop()
    await slots.close()
  })

  app.decorate('holdLease', (exchange: Exchange, lease: SlotLease) => {
    heartbeat.add(lease.id)
    return exchange.hold(async () => {
      heartbeat.remove(lease.id)
      await lease.release()
    })
  })

  const waiting = new Map<Exchange, SlotSubject>()
  app.decorate('waitingFor', (subject: SlotSubject) =>
    [...waiting].flatMap(([exchange, waitsFor]) => (waitsFor === subject ? [exchange] : []))
  )
  app.decorate('tellLimit', async (subject: SlotSubject, id: string, limit: number) => {
    // Those who ask next name it themselves.
    await slots
      .hearLimit(subject, id, limit)
      .catch((err: unknown) => app.log.warn({ err }, 'a changed limit could not be applied'))
  })

  /** A raised limit serves those who wait at once. */
  const tellLimits = oneAtATime(async () => {
    const byUser = new Map(app.waitingFor('user').map((exchange) => [exchange.client.user.id, exchange]))
    await Promise.all(
      [...byUser].map(async ([id, exchange]) => {
        // Who may not ask any more is told so when it is their turn.
        const client = await app.clientNow(exchange).catch(() => null)
        if (client !== null) await app.tellLimit('user', id, client.user.concurrency)
      })
    )
  })
  app.bus.subscribe('directory', () => void tellLimits())

  app.decorate('queued', async <T>(exchange: Exchange, subject: SlotSubject, acquire: (wait: WaitOptions) => Promise<T>) => {
    let waitingSince: number | null = null
    let outcome: 'granted' | 'timed_out' | 'left' = 'left'
    try {
      const granted = await acquire({
        deadlineAt: clock.uptime() + config.queueTimeoutMs,
        signal: exchange.gone,
        onWait() {
          exchange.lookDue = true
          waiting.set(exchange, subject)
          waitingSince = clock.uptime()
          if (exchange.request.stream) exchange.stream.startPings()
        }
      })
      outcome = 'granted'
      return granted
    } catch (error) {
      if (!(error instanceof SlotTimeoutError)) throw error
      outcome = 'timed_out'
      throw slotWaitOver(error.subject)
    } finally {
      waiting.delete(exchange)
      if (waitingSince !== null) {
        const ms = clock.uptime() - waitingSince
        exchange.queueMs += ms
        exchange.trace.waited({ for: subject, ms, outcome })
      }
      exchange.stream.stopPingsUnlessBegun()
    }
  })

  app.decorate('enterQueue', async (request: FastifyRequest) => {
    const exchange = exchangeOf(request)
    const { id, concurrency } = exchange.client.user
    const capacity = concurrency === 0 ? 0 : concurrency + config.queueExtra
    const place = await slots.enter({ userId: id, holder: exchange.id, capacity, limit: concurrency })
    exchange.trace.limit({ name: 'queue', outcome: place === null ? 'refused' : 'passed', limit: String(capacity) })
    if (place === null) throw tooManyPending()
    app.holdLease(exchange, place)
  })

  app.decorate('waitForUserSlot', async (exchange: Exchange) => {
    const { id, concurrency } = exchange.client.user
    const request = { userId: id, limit: concurrency, holder: exchange.id }
    app.holdLease(exchange, await app.queued(exchange, 'user', (wait) => slots.acquireUser(request, wait)))
  })
}

export default fp(concurrencySlots, {
  name: 'concurrency-slots',
  fastify: '5.x',
  dependencies: ['config', 'bus', 'authentication', 'redis']
})
