import type { SettledSpending, SettledUse } from '../../gateway/eligibility/billing-eligibility.ts'
import type { Clock } from '../../platform/clock.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import type { AttemptCharge, ExchangeNote } from '../../money/journal/journal-lines.ts'
import type { FinishedAttempt } from '../../money/journal/journal-reader.ts'
import type { JournalView } from '../../money/journal/journal-view.ts'
import { createSettler, type SettlerState } from '../../money/journal/settler.ts'
import { insertTracePacks } from '../../gateway/traces/records/exchange-traces.ts'
import type { Connectable } from '../../platform/database/queryable.ts'
import { isTransientDatabaseError, settleAttempts } from '../../resources/records/settlement.ts'
import type { BudgetAlert } from '../../resources/records/budget-alerts.ts'
import { createExchangeTeller } from '../../gateway/traces/exchange-teller.ts'
import type { ClosedAttempt } from '../../money/usage/attempt-records.ts'
import type { WebhookDelivery } from '../webhooks/webhook-delivery.ts'
import { createHousekeeping } from './housekeeping.ts'
import type { SentWebhook, WebhookSettings } from './outbox.ts'
import { createVerifier } from './verifier.ts'
import { SettledNumbers, type SettledNumbersData } from './settled-numbers.ts'

/** What an office is told once, at its start; it crosses to another thread. */
export interface OfficeSettings {
  settleIntervalMs: number
  settleDrainMs: number
  /** A webhook is to be told of what is settled, and of budgets that are used. */
  hasWebhook: boolean
  /** Null where others tell it, or nobody does. */
  webhook: WebhookSettings | null
  /** Null where others see to the tables. */
  housekeeping: { intervalMs: number; traceRetentionDays: number; usageRetentionDays: number } | null
  /** What a verification of the books says where it ran. */
  replica: string
  /** What an earlier office of the same life has reported. */
  done: OfficeProgress
}

/** How far offices have come in this life of the journal. */
export interface OfficeProgress {
  settled: SettledNumbersData
  /** Numbers of the last exchanges that are in the log, and whose traces are stored. */
  told: number
  stored: number
}

/** What was put on record, for those who know what may be spent. */
export interface SettledReport extends SettledSpending {
  uses: SettledUse[]
  /** Of the attempts that these are made of. */
  numbers: number[]
  /** False where they were set aside: they are not on record. */
  isSettled: boolean
}

/** Whom the office works for. All but `price` only tell, and are never waited for. */
export interface Front {
  /** The charges of attempts of which the journal does not have them, in their order. */
  price: (attempts: readonly ClosedAttempt[]) => Promise<AttemptCharge[]>
  settled: (report: SettledReport) => void
  /** Exchanges for the log. */
  told: (notes: readonly ExchangeNote[]) => void
  /** Traces are stored up to this exchange's number. */
  stored: (number: number) => void
  /** What became of a try to tell the webhook. */
  webhookSent: (result: SentWebhook) => void
}

interface BackOfficeOptions {
  journal: JournalView
  db: Connectable
  /** What the books are verified with, beside all else. */
  books: Connectable
  clock: Clock
  settings: OfficeSettings
  front: Front
  log: JournalLog
  /** From 0 to 1, as Math.random. */
  random?: () => number
}

/** Does behind the requests what their clients do not wait for. */
export interface BackOffice {
  /** Resolves when the tables are there that are needed at once. */
  start: () => Promise<void>
  /** Resolves to true when every attempt finished so far is on record or set aside, to false when the office closes before. */
  settle: () => Promise<boolean>
  /** Resolves when what has ended so far is told and its traces are stored, or could not be stored now. */
  tell: () => Promise<void>
  /** Settles what a dead owner left in its folder; see `Settler.adopt`. */
  adopt: (dir: string) => Promise<boolean>
  /** Sees to the tables now. Never rejects. */
  maintain: () => Promise<void>
  /** Carries out a verification of the books that has been begun. Resolves at once; never rejects. */
  verify: (id: string) => Promise<void>
  state: () => SettlerState
  /** Finishes what there is to do, within SETTLE_DRAIN_MS. Resolves to whether all is settled. */
  close: () => Promise<boolean>
}

/** A transaction costs some milliseconds whatever is in it, so under load they are made large. */
const SETTLE_BATCH_SIZE = 1000

