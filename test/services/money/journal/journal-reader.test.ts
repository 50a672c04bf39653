import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import type { Journal } from '../../../../services/money/journal/journal.ts'
import { createJournalReader, type JournalReaderOptions } from '../../../../services/money/journal/journal-reader.ts'
import {
  closedRecord,
  createTestLog,
  journalFolder,
  openTestJournal,
  sentRecord,
  voidRecord
} from '../../../support/journal-fixtures.ts'

const readerOf = (journal: Journal, options: Partial<JournalReaderOptions> = {}) =>
  createJournalReader({ source: journal.current, dead: false, mayRetire: () => true, log: createTestLog(), ...options })

test('an attempt that was carried forward holds the old segment no more, and goes on with its newest record', (t) => {
  const journal = openTestJournal(journalFolder(t))
  journal.append(sentRecord('a'))
  journal.append(closedRecord('a', 1))
  journal.seal()
  const reader = readerOf(journal)
  reader.read()
  assert.equal(reader.heldByOpenAttempts()?.number, 1)
  journal.append(closedRecord('a', 2))
  journal.carry(1)
  assert.equal(reader.heldByOpenAttempts()?.number, 1)

  reader.read()
  assert.equal(reader.heldByOpenAttempts(), null)
  reader.retireSettled()
  assert.deepEqual(
    journal.current.segments().map(({ number }) => number),
    [2]
  )
  journal.finish('a')
  journal.flush()
  const [over] = reader.read()
  assert.deepEqual(over?.attempt.closed, closedRecord('a', 2))
})

test('a segment that others still read stays', (t) => {
  const journal = openTestJournal(journalFolder(t))
  journal.append(sentRecord('a'))
  journal.append(voidRecord('a'))
  journal.finish('a')
  journal.seal()
  let mayGo = false
  const reader = readerOf(journal, { mayRetire: () => mayGo })
  reader.read()
  reader.retireSettled()
  assert.equal(journal.current.segments().length, 1)
  mayGo = true
  reader.retireSettled()
  assert.equal(journal.current.segments().length, 0)
})

test('files that changed under the reader do not stop it', (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir)
  const log = createTestLog()
  journal.append(sentRecord('a'))
  journal.seal()
  journal.append(sentRecord('b'))
  journal.append(closedRecord('b'))
  journal.finish('b')
  rmSync(`${dir}/00000001.log`)
  journal.flush()
  const reader = readerOf(journal, { log })
  assert.deepEqual(reader.read(), [])
  assert.deepEqual(
    reader.read().map(({ attempt }) => attempt.sent.id),
    ['b']
  )
  assert.ok(log.lines.some(({ level }) => level === 'error'))
})
