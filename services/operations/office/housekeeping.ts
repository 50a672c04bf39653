import type { Clock, Timer } from '../../platform/clock.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import { dropOldBudgetAlerts } from '../../resources/records/budget-alerts.ts'
import { checkpointLedger } from '../../money/records/ledger-checkpoints.ts'
import { dropTracePartitions, ensureTracePartitions } from '../../gateway/traces/records/exchange-traces.ts'
import { DAY_MS } from '../../platform/database/partitions.ts'
import type { Connectable } from '../../platform/database/queryable.ts'
import { dropExpiredConsoleLinks } from '../../resources/records/console-links.ts'
import { dropExpiredDeviceCodes } from '../../resources/records/device-codes.ts'
import { markExpiringKeys } from '../../resources/records/key-expiry.ts'
import { dropOldPauses } from '../../resources/records/pauses.ts'
import { dropEndedSessions } from '../../resources/records/sign-in-sessions.ts'
import { dropExpiredTokens } from '../../resources/records/sign-ins.ts'
import { dropExchangedTokens } from '../../resources/workload-rules/records.ts'
import { repairDailyRollUps } from '../../money/records/usage-roll-ups.ts'
import { dropUsageMonths, makeUsageMonthsAhead } from '../../money/records/usage-retention.ts'

interface HousekeepingOptions {
  db: Connectable
  clock: Clock
  intervalMs: number
  /** 0 keeps none. */
  traceRetentionDays: number
  /** 0 keeps all. */
  usageRetentionDays: number
  /** Whether a webhook is to be told of keys that will end. */
  hasWebhook: boolean
  /** From 0 to 1, as Math.random. */
  random: () => number
  log: JournalLog
}

interface Housekeeping {
  /** Resolves when the tables of today are there; the rest takes its time, which nothing waits for. */
  start: () => Promise<void>
  /** Sees to the tables now, as it happens by itself at start and then periodically. Never rejects. */
  maintainAll: () => Promise<void>
  close: () => Promise<void>
}

const MONTHS_AHEAD = 2
/** A journal keeps what is settled for 7 days, so that a replica hardly settles anything older. */
const REPAIRED_DAYS = 8
/** For so long whoever holds an expired token is told that it has expired, and not that there is none. */
const EXPIRED_TOKEN_DAYS = 7
/** What was paused is looked up by who asks how often that happens; the audit log has it for good. */
const ENDED_PAUSE_DAYS = 90
/** What has had its answer must be known for as long as any replica's clock takes its code for good. */
const EXPIRED_CODE_MS = 3_600_000

/** Makes tables ahead and drops what is old. Any number of replicas may do so at once. */
export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { db, clock, intervalMs, traceRetentionDays, usageRetentionDays, hasWebhook, random, log } = options
  let closing = false
  let running: Promise<void> | null = null
  let timer: Timer | null = null

  async function makeAhead(now: number) {
    await makeUsageMonthsAhead(db, now, MONTHS_AHEAD)
    if (traceRetentionDays > 0) await ensureTracePartitions(db, [now, now + DAY_MS])
  }

  async function dropOldTraces(now: number) {
    await dropTracePartitions(db, now - traceRetentionDays * DAY_MS)
  }

  async function dropOldUsage(now: number) {
    if (usageRetentionDays === 0) return
    const before = now - usageRetentionDays * DAY_MS
    await checkpointLedger(db, before, { isStopped: () => closing })
    if (!closing) await dropUsageMonths(db, before)
  }

  async function dropSessions(now: number) {
    await dropEndedSessions(db, now)
    await dropExpiredConsoleLinks(db, now)
    await dropExpiredDeviceCodes(db, now - EXPIRED_CODE_MS)
    await dropExpiredTokens(db, now - EXPIRED_TOKEN_DAYS * DAY_MS)
    // What a replica whose clock is behind would still take must be known as exchanged.
    await dropExchangedTokens(db, now - DAY_MS)
  }

  async function dropBudgetAlerts(now: number) {
    await dropOldBudgetAlerts(db, now)
  }

  async function dropPauses(now: number) {
    await dropOldPauses(db, now - ENDED_PAUSE_DAYS * DAY_MS)
  }

  async function warnOfExpiry(now: number) {
    for (const { userEmail, ownerEmail, keyName, endsAt, days } of await markExpiringKeys(db, now, { hasWebhook })) {
      const facts = { user: userEmail, owner: ownerEmail, key: keyName, expires_at: endsAt.toISOString() }
      log.warn(facts, days === 1 ? 'a key expires within a day' : `a key expires within ${days} days`)
    }
  }

  async function repairRollUps(now: number) {
    const differed = await repairDailyRollUps(db, now - REPAIRED_DAYS * DAY_MS)
    if (differed) log.info({}, 'an older replica updated only the hourly usage sums; the daily sums were repaired')
  }

  /** What one of them meets must not keep the others from their work. */
  async function runTask(work: (now: number) => Promise<void>) {
    try {
      if (!closing) await work(clock.now())
    } catch (err) {
      log.warn({ err, work: work.name }, 'table maintenance failed; trying again later')
    }
  }

  async function runAllTasks() {
    for (const work of [
      makeAhead,
      dropOldTraces,
      dropOldUsage,
      dropSessions,
      dropBudgetAlerts,
      dropPauses,
      warnOfExpiry,
      repairRollUps
    ])
      await runTask(work)
  }

  async function maintainAll() {
    running ??= runAllTasks().finally(() => {
      running = null
    })
    await running
  }

  // Replicas that were started together would otherwise always meet.
  const nextDelayMs = () => Math.round(intervalMs * (0.75 + random() / 2))

  async function scheduleMaintenance() {
    await maintainAll()
    if (!closing) timer = clock.setTimer(() => void scheduleMaintenance(), nextDelayMs())
  }

  return {
    async start() {
      await runTask(makeAhead)
      void scheduleMaintenance()
    },
    maintainAll,
    async close() {
      closing = true
      timer?.cancel()
      await running
    }
  }
}
