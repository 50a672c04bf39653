import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { createJournalReader } from '../../../services/journal/journal-reader.ts'
import { closedRecord, createTestLog, journalFolder, openTestJournal, sentRecord } from '../../support/journal-fixtures.ts'

test('an attempt is carried forward only once its newest record has been read', (t) => {
  const journal = openTestJournal(journalFolder(t))
  journal.append(sentRecord('a'))
  journal.append(closedRecord('a', 1))
  journal.seal()
  const reader = createJournalReader({ source: journal.current, dead: false, log: createTestLog() })
  reader.read()
  journal.append(closedRecord('a', 2))
  assert.equal(reader.carryForward(1, journal.carry), false)
  assert.equal(reader.heldByOpenAttempts()?.number, 1)

  reader.read()
  assert.equal(reader.carryForward(1, journal.carry), true)
  journal.finish('a')
  const [over] = reader.read()
  assert.deepEqual(over?.attempt.closed, closedRecord('a', 2))
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
  const reader = createJournalReader({ source: journal.current, dead: false, log })
  assert.deepEqual(reader.read(), [])
  assert.deepEqual(
    reader.read().map(({ attempt }) => attempt.sent.id),
    ['b']
  )
  assert.ok(log.lines.some(({ level }) => level === 'error'))
})
