import { pause, type Clock, type Timer } from '../../platform/clock.ts'
import type { Connectable } from '../../platform/database/queryable.ts'
import { wordsOf } from '../../platform/error-words.ts'
import { DAY_MS } from '../../platform/database/partitions.ts'
import { within } from '../../platform/within.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import { createDayReconciler } from '../../resources/admin/reconcile-days.ts'
import { NOTHING_VERIFIED, verifyLedger } from '../../resources/admin/verify-ledger.ts'
import { appendAudit, verifyAudits } from '../../resources/records/audit-log.ts'
import { storeReconciledDay } from '../../resources/records/reconciled-days.ts'
import {
  beginDueVerification,
  endVerification,
  renewVerification,
  VERIFICATION_LEASE_MS,
  type VerificationProgress
} from '../../resources/records/verifications.ts'
import { NamedError } from '../../platform/named-error.ts'

interface VerifierOptions {
  db: Connectable
  /** What the books are read with, where a statement may take long. */
  books: Connectable
  clock: Clock
  /** The name of this one, for whoever reads where a verification ran. */
  replica: string
  /** How often it looks whether a verification is due; null where others see to that. */
  lookMs: number | null
  /** From 0 to 1, as Math.random. */
  random: () => number
  log: JournalLog
}

/** Recomputes the books, one replica at a time, and keeps what came of it. */
export interface Verifier {
  start: () => void
  /** Carries out one that has been begun. Resolves when it is over; never rejects. */
  run: (id: string) => Promise<void>
  /** Verifies now if it is due. Never rejects. */
  look: () => Promise<void>
  close: () => Promise<void>
}

/** So that what drifts is known the day after, whatever is asked for by hand. */
const EVERY_MS = DAY_MS
/** Not among the first things that a start does. */
const FIRST_LOOK_MS = 60_000
/** It rests as long as it worked, so that it takes half of a core of the database at most. */
const LONGEST_REST_MS = 1000
/** A statement that runs is not waited for any longer. */
const CLOSE_MS = 2000

class Stopped extends NamedError {}

export function createVerifier({ db, books, clock, replica, lookMs, random, log }: VerifierOptions): Verifier {
  let closing = false
  let running: Promise<void> | null = null
  let timer: Timer | null = null

  // Replicas that were started together would otherwise always meet.
  const jittered = (ms: number) => Math.round(ms * (0.75 + random() / 2))

  function plan(delayMs: number, everyMs: number): void {
    timer = clock.setTimer(() => void lookAndPlan(everyMs), jittered(delayMs))
  }

  async function lookAndPlan(everyMs: number): Promise<void> {
    await look()
    if (!closing) plan(everyMs, everyMs)
  }

  async function look(): Promise<void> {
    try {
      const id = await beginDueVerification(db, { startedBy: 'sluice', replica }, EVERY_MS)
      if (id !== null) await run(id)
    } catch (err) {
      log.warn({ err }, 'the books cannot be verified now; trying again later')
    }
  }

  function run(id: string): Promise<void> {
    running ??= carryOut(id).finally(() => {
      running = null
    })
    return running
  }

  async function carryOut(id: string): Promise<void> {
    let progress: VerificationProgress = { ...NOTHING_VERIFIED, audit: null }
    let isLost = false
    const renewal = renewing(async () => {
      if (!(await renewVerification(db, id, progress))) isLost = true
    })
    const reconciler = createDayReconciler()
    try {
      let workedSince = clock.uptime()
      const ledger = await verifyLedger(books, {
        now: clock.now(),
        async onPart(part, soFar) {
          progress = { ...soFar, audit: null }
          const day = reconciler.add(part)
          if (day !== null) await storeReconciledDay(db, id, day)
          if (!closing) await pause(clock, Math.min(clock.uptime() - workedSince, LONGEST_REST_MS))
          if (closing || isLost) throw new Stopped('the server was stopped')
          workedSince = clock.uptime()
        }
      })
      progress = { ...ledger, audit: await verifyAudits(books) }
      await endVerification(db, id, progress, { result: ledger.found === 0 ? 'agrees' : 'drifted' })
      await tell(id, progress)
    } catch (error) {
      await giveUp(id, progress, error)
    } finally {
      renewal.cancel()
    }
  }

  function renewing(renew: () => Promise<void>): Timer {
    let next: Timer
    const planNext = () => {
      next = clock.setTimer(() => {
        renew().catch((err: unknown) => log.warn({ err }, 'a verification cannot say how far it is'))
        planNext()
      }, VERIFICATION_LEASE_MS / 12)
    }
    planNext()
    return { cancel: () => next.cancel() }
  }

  async function giveUp(id: string, progress: VerificationProgress, error: unknown): Promise<void> {
    const result = error instanceof Stopped ? 'interrupted' : 'failed'
    if (result === 'failed') log.warn({ err: error }, 'the verification of the books failed; trying again later')
    await endVerification(db, id, progress, { result, problem: wordsOf(error) }).catch((err: unknown) =>
      log.warn({ err }, 'what came of a verification cannot be kept')
    )
  }

  async function tell(id: string, { checked, found, audit }: VerificationProgress): Promise<void> {
    if (found > 0) {
      log.error({ verification: id, found }, 'the books do not agree: see sluice ledger verify')
      // In the chain, so that nobody can say later that it was not known.
      const detail = { verification: id, found }
      await appendAudit(db, {
        at: clock.now(),
        actor: 'sluice',
        action: 'ledger.drifted',
        subject: 'ledger',
        detail,
        exchangeId: null
      })
    } else log.info({ verification: id, checked }, 'the books were verified and agree')
    if (audit?.ok === false) log.error({ verification: id, broken: audit.broken }, 'the audit log was changed')
  }

  return {
    start() {
      if (lookMs !== null) plan(Math.min(FIRST_LOOK_MS, lookMs), lookMs)
    },
    run,
    look,
    async close() {
      closing = true
      timer?.cancel()
      if (running !== null) await within(clock, CLOSE_MS, running)
    }
  }
}
