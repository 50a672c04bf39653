import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Journal } from '../../../../services/money/journal/journal.ts'
import type { ExchangeNote } from '../../../../services/money/journal/journal-lines.ts'
import { viewOf } from '../../../../services/money/journal/journal-view.ts'
import { createExchangeTeller, type ExchangeTellerOptions } from '../../../../services/gateway/traces/exchange-teller.ts'
import { findInPack, type TracePack } from '../../../../services/gateway/traces/trace-packs.ts'
import { createTestLog, journalFolder, openTestJournal, sentRecord, voidRecord } from '../../../support/journal-fixtures.ts'
import { keptExchange, noteOf } from '../../../support/traces.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

function note(journal: Journal, at?: number): string {
  const { number: _number, type: _type, ...exchange } = noteOf(keptExchange(at))
  assert.ok(journal.note(exchange))
  return exchange.id
}

function setUp(t: TestContext, options: Partial<ExchangeTellerOptions> & { dir?: string } = {}) {
  const { dir = journalFolder(t), ...rest } = options
  const journal = openTestJournal(dir)
  const clock = createVirtualClock()
  const log = createTestLog()
  const told: string[] = []
  const packs: TracePack[] = []
  const teller = createExchangeTeller({
    journal: viewOf(journal),
    after: { told: 0, stored: 0 },
    tell: (notes: readonly ExchangeNote[]) => void told.push(...notes.map(({ id }) => id)),
    insert: async (more) => void packs.push(...more),
    isTransient: () => true,
    clock,
    intervalMs: 1000,
    log,
    ...rest
  })
  return { dir, journal, clock, log, told, packs, teller, isStored: isIn(packs) }
}

const isIn = (packs: readonly TracePack[]) => (id: string) => packs.some(({ traces }) => findInPack(traces, id) !== null)

/** Takes traces once it is back. */
function awayStore() {
  let isAway = true
  const stored: TracePack[] = []
  return {
    async insert(packs: readonly TracePack[]) {
      if (isAway) throw new Error('connection refused')
      stored.push(...packs)
    },
    comeBack: () => {
      isAway = false
    },
    isStored: isIn(stored)
  }
}

test('exchanges are told in the order of their ends, and stored by the minute they arrived in', async (t) => {
  const { journal, teller, told, packs, isStored } = setUp(t)
  const noon = Date.UTC(2026, 10, 23, 12)
  const ids = [noon + 59_999, noon, noon + 60_000].map((at) => note(journal, at))
  await teller.flush()
  assert.deepEqual(told, ids)
  assert.deepEqual(
    packs.map(({ minute }) => minute - noon),
    [0, 60_000]
  )
  assert.ok(ids.every(isStored))
  await teller.flush()
  assert.equal(told.length, 3)
})

test('the log goes on while the database does not take traces, which are stored as soon as it does', async (t) => {
  const { insert, comeBack, isStored } = awayStore()
  const { journal, teller, told, log, clock } = setUp(t, { insert })
  teller.start()
  const first = note(journal)
  await clock.advance(1000)
  const second = note(journal)
  await clock.advance(1000)
  assert.deepEqual(told, [first, second])
  comeBack()
  await teller.flush()
  assert.ok([first, second].every(isStored))
  assert.deepEqual(
    log.lines.map(({ level }) => level),
    ['warn', 'info']
  )
})

test('of traces that cannot be stored for long the newest are kept, and how many are lost is told', async (t) => {
  const { insert, comeBack, isStored } = awayStore()
  const { journal, teller, log } = setUp(t, { insert, maxPending: 10 })
  const ids = Array.from({ length: 15 }, () => note(journal))
  await teller.flush()
  comeBack()
  await teller.flush()
  assert.deepEqual(ids.map(isStored), [...Array<boolean>(5).fill(false), ...Array<boolean>(10).fill(true)])
  assert.ok(log.lines.some(({ message }) => message.includes('were dropped')))
})

test('what a dead process has left is stored, but not told again', async (t) => {
  const dir = journalFolder(t)
  const former = openTestJournal(dir)
  const id = note(former)
  former.flush()
  const { teller, told, isStored } = setUp(t, { dir })
  await teller.flush()
  assert.deepEqual(told, [])
  assert.ok(isStored(id))
})

test('the next teller of the same life goes on where the former has come to', async (t) => {
  const { journal, teller, told, packs, isStored } = setUp(t, { after: { told: 2, stored: 1 } })
  const [first, second, third] = Array.from({ length: 3 }, () => note(journal)) as [string, string, string]
  await teller.flush()
  assert.deepEqual(told, [third])
  assert.equal(packs.length, 1)
  assert.deepEqual([first, second, third].map(isStored), [false, true, true])
})

test('a segment may go once it has been read, and where no traces are kept there is still a line', async (t) => {
  const { journal, teller, told, packs } = setUp(t)
  journal.append(sentRecord('a'))
  journal.append(voidRecord('a'))
  const { number: _number, type: _type, ...exchange } = noteOf(keptExchange())
  journal.note({ ...exchange, facts: null })
  journal.seal()
  const [segment] = journal.current.segments()
  assert.equal(teller.hasRead(segment!), false)
  await teller.flush()
  assert.equal(teller.hasRead(segment!), true)
  assert.deepEqual([told, packs], [[exchange.id], []])
})
