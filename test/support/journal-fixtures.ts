import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type {
  AttemptRecord,
  ClosedAttempt,
  ClosedRecord,
  OpenedRecord,
  ProgressRecord,
  SentRecord
} from '../../services/money/usage/attempt-records.ts'
import type { Clock } from '../../services/platform/clock.ts'
import { openJournal, type Journal, type JournalLog, type JournalOptions } from '../../services/money/journal/journal.ts'
import { LineBuffer, scanLines, type JournalRecord } from '../../services/money/journal/journal-lines.ts'
import { viewOf } from '../../services/money/journal/journal-view.ts'
import { createSettler, type SettlerOptions } from '../../services/money/journal/settler.ts'
import { NO_USAGE, type UsageFacts } from '../../services/money/usage/usage-facts.ts'

/** Real time, but with timers that keep the test's process alive. */
export const keptAliveClock: Clock = {
  now: () => Date.now(),
  uptime: () => Math.trunc(performance.now()),
  setTimer(callback, delayMs) {
    const timeout = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(timeout) }
  }
}

interface TestLog extends JournalLog {
  readonly lines: { level: 'info' | 'warn' | 'error'; message: string }[]
}

export function createTestLog(): TestLog {
  const lines: TestLog['lines'] = []
  const at = (level: 'info' | 'warn' | 'error') => (_fields: object, message: string) => void lines.push({ level, message })
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}

export function journalFolder(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'sluice-journal-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'instance')
}

export function openTestJournal(dir: string, options: Partial<JournalOptions> = {}) {
  return openJournal({ dir, clock: keptAliveClock, maxBytes: 1 << 30, syncIntervalMs: 0, log: createTestLog(), ...options })
}

type TestSettlerOptions = Partial<Omit<SettlerOptions, 'journal' | 'settle'>> &
  Pick<SettlerOptions, 'settle'> & { journal: Journal }

export function openTestSettler(t: TestContext, { journal, ...options }: TestSettlerOptions) {
  const settler = createSettler({
    journal: viewOf(journal),
    isTransient: () => true,
    clock: keptAliveClock,
    intervalMs: 2,
    retryMs: 1,
    maxRetryMs: 4,
    log: createTestLog(),
    ...options
  })
  t.after(() => settler.close())
  return settler
}

/** A database that knows each attempt by its primary key and skips what it has, as the real one does. */
export function createFakeRecord() {
  const events = new Map<string, ClosedAttempt>()
  return {
    events,
    async settle(attempts: ClosedAttempt[]) {
      const duplicates: string[] = []
      for (const attempt of attempts) {
        const key = `${attempt.sent.createdAt}/${attempt.sent.id}`
        if (events.has(key)) duplicates.push(attempt.sent.id)
        else events.set(key, { sent: attempt.sent, closed: attempt.closed })
      }
      return { duplicates }
    },
    ids: () => Array.from(events.values(), ({ sent }) => sent.id).sort(),
    of: (id: string) => Array.from(events.values()).find(({ sent }) => sent.id === id)?.closed
  }
}

export function encodeLine(record: JournalRecord): Buffer {
  const lines = new LineBuffer()
  lines.add(record)
  return Buffer.from(lines.bytes())
}

/** The records of attempts that are in the files, in order. */
export function recordsIn(dir: string): JournalRecord[] {
  const records: JournalRecord[] = []
  for (const name of segmentFiles(dir)) {
    scanLines(readFileSync(join(dir, name)), {
      wants: 'attempts',
      onRecord: (record) => records.push(record),
      onBadLine: () => {}
    })
  }
  return records
}

export const segmentFiles = (dir: string) =>
  existsSync(dir)
    ? readdirSync(dir)
        .filter((name) => /^\d+\.log$/.test(name))
        .sort()
    : []

export const usageOf = (outputTokens: number): UsageFacts => ({ ...NO_USAGE, inputTokens: 100, outputTokens })

export const sentRecord = (id: string): SentRecord => ({
  type: 'sent',
  id,
  exchangeId: `exchange-of-${id}`,
  attempt: 1,
  createdAt: 1_767_225_600_000,
  userId: '1',
  keyId: '2',
  groupId: '3',
  subscriptionId: null,
  accountId: '4',
  requestedModel: 'claude-sonnet-4-5',
  upstreamModel: 'claude-sonnet-4-5',
  stream: true,
  rateMultiplier: '1.0',
  queueMs: 0,
  subject: 'repo:acme/app:ref:refs/heads/main'
})

export const openedRecord = (id: string, outputTokens = 1): OpenedRecord => ({
  type: 'opened',
  id,
  status: 200,
  model: 'claude-sonnet-4-5-20250929',
  usage: usageOf(outputTokens),
  upstreamRequestId: 'req_1',
  firstByteMs: 250
})

export const progressRecord = (id: string, outputTokens: number): ProgressRecord => ({
  type: 'progress',
  id,
  model: null,
  usage: usageOf(outputTokens)
})

export const closedRecord = (id: string, outputTokens = 500): ClosedRecord => ({
  type: 'closed',
  id,
  outcome: 'completed',
  basis: 'final',
  status: 200,
  model: 'claude-sonnet-4-5-20250929',
  usage: usageOf(outputTokens),
  upstreamRequestId: 'req_1',
  firstByteMs: 250,
  durationMs: 4000
})

export const voidRecord = (id: string): AttemptRecord => ({ type: 'void', id })
