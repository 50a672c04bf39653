import { parentPort, workerData } from 'node:worker_threads'
import pg from 'pg'
import { systemClock } from '../../platform/clock.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import type { SegmentSource } from '../../money/journal/journal-segments.ts'
import type { JournalView } from '../../money/journal/journal-view.ts'
import { createBackOffice, type BackOffice, type Front } from './back-office.ts'
import { shareForBooks } from './books-share.ts'
import { createCalls } from './calls.ts'
import type { FrontCalls, JournalSnapshot, OfficeCalls, OfficeThreadData } from './office-protocol.ts'

/** One each for settling, for traces, for the tables and for the outbox. */
const POOL_SIZE = 4
const CONNECT_TIMEOUT_MS = 3000
const QUERY_TIMEOUT_MS = 10_000
/** Of what the books are verified with: nothing waits for it, and a user may have millions of entries. */
const BOOKS_TIMEOUT_MS = 120_000
const SIGN_OF_LIFE_MS = 1000

/** The back office on a thread of its own: the service, with a channel to the gateway and connections of its own. */
const { settings, journalDir, databaseUrl } = workerData as OfficeThreadData
if (parentPort === null) throw new Error('the back office is a thread of the gateway')

const own: OfficeCalls = {
  start: () => (started ??= office.start()),
  settle: () => withState(office.settle()),
  tell: () => office.tell(),
  adopt: (dir) => withState(office.adopt(dir)),
  maintain: () => office.maintain(),
  verify: (id) => office.verify(id),
  async close() {
    const isSettled = await withState(office.close())
    clearInterval(signsOfLife)
    await pool.end()
    return isSettled
  }
}
const front = createCalls<FrontCalls>(parentPort, own)

async function withState<T>(work: Promise<T>): Promise<T> {
  const result = await work
  tellState()
  return result
}

function tellState(): void {
  front.tell('state', office.state())
}

/** Asked for again by who has not heard of its end. */
let started: Promise<void> | null = null
let snapshot: JournalSnapshot = { leftovers: [], current: [], healthy: true }

const sourceOf = (of: 'leftovers' | 'current'): SegmentSource => ({
  segments: () => snapshot[of],
  retire(number) {
    snapshot = { ...snapshot, [of]: snapshot[of].filter((segment) => segment.number !== number) }
    front.tell('retire', of, number)
  }
})

const journal: JournalView = {
  dir: journalDir,
  leftovers: sourceOf('leftovers'),
  current: sourceOf('current'),
  async refresh() {
    snapshot = await front.ask('refresh')
  },
  healthy: () => snapshot.healthy,
  unwritten: async () => Buffer.from(await front.ask('unwritten')),
  forgetUnwritten: () => front.tell('forgetUnwritten'),
  carry: (segment) => front.tell('carry', segment),
  async seal() {
    await front.ask('seal')
    snapshot = await front.ask('refresh')
  }
}

const at = (level: 'info' | 'warn' | 'error') => (fields: object, message: string) =>
  front.tell('log', level, plainFields(fields), message)
const log: JournalLog = { info: at('info'), warn: at('warn'), error: at('error') }

/** Errors lose what makes them one on their way to another thread. */
function plainFields(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? plainError(value) : value])
  )
}

function plainError(error: Error): object {
  const { name, message, stack } = error
  const code = 'code' in error ? error.code : undefined
  return { isError: true, name, message, stack, ...(typeof code === 'string' && { code }) }
}

function openPool(max: number, queryTimeoutMs: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: queryTimeoutMs,
    keepAlive: true
  })
  // Without listeners a connection that breaks ends the thread: the pool listens to its idle clients only.
  pool.on('error', (err) => log.warn({ err }, 'an idle database connection of the back office broke'))
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

const pool = openPool(POOL_SIZE, QUERY_TIMEOUT_MS)
// Left to the end of the thread: what runs there may take longer than a stop.
const books = shareForBooks(openPool(1, BOOKS_TIMEOUT_MS + QUERY_TIMEOUT_MS), systemClock, BOOKS_TIMEOUT_MS)

const desk: Front = {
  price: (attempts) => front.ask('price', attempts),
  settled(report) {
    front.tell('settled', report)
    tellState()
  },
  told: (notes) => front.tell('told', notes),
  stored: (number) => front.tell('stored', number),
  webhookSent: (result) => front.tell('webhookSent', result)
}
const office: BackOffice = createBackOffice({ journal, db: pool, books, clock: systemClock, settings, front: desk, log })
const signsOfLife = setInterval(tellState, SIGN_OF_LIFE_MS)
