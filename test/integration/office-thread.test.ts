import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import type { Front, SettledReport } from '../../services/operations/office/back-office.ts'
import type { OfficeThreadData } from '../../services/operations/office/office-protocol.ts'
import { createOfficeThread, type OfficeThreadOptions } from '../../services/operations/office/office-thread.ts'
import { migrate } from '../../services/platform/database/migrations.ts'
import type { Journal, JournalOptions } from '../../services/money/journal/journal.ts'
import { findTrace } from '../../services/gateway/traces/records/exchange-traces.ts'
import { postgresUrl } from '../support/databases.ts'
import {
  closedRecord,
  createTestLog,
  journalFolder,
  keptAliveClock,
  openTestJournal,
  sentRecord,
  voidRecord
} from '../support/journal-fixtures.ts'
import { keptExchange, noteOf } from '../support/traces.ts'
import { provision } from '../support/provisioned.ts'
import { until } from '../support/until.ts'

const WORKER = new URL('../../services/operations/office/office-worker.ts', import.meta.url)
const SETTINGS = {
  settleIntervalMs: 10,
  settleDrainMs: 5000,
  hasWebhook: false,
  webhook: null,
  housekeeping: null,
  replica: 'test'
}
const CHARGE = { costNano: 2_000_000_000n, chargedNano: 1_000_000_000n, priceVersion: 'v1', priceUnknown: false }

function createTestFront() {
  const reports: SettledReport[] = []
  const told: string[] = []
  const front: Front = {
    price: async (attempts) => attempts.map(() => CHARGE),
    settled: (report) => void reports.push(report),
    told: (notes) => void told.push(...notes.map(({ id }) => id)),
    stored() {},
    webhookSent() {}
  }
  const attempts = () => reports.flatMap(({ uses }) => uses).reduce((sum, use) => sum + use.attempts, 0)
  const numbers = () => reports.flatMap((report) => report.numbers)
  return { front, told, attempts, numbers }
}

async function setUp(t: TestContext, options: Partial<OfficeThreadOptions> = {}, disk: Partial<JournalOptions> = {}) {
  const databaseUrl = await postgresUrl(t)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await migrate(client)
  const provisioned = await provision(client)
  const journal = openTestJournal(journalFolder(t), { segmentBytes: 20_000, ...disk })
  const desk = createTestFront()
  const log = createTestLog()
  const workers: Worker[] = []
  const spawn = (workerData: OfficeThreadData) => {
    const worker = new Worker(WORKER, { workerData })
    workers.push(worker)
    return worker
  }
  const common = {
    journal,
    databaseUrl,
    clock: keptAliveClock,
    settings: SETTINGS,
    front: desk.front,
    log,
    restartMs: 1,
    spawn
  }
  const office = createOfficeThread({ ...common, ...options })
  t.after(async () => {
    await office.close()
    await client.end()
  })
  const events = async () =>
    (await client.query<{ count: number }>('select count(*)::int as count from usage_events')).rows[0]?.count
  return { journal, office, client, log, workers, events, ...desk, provisioned, complete: completing(journal, provisioned) }
}

/** Each attempt costs its user a dollar. */
const completing =
  (journal: Journal, { walletUse }: Awaited<ReturnType<typeof provision>>) =>
  (from: number, count: number) => {
    for (let index = from; index < from + count; index++) {
      const id = `attempt-${index}`
      journal.append({ ...sentRecord(id), ...walletUse })
      journal.append(closedRecord(id))
      journal.finish(id, CHARGE)
    }
  }

test('a thread settles, tells and stores what the journal has, and puts away what is settled', async (t) => {
  const { journal, office, client, told, attempts, events, complete } = await setUp(t)
  await office.start()
  complete(0, 200)
  journal.append(sentRecord('void'))
  journal.append(voidRecord('void'))
  journal.finish('void')
  const { number: _number, type: _type, ...exchange } = noteOf(keptExchange())
  journal.note(exchange)
  assert.equal(await office.settle(), true)
  await office.tell()
  assert.deepEqual([await events(), attempts(), told], [200, 200, [exchange.id]])
  assert.notEqual(await findTrace(client, exchange.id), null)
  await until('what is settled is put away', () => journal.current.segments().length <= 1)
  await until('the last sign of life says so', () => office.state().handledAttempts === 201)
  assert.equal(await office.close(), true)
  assert.deepEqual(journal.current.segments(), [])
})

test('killed at any moment it is started again, and each attempt is charged, told of and reported once', async (t) => {
  const { journal, office, client, log, workers, told, attempts, numbers, events, complete } = await setUp(t)
  await office.start()
  const ids: string[] = []
  for (let round = 0; round < 8; round++) {
    complete(round * 50, 50)
    const { number: _number, type: _type, ...exchange } = noteOf(keptExchange())
    journal.note(exchange)
    ids.push(exchange.id)
    const settled = office.settle()
    await new Promise((resolve) => setTimeout(resolve, round * 3))
    await workers.at(-1)?.terminate()
    assert.equal(await settled, true)
  }
  await office.tell()
  assert.deepEqual([await events(), attempts(), new Set(numbers()).size], [400, 400, 400])
  assert.deepEqual(told, ids)
  const { rows } = await client.query<{ total: string }>(
    "select sum(amount_usd)::text as total from ledger_entries where kind = 'usage'"
  )
  assert.equal(Number(rows[0]?.total), -400)
  assert.ok(workers.length > 4)
  assert.ok(log.lines.some(({ message }) => message.includes('is being restarted')))
})

test('one that stalls is ended and started again', async (t) => {
  const stalls: string[] = []
  const spawn = (workerData: OfficeThreadData) => {
    if (stalls.length > 0) return new Worker(WORKER, { workerData })
    stalls.push('once')
    return new Worker('setInterval(() => {}, 1000)', { eval: true })
  }
  const { office, events, complete, log } = await setUp(t, { spawn, stalledAfterMs: 1500 })
  complete(0, 3)
  await office.start()
  assert.equal(await office.settle(), true)
  assert.equal(await events(), 3)
  assert.ok(log.lines.some(({ message }) => message.includes('does not respond')))
})

test('what the disk does not take goes on record from memory when the office closes, and is not lost', async (t) => {
  let fails = false
  const writeSyncOrFail: NonNullable<JournalOptions['writeSync']> = (...args) => {
    if (fails) throw Object.assign(new Error('i/o error'), { code: 'EIO' })
    return writeSync(...args)
  }
  const { journal, office, told, attempts, events, provisioned } = await setUp(t, {}, { writeSync: writeSyncOrFail })
  await office.start()
  for (const id of ['a', 'b']) journal.append({ ...sentRecord(id), ...provisioned.walletUse })
  const { number: _number, type: _type, ...exchange } = noteOf(keptExchange())
  assert.ok(journal.note(exchange))
  fails = true
  for (const id of ['a', 'b']) {
    journal.append(closedRecord(id))
    journal.finish(id, CHARGE)
  }
  assert.equal(await office.close(), true)
  assert.deepEqual([await events(), attempts(), told], [2, 2, [exchange.id]])
  assert.equal(await journal.close(), 0)
})
