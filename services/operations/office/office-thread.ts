import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../../platform/clock.ts'
import { inTime, keepingAlive } from '../../platform/within.ts'
import type { Journal, JournalLog } from '../../money/journal/journal.ts'
import type { SettlerState } from '../../money/journal/settler.ts'
import type { BackOffice, Front, OfficeProgress, OfficeSettings } from './back-office.ts'
import { createCalls, type Calls } from './calls.ts'
import type { FrontCalls, OfficeCalls, OfficeThreadData } from './office-protocol.ts'
import { SettledNumbers } from './settled-numbers.ts'

export interface OfficeThreadOptions {
  journal: Journal
  databaseUrl: string
  clock: Clock
  settings: Omit<OfficeSettings, 'done'>
  front: Front
  log: JournalLog
  /** Without a sign of life for so long it is ended, and started again. */
  stalledAfterMs?: number
  restartMs?: number
  spawn?: (data: OfficeThreadData) => Worker
}

/** The back office as the gateway has it: always there, whatever becomes of the thread. */
export interface OfficeThread extends BackOffice {
  /** Since its last sign of life. */
  ageMs: () => number
}

const LONGEST_RESTART_MS = 30_000
const WATCH_MS = 1000
/** For its last words, beyond what settling may take. */
const CLOSE_MS = 10_000

const MEMORY_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 }

const spawnOffice = (workerData: OfficeThreadData) =>
  new Worker(new URL('./office-worker.ts', import.meta.url), {
    workerData,
    name: 'back-office',
    resourceLimits: MEMORY_LIMITS
  })

/**
 * Runs the back office on a thread of its own and starts it again when it ends or stalls. It goes on where the former has come
 * to: what was reported is not reported again, and what was done without a report is found on record.
 */
