import { cpSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { AttemptRecord, ClosedAttempt, ClosedRecord } from '../../services/money/usage/attempt-records.ts'
import type { Journal } from '../../services/money/journal/journal.ts'
import type { JournalRecord } from '../../services/money/journal/journal-lines.ts'
import { listSegments } from '../../services/money/journal/journal-segments.ts'
import { viewOf } from '../../services/money/journal/journal-view.ts'
import { createSettler } from '../../services/money/journal/settler.ts'
import { NO_USAGE } from '../../services/money/usage/usage-facts.ts'
import { fc } from './fuzz.ts'
import {
  closedRecord,
  createFakeRecord,
  createTestLog,
  openedRecord,
  openTestJournal,
  progressRecord,
  recordsIn,
  segmentFiles,
  sentRecord,
  voidRecord,
  keptAliveClock
} from './journal-fixtures.ts'

/** What happens in one life of an instance, from its start to its death. */
export interface Life {
  /** The attempts' steps after `sent`. */
  attempts: ('opened' | 'progress' | 'closed' | 'void' | 'finish')[][]
  /** Whose next step comes; -1 lets the settler work. */
  turns: number[]
  /** How the database answers, in turn; it takes all afterwards. */
  answers: ('taken' | 'refused' | 'taken, but the answer is lost')[]
  /** Where the disk loses what was written: counted from the last segment, and the byte. Null for a mere kill. */
  cut: { segment: number; at: number } | null
}

export function lives({ cuts }: { cuts: boolean }): fc.Arbitrary<Life[]> {
  const middle = fc.array(fc.constantFrom('opened', 'progress', 'closed'), { maxLength: 5 })
  const ends = fc.constantFrom(
    [],
    ['void'],
    ['void', 'finish'],
    ['closed'],
    ['closed', 'finish'],
    ['closed', 'closed', 'finish']
  )
  const attempt = fc.tuple(middle, ends).map(([steps, end]) => [...steps, ...end] as Life['attempts'][number])
  const life = fc.record({
    attempts: fc.array(attempt, { minLength: 1, maxLength: 8 }),
    turns: fc.array(fc.integer({ min: -1, max: 7 }), { maxLength: 60 }),
    answers: fc.array(fc.constantFrom('taken', 'refused', 'taken, but the answer is lost'), { maxLength: 6 }),
    cut: cuts ? fc.record({ segment: fc.constantFrom(0, 0, 0, 1, 2), at: fc.nat() }) : fc.constant(null)
  })
  return fc.array(life, { minLength: 1, maxLength: 3 })
}

/**
 * Lives through `lives` in folders below `parent`, with a death at the end of each, then settles what is left. Returns what was
 * put on record by attempt id, and what should have been.
 */
export async function liveThrough(parent: string, lives: readonly Life[]) {
  const record = createFakeRecord()
  const onRecord = new Map<string, ClosedRecord>()
  let waiting = new Map<string, ClosedRecord>()
  let dir = join(parent, 'life-0')
  for (const [index, life] of lives.entries()) {
    const nextDir = join(parent, `life-${index + 1}`)
    const written = await liveAndDie(dir, `life-${index}`, life, record, nextDir)
    for (const [id, closed] of fates(written)) waiting.set(id, closed)
    for (const [id, closed] of waiting) if (record.of(id) !== undefined && !onRecord.has(id)) onRecord.set(id, closed)
    if (life.cut !== null) {
      cutFile(nextDir, life.cut)
      waiting = fates(recordsIn(nextDir))
    }
    dir = nextDir
  }
  const settler = openSettler(dir, record.settle)
  settler.start()
  try {
    await settler.flush()
  } finally {
    await settler.close()
  }
  const settled = new Map(Array.from(record.events.values(), ({ sent, closed }) => [sent.id, closed]))
  // What was on record before the disk lost something stays as it was.
  return { settled, expected: new Map([...waiting, ...onRecord]), left: segmentFiles(dir) }
}

function openSettler(
  dir: string,
  settle: (attempts: ClosedAttempt[]) => Promise<{ duplicates: string[] }>,
  journal = openSmall(dir)
) {
  const timing = { intervalMs: 0, retryMs: 0, carryAfterMs: 0, clock: keptAliveClock }
  return createSettler({
    journal: viewOf(journal),
    settle,
    isTransient: () => true,
    batchSize: 3,
    log: createTestLog(),
    ...timing
  })
}

const openSmall = (dir: string) => openTestJournal(dir, { segmentBytes: 1500 })

/** Returns the attempts' records in their order; those the journal repeated for itself are left out. */
async function liveAndDie(
  dir: string,
  prefix: string,
  life: Life,
  record: ReturnType<typeof createFakeRecord>,
  nextDir: string
): Promise<JournalRecord[]> {
  const answers = [...life.answers]
  let dead = false
  async function settle(attempts: ClosedAttempt[]) {
    const answer = answers.shift() ?? 'taken'
    await setImmediate()
    if (dead || answer === 'refused') throw new Error('refused')
    const result = await record.settle(attempts)
    if (answer === 'taken') return result
    throw new Error('connection lost')
  }

  const journal = openSmall(dir)
  const settler = openSettler(dir, settle, journal)
  settler.start()
  try {
    const written = await write(journal, prefix, life)
    dead = true
    journal.flush()
    cpSync(dir, nextDir, { recursive: true })
    return written
  } finally {
    // What it still does is in a folder that nobody looks at any more.
    dead = true
    await settler.close()
    await journal.close()
  }
}

async function write(journal: Journal, prefix: string, life: Life): Promise<JournalRecord[]> {
  const written: JournalRecord[] = []
  const stepsLeft = life.attempts.map((steps) => ['sent', ...steps])
  for (const turn of life.turns) {
    if (turn === -1) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      continue
    }
    const step = stepsLeft[turn]?.shift()
    const id = `${prefix}.${turn}`
    if (step === undefined) continue
    if (step === 'finish') {
      journal.finish(id)
      written.push({ type: 'finished', id, at: 0, number: 0, charge: null })
      continue
    }
    const next = recordOf(step, id, written.length)
    journal.append(next)
    written.push(next)
  }
  return written
}

