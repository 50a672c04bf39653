import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Timer } from '../services/clock.ts'
import { dropOldBudgetAlerts } from '../services/records/budget-alerts.ts'
import { checkpointLedger } from '../services/records/ledger-checkpoints.ts'
import { dropTracePartitions, ensureTracePartitions } from '../services/records/exchange-traces.ts'
import { DAY_MS } from '../services/records/partitions.ts'
import { dropEndedSessions } from '../services/records/sign-in-sessions.ts'
import { bringDaysInLine } from '../services/records/usage-roll-ups.ts'
import { dropUsageMonths, makeUsageMonthsAhead } from '../services/records/usage-retention.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Sees to the tables now, as it happens by itself at start and then periodically. Never rejects. */
    maintain: () => Promise<void>
  }
}

export interface MaintenanceOptions {
  /** From 0 to 1, as Math.random. */
  random?: () => number
}

const MONTHS_AHEAD = 2
/** A journal keeps what is settled for 7 days, so that a replica hardly settles anything older. */
const DAYS_KEPT_IN_LINE = 8

/** Makes tables ahead and drops what is old. Any number of replicas may do so at once. */
async function maintenance(app: FastifyInstance, { random = Math.random }: MaintenanceOptions) {
  const { clock, config, pg } = app
  const log = app.log.child({ part: 'maintenance' })
  const { maintenanceIntervalMs, traceRetentionDays, usageRetentionDays } = config

  let closing = false

  async function makeAhead(now: number) {
    await makeUsageMonthsAhead(pg.pool, now, MONTHS_AHEAD)
    if (traceRetentionDays > 0) await ensureTracePartitions(pg.pool, [now, now + DAY_MS])
  }

  async function dropOldTraces(now: number) {
    await dropTracePartitions(pg.pool, now - traceRetentionDays * DAY_MS)
  }

  async function dropOldUsage(now: number) {
    if (usageRetentionDays === 0) return
    const before = now - usageRetentionDays * DAY_MS
    await checkpointLedger(pg.pool, before, { isStopped: () => closing })
    if (!closing) await dropUsageMonths(pg.pool, before)
  }

  async function dropSessions(now: number) {
    await dropEndedSessions(pg.pool, now)
  }

  async function dropBudgetAlerts(now: number) {
    await dropOldBudgetAlerts(pg.pool, now)
  }

  async function keepDaysInLine(now: number) {
    const differed = await bringDaysInLine(pg.pool, now - DAYS_KEPT_IN_LINE * DAY_MS)
    if (differed) log.info({}, 'a replica of an older version has added to the hours of usage; their days were brought in line')
  }

  /** What one of them meets must not keep the others from their work. */
  async function seeTo(work: (now: number) => Promise<void>) {
    try {
      if (!closing) await work(clock.now())
    } catch (err) {
      log.warn({ err, work: work.name }, 'the tables could not be seen to; trying again later')
    }
  }

  let running: Promise<void> | null = null
  let timer: Timer | null = null

  async function maintain() {
    for (const work of [makeAhead, dropOldTraces, dropOldUsage, dropSessions, dropBudgetAlerts, keepDaysInLine])
      await seeTo(work)
  }

  app.decorate('maintain', async () => {
    running ??= maintain().finally(() => {
      running = null
    })
    await running
  })

  // Replicas that were started together would otherwise always meet.
  const nextDelayMs = () => Math.round(maintenanceIntervalMs * (0.75 + random() / 2))

  async function maintainFromNowOn() {
    await app.maintain()
    if (!closing) timer = clock.setTimer(() => void maintainFromNowOn(), nextDelayMs())
  }

  app.addHook('onReady', async () => {
    await seeTo(makeAhead)
    // What there is to drop may take its time, which nothing waits for.
    void maintainFromNowOn()
  })
  app.addHook('onClose', async () => {
    closing = true
    timer?.cancel()
    await running
  })
}

export default fp(maintenance, { name: 'maintenance', fastify: '5.x', dependencies: ['config', 'database'] })