export function createOfficeThread(options: OfficeThreadOptions): OfficeThread {
  const { journal, databaseUrl, clock, settings, front, log, stalledAfterMs = 30_000, spawn = spawnOffice } = options
  const firstRestartMs = options.restartMs ?? 1000
  const settled = new SettledNumbers()
  const questions = new Set<Question<unknown>>()
  let told = 0
  let stored = 0
  let state: SettlerState = NOTHING_DONE
  let countsBefore = NOTHING_DONE.counts
  let seenAt = clock.uptime()
  let restartMs = firstRestartMs
  let office: Calls<OfficeCalls> | null = null
  let worker: Worker | null = null
  let watch: Timer | null = null
  let isClosing = false
  let closing: Promise<boolean> | null = null

  const desk: FrontCalls = {
    refresh() {
      journal.flush()
      const plain = ({
        number,
        path,
        bytes,
        sealedAt
      }: {
        number: number
        path: string
        bytes: number
        sealedAt: number | null
      }) => ({
        number,
        path,
        bytes,
        sealedAt
      })
      return {
        leftovers: journal.leftovers.segments().map(plain),
        current: journal.current.segments().map(plain),
        healthy: journal.healthy()
      }
    },
    retire: (of, number) => onDisk(() => journal[of].retire(number)),
    carry: journal.carry,
    seal: journal.seal,
    unwritten: journal.unwritten,
    forgetUnwritten: journal.forgetUnwritten,
    price: front.price,
    settled(report) {
      for (const number of report.numbers) settled.add(number)
      front.settled(report)
    },
    told(notes) {
      told = notes.at(-1)?.number ?? told
      front.told(notes)
    },
    stored(number) {
      stored = Math.max(stored, number)
    },
    webhookSent: front.webhookSent,
    state(next) {
      state = next
      restartMs = firstRestartMs
    },
    log: (level, fields, message) => log[level](withErrors(fields), message)
  }

  /** It comes again in a later round. */
  function onDisk(step: () => void): void {
    try {
      step()
    } catch (err) {
      log.warn({ err }, 'a settled journal segment cannot be archived; trying again')
    }
  }

  const progress = (): OfficeProgress => ({ settled: settled.toData(), told, stored })

  function open(): void {
    seenAt = clock.uptime()
    const thread = spawn({ settings: { ...settings, done: progress() }, journalDir: journal.dir, databaseUrl })
    const calls = createCalls<OfficeCalls>(thread, desk, () => {
      seenAt = clock.uptime()
    })
    worker = thread
    office = calls
    thread.on('error', (err) => log.error({ err }, 'the back office failed'))
    thread.once('exit', (code) => {
      calls.end()
      if (worker !== thread) return
      worker = null
      office = null
      if (isClosing) giveUp()
      else openAgain(code)
    })
    // What was asked of a former one.
    for (const question of questions) put(question, calls)
  }

  function openAgain(code: number): void {
    log.error({ code, restartMs }, 'the back office stopped and is being restarted')
    countsBefore = sumOf(countsBefore, state.counts)
    state = { ...state, counts: NOTHING_DONE.counts }
    clock.setTimer(() => {
      if (isClosing) return giveUp()
      open()
      void ask((calls) => calls.ask('start'))
    }, restartMs)
    restartMs = Math.min(restartMs * 2, LONGEST_RESTART_MS)
  }

  function giveUp(): void {
    for (const { reject } of questions) reject(new Error('the back office has ended'))
    questions.clear()
  }

  /** Asks this office, and the next one when this one doesn't live to answer. */
  function ask<T>(how: (calls: Calls<OfficeCalls>) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const question: Question<T> = { how, resolve, reject }
    questions.add(question as Question<unknown>)
    if (office !== null) put(question as Question<unknown>, office)
    return promise
  }

  function put(question: Question<unknown>, calls: Calls<OfficeCalls>): void {
    question.how(calls).then(
      (answer) => {
        if (questions.delete(question)) question.resolve(answer)
      },
      (error: unknown) => {
        // With this office gone the next one is asked.
        if (calls === office && questions.delete(question)) question.reject(error)
      }
    )
  }

  function watchOver(): void {
    watch = clock.setTimer(() => {
      if (worker !== null && clock.uptime() - seenAt > stalledAfterMs) {
        log.error({ ageMs: Math.round(clock.uptime() - seenAt) }, 'the back office does not respond and is being stopped')
        void worker.terminate()
      }
      watchOver()
    }, WATCH_MS)
  }

  async function close(): Promise<boolean> {
    watch?.cancel()
    isClosing = true
    const closing = ask((calls) => calls.ask('close')).catch(() => false)
    const isSettled = await keepingAlive(inTime(clock, settings.settleDrainMs + CLOSE_MS, closing, () => false))
    await worker?.terminate()
    if (!isSettled) log.warn({}, 'some usage is not settled yet and stays in the journal')
    return isSettled
  }

  return {
    async start() {
      open()
      watchOver()
      await ask((calls) => calls.ask('start'))
    },
    settle: () => ask((calls) => calls.ask('settle')).catch(() => false),
    tell: () => ask((calls) => calls.ask('tell')).catch(() => {}),
    adopt: (dir) => ask((calls) => calls.ask('adopt', dir)),
    maintain: () => ask((calls) => calls.ask('maintain')).catch(() => {}),
    verify: (id) => ask((calls) => calls.ask('verify', id)).catch(() => {}),
    state: () => ({ ...state, handledAttempts: settled.size, counts: sumOf(countsBefore, state.counts) }),
    close: () => (closing ??= close()),
    ageMs: () => clock.uptime() - seenAt
  }
}

interface Question<T> {
  how: (calls: Calls<OfficeCalls>) => Promise<T>
  resolve: (answer: T) => void
  reject: (error: unknown) => void
}

const NOTHING_DONE: SettlerState = {
  handledAttempts: 0,
  waitingLeftovers: 0,
  oldestAt: null,
  attemptsInMemory: 0,
  counts: { settled: 0, duplicates: 0, rejected: 0, replayed: 0, corruptLines: 0, tornLines: 0, orphanRecords: 0 }
}

function sumOf(some: SettlerState['counts'], more: SettlerState['counts']): SettlerState['counts'] {
  const sums = { ...some }
  for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += more[name]
  return sums
}

/** Makes errors again of what was sent in their place. */
function withErrors(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isPlainError(value) ? errorOf(value) : value]))
}

interface PlainError {
  isError: true
  name: string
  message: string
  stack?: string
  code?: string
}

const isPlainError = (value: unknown): value is PlainError =>
  typeof value === 'object' && value !== null && 'isError' in value && value.isError === true

function errorOf({ name, message, stack, code }: PlainError): Error {
  return Object.assign(new Error(message), { name, stack, ...(code !== undefined && { code }) })
}
