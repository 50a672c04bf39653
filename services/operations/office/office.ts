import { backlogOf, type JournalBacklog } from '../../money/journal/journal-backlog.ts'
import { viewOf } from '../../money/journal/journal-view.ts'
import type { Journal, JournalLog } from '../../money/journal/journal.ts'
import type { SettlerCounts } from '../../money/journal/settler.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Connectable } from '../../platform/database/queryable.ts'
import { readOutboxBacklog, type OutboxBacklog } from '../../resources/records/webhook-outbox.ts'
import { createBackOffice, type BackOffice, type Front, type OfficeSettings } from './back-office.ts'
import { shareForBooks } from './books-share.ts'
import { createOfficeThread, type OfficeThread } from './office-thread.ts'

interface OfficeOptions {
  /** Whether it has a thread of its own; else it works between the requests. */
  onThread: boolean
  settings: Omit<OfficeSettings, 'done'>
  journal: Journal
  databaseUrl: string
  db: Connectable
  front: Front
  clock: Clock
  /** From 0 to 1, as Math.random. */
  random: () => number
  log: JournalLog
}

/** The back office of a process, wherever it works. */
export interface Office extends Omit<BackOffice, 'state'> {
  /** What the journal has that is not on record. */
  backlog: () => JournalBacklog
  counts: () => SettlerCounts
  /** How long it has given no sign of life, in ms. */
  ageMs: () => number
  /** What waits to be told to the webhook; null when there is none, or the database cannot be asked. */
  webhookBacklog: () => Promise<OutboxBacklog | null>
}

export function openOffice({ onThread, ...options }: OfficeOptions): Office {
  const { settings, journal, db } = options
  const { state, ...office } = onThread ? createOfficeThread(options) : besideRequests(options)
  return {
    ...office,
    backlog: () => backlogOf(journal, state()),
    counts: () => state().counts,
    webhookBacklog: async () => (settings.webhook === null ? null : await readOutboxBacklog(db).catch(() => null))
  }
}

/** As long as a statement of an operator may take. */
const BOOKS_TIMEOUT_MS = 8000

function besideRequests({ journal, settings, ...tools }: Omit<OfficeOptions, 'onThread'>): OfficeThread {
  const done = { settled: { through: 0, beyond: [] }, told: 0, stored: 0 }
  const books = shareForBooks(tools.db, tools.clock, BOOKS_TIMEOUT_MS)
  const office = createBackOffice({ ...tools, books, journal: viewOf(journal), settings: { ...settings, done } })
  return { ...office, ageMs: () => 0 }
}