export function createBackOffice(options: BackOfficeOptions): BackOffice {
  const { journal, db, books, clock, settings, front, log, random = Math.random } = options
  const settledBefore = new SettledNumbers(settings.done.settled)
  /** Not reported yet. */
  const voids: number[] = []

  async function settle(attempts: FinishedAttempt[], replayed: ReadonlySet<string>) {
    const charges = await chargesOf(attempts)
    const priced = attempts.map(({ sent, closed }, index) => ({ sent, closed, ...charges[index]! }))
    const result = await settleAttempts(db, priced, { hasWebhook: settings.hasWebhook })
    if (result.tooOld.length > 0) log.warn({ ids: result.tooOld }, 'usage from before USAGE_RETENTION_DAYS was not charged')
    report(attempts, charges, replayed, result)
    tellAlerts(result.alerts)
    outbox?.wake()
    return result
  }

  /** The gateway has priced what has ended before its eyes. */
  async function chargesOf(attempts: readonly FinishedAttempt[]): Promise<AttemptCharge[]> {
    const unpriced = attempts.filter(({ charge }) => charge === null)
    if (unpriced.length === 0) return attempts.map(({ charge }) => charge!)
    const prices = await front.price(unpriced.map(({ sent, closed }) => ({ sent, closed })))
    let next = 0
    return attempts.map(({ charge }) => charge ?? prices[next++]!)
  }

  /** What another life has left behind was never counted as unsettled in this one, nor what an earlier office has reported. */
  function report(
    attempts: readonly FinishedAttempt[],
    charges: readonly AttemptCharge[],
    replayed: ReadonlySet<string>,
    spending: SettledSpending,
    isSettled = true
  ): void {
    const uses = new Map<string, SettledUse>()
    const numbers = voids.splice(0)
    attempts.forEach(({ sent, number }, index) => {
      if (number === 0 || replayed.has(sent.id) || settledBefore.has(number)) return
      settledBefore.add(number)
      numbers.push(number)
      const { costNano, chargedNano } = charges[index]!
      const { userId, keyId, subscriptionId, teamId = null } = sent
      const whose = `${userId} ${keyId} ${subscriptionId} ${teamId}`
      const use = uses.get(whose)
      if (use === undefined) uses.set(whose, { userId, keyId, subscriptionId, teamId, attempts: 1, costNano, chargedNano })
      else {
        use.attempts += 1
        use.costNano += costNano
        use.chargedNano += chargedNano
      }
    })
    const { balances, subscriptions, keys, teams } = spending
    front.settled({ uses: [...uses.values()], numbers, balances, subscriptions, keys, teams, isSettled })
  }

  function reportVoids(): void {
    if (voids.length > 0) report([], [], NONE, NOTHING_SPENT)
  }

  function tellAlerts(alerts: readonly BudgetAlert[]): void {
    for (const { budget, userEmail, keyName, group, team, period, percent } of alerts) {
      log.info({ budget, user: userEmail, key: keyName, group, team, period, percent }, 'a budget has reached a threshold')
    }
  }

  const teller = createExchangeTeller({
    journal,
    after: settings.done,
    tell: front.told,
    async insert(packs, through) {
      await insertTracePacks(db, packs)
      front.stored(through)
    },
    isTransient: isTransientDatabaseError,
    clock,
    intervalMs: settings.settleIntervalMs,
    log
  })

  const settler = createSettler({
    journal,
    settle,
    isTransient: isTransientDatabaseError,
    clock,
    intervalMs: settings.settleIntervalMs,
    batchSize: SETTLE_BATCH_SIZE,
    mayRetire: teller.hasRead,
    onVoid: (number) => voids.push(number),
    onSetAside(attempt, isReplayed) {
      if (isReplayed || attempt.charge === null) return
      report([attempt], [attempt.charge], NONE, NOTHING_SPENT, false)
    },
    log
  })

  const housekeeping =
    settings.housekeeping === null
      ? null
      : createHousekeeping({ ...settings.housekeeping, hasWebhook: settings.hasWebhook, db, clock, random, log })

  const verifier = createVerifier({
    db,
    books,
    clock,
    replica: settings.replica,
    lookMs: settings.housekeeping?.intervalMs ?? null,
    random,
    log
  })

  let outbox: WebhookDelivery | null = null

  /** Loaded where it is wanted: it brings an HTTP client along. */
  async function openOutbox(webhook: WebhookSettings): Promise<void> {
    const { createOutbox } = await import('./outbox.ts')
    outbox = createOutbox({ settings: webhook, db, clock, random, onSent: front.webhookSent, log })
    outbox.start()
  }

  return {
    async start() {
      settler.start()
      teller.start()
      if (settings.webhook !== null) await openOutbox(settings.webhook)
      await housekeeping?.start()
      verifier.start()
    },
    async settle() {
      const isSettled = await settler.flush()
      reportVoids()
      return isSettled
    },
    tell: teller.flush,
    adopt: settler.adopt,
    maintain: async () => housekeeping?.maintainAll(),
    verify: async (id) => void verifier.run(id),
    state() {
      reportVoids()
      return settler.state()
    },
    async close() {
      await outbox?.close()
      await verifier.close()
      await housekeeping?.close()
      await teller.stop()
      const isSettled = await settler.drain(settings.settleDrainMs)
      reportVoids()
      return isSettled
    }
  }
}

const NONE: ReadonlySet<string> = new Set()
const NOTHING_SPENT: SettledSpending = { balances: new Map(), subscriptions: new Map(), keys: new Map(), teams: new Map() }
