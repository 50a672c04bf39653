import type { Logger } from 'pino'
import type { Clock } from '../../platform/clock.ts'
import { slotWaitOver, tooManyPending } from '../../platform/gateway-errors.ts'
import { oneAtATime } from '../../platform/one-at-a-time.ts'
import type { ClientKeyRecord } from '../../resources/records/client-keys.ts'
import type { Exchange } from '../request/exchange.ts'
import { createSlotHeartbeat } from './slot-heartbeat.ts'
import { slotsOf } from './slot-users.ts'
import { SlotTimeoutError, type SlotLease, type Slots, type SlotSubject, type WaitOptions } from './slots.ts'

export interface ExchangeSlots {
  /** Takes one of the user's places. Throws 429 when all are taken. */
  enterQueue: (exchange: Exchange) => Promise<void>
  /** Waits for one of the user's slots, pinging a streaming client meanwhile. */
  waitForUserSlot: (exchange: Exchange) => Promise<void>
  /** Runs a wait for a slot under the queue's deadline, with its pings, and counts the time waited. */
  queued: <T>(exchange: Exchange, subject: SlotSubject, acquire: (wait: WaitOptions) => Promise<T>) => Promise<T>
  /** The exchanges that wait for such a slot now. */
  waitingFor: (subject: SlotSubject) => Exchange[]
  /** Tells those who wait what the limit of a user or account is now. Never rejects. */
  tellLimit: (subject: SlotSubject, id: string, limit: number) => Promise<void>
  /** The same for all users who wait: a raised limit serves them at once. */
  tellUserLimits: () => Promise<void>
  /** Keeps a lease alive for the exchange; the returned function lets it go early. */
  holdLease: (exchange: Exchange, lease: SlotLease) => () => Promise<void>
  /** Renews nothing any more; for the end of the process. */
  stop: () => void
}

interface ExchangeSlotsOptions {
  slots: Slots
  clock: Clock
  config: { leaseTtlMs: number; queueTimeoutMs: number; queueExtra: number }
  /** Who the client of an exchange is now. Rejects for who may not ask any more. */
  clientNow: (exchange: Exchange) => Promise<ClientKeyRecord>
  log: Pick<Logger, 'warn' | 'error'>
}

/** What exchanges do with slots: wait for them, hold them, and hear of new limits meanwhile. */
export function createExchangeSlots({ slots, clock, config, clientNow, log }: ExchangeSlotsOptions): ExchangeSlots {
  const waiting = new Map<Exchange, SlotSubject>()
  const heartbeat = createSlotHeartbeat({
    slots,
    clock,
    intervalMs: config.leaseTtlMs / 3,
    onLost: (leaseIds) => log.warn({ leaseIds }, 'slot leases expired while in use'),
    onFault: (err) => log.error({ err }, 'slot leases could not be renewed')
  })

  const waitingFor = (subject: SlotSubject) =>
    [...waiting].flatMap(([exchange, waitsFor]) => (waitsFor === subject ? [exchange] : []))

  function holdLease(exchange: Exchange, lease: SlotLease): () => Promise<void> {
    heartbeat.add(lease.id)
    return exchange.hold(async () => {
      heartbeat.remove(lease.id)
      await lease.release()
    })
  }

  async function tellLimit(subject: SlotSubject, id: string, limit: number): Promise<void> {
    // Those who ask next name it themselves.
    await slots.hearLimit(subject, id, limit).catch((err: unknown) => log.warn({ err }, 'a changed limit could not be applied'))
  }

  async function queued<T>(exchange: Exchange, subject: SlotSubject, acquire: (wait: WaitOptions) => Promise<T>): Promise<T> {
    let waitingSince: number | null = null
    let otherSessions: number | null = null
    let outcome: 'granted' | 'timed_out' | 'left' = 'left'
    try {
      const granted = await acquire({
        deadlineAt: clock.uptime() + config.queueTimeoutMs,
        signal: exchange.gone,
        onWait(sessions) {
          otherSessions = sessions
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
        exchange.trace.waited({ for: subject, ms, outcome, otherSessions })
      }
      exchange.stream.stopPingsUnlessBegun()
    }
  }

  return {
    queued,
    waitingFor,
    tellLimit,
    holdLease,
    stop: () => heartbeat.stop(),

    tellUserLimits: oneAtATime(async () => {
      const byPool = new Map(waitingFor('user').map((exchange) => [slotsOf(exchange.client).id, exchange]))
      await Promise.all(
        [...byPool].map(async ([id, exchange]) => {
          // Who may not ask any more is told so when it is their turn.
          const client = await clientNow(exchange).catch(() => null)
          if (client !== null) await tellLimit('user', id, slotsOf(client).limit)
        })
      )
    }),

    async enterQueue(exchange) {
      const { id, limit } = slotsOf(exchange.client)
      const { id: holder, lane } = exchange
      const extra = config.queueExtra
      const capacity = limit === 0 ? 0 : limit + extra
      // As many more for sessions that have none: a session with forty subagents is not to keep another terminal out.
      const place = await slots.enter({ userId: id, holder, lane, capacity, extra, limit })
      exchange.trace.limit({ name: 'queue', outcome: place === null ? 'refused' : 'passed', limit: String(capacity) })
      if (place === null) throw tooManyPending()
      holdLease(exchange, place)
    },

    async waitForUserSlot(exchange) {
      const { id, limit } = slotsOf(exchange.client)
      const request = { userId: id, limit, holder: exchange.id, lane: exchange.lane }
      holdLease(exchange, await queued(exchange, 'user', (wait) => slots.acquireUser(request, wait)))
    }
  }
}