function recordOf(step: string, id: string, tokens: number): AttemptRecord {
  if (step === 'sent') return sentRecord(id)
  if (step === 'opened') return openedRecord(id, tokens)
  if (step === 'progress') return progressRecord(id, tokens)
  return step === 'closed' ? closedRecord(id, tokens) : voidRecord(id)
}

function cutFile(dir: string, { segment, at }: { segment: number; at: number }): void {
  const found = listSegments(dir).at(-1 - segment)
  if (found !== undefined) truncateSync(found.path, at % (found.bytes + 1))
}

/** What each attempt should be settled as when all of them are over; stated anew here, one attempt at a time. */
function fates(records: readonly JournalRecord[]): Map<string, ClosedRecord> {
  const found = new Map<string, ClosedRecord>()
  for (const id of new Set(records.map((record) => record.id))) {
    const all = records.filter((record) => record.id === id)
    const first = all.findIndex(({ type }) => type === 'sent')
    if (first === -1) continue
    const end = all.findIndex(({ type }, index) => index > first && type === 'finished')
    const own = all.slice(first, end === -1 ? undefined : end)
    const last = own.findLast(({ type }) => type === 'closed' || type === 'void')
    if (last?.type === 'void') continue
    found.set(id, last?.type === 'closed' ? last : interrupted(id, own))
  }
  return found
}

function interrupted(id: string, own: readonly JournalRecord[]): ClosedRecord {
  const opened = own.findLast((record) => record.type === 'opened')
  const progress = own.findLast((record) => record.type === 'progress')
  return {
    type: 'closed',
    id,
    outcome: 'interrupted',
    basis: opened === undefined && progress === undefined ? 'unknown' : 'partial',
    status: opened?.status ?? null,
    model: progress?.model ?? opened?.model ?? null,
    usage: progress?.usage ?? opened?.usage ?? NO_USAGE,
    upstreamRequestId: opened?.upstreamRequestId ?? null,
    firstByteMs: opened?.firstByteMs ?? null,
    durationMs: opened?.firstByteMs ?? 0
  }
}
