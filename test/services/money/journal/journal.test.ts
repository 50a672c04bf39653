import assert from 'node:assert/strict'
import { mkdirSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { AttemptRecord } from '../../../../services/money/usage/attempt-records.ts'
import {
  JournalFullError,
  JournalWriteError,
  type Journal,
  type JournalOptions
} from '../../../../services/money/journal/journal.ts'
import { keptExchange, noteOf } from '../../../support/traces.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import {
  closedRecord,
  createTestLog,
  journalFolder,
  openedRecord,
  openTestJournal,
  progressRecord,
  recordsIn,
  segmentFiles,
  sentRecord,
  voidRecord
} from '../../../support/journal-fixtures.ts'

const attemptsIn = (dir: string) => recordsIn(dir).filter((record): record is AttemptRecord => record.type !== 'finished')

function fill(journal: Journal): string[] {
  const ids: string[] = []
  try {
    for (;;) {
      const id = `filling-${ids.length}`
      journal.append(sentRecord(id))
      ids.push(id)
    }
  } catch (error) {
    assert.ok(error instanceof JournalFullError, String(error))
    return ids
  }
}

/** With two words of how each closed. */
function end(journal: Journal, ids: readonly string[]): void {
  for (const id of ids) {
    journal.append(openedRecord(id))
    journal.append(closedRecord(id, 1))
    journal.append(closedRecord(id, 2))
    journal.finish(id)
  }
}

/** A disk that fails when told, after `takesBytes` of the write. */
function failingDisk() {
  const disk = { fails: false, takesBytes: 0 }
  const write: NonNullable<JournalOptions['writeSync']> = (fd, buffer, offset, length, position) => {
    if (!disk.fails) return writeSync(fd, buffer, offset, length, position)
    if (disk.takesBytes === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    const taken = writeSync(fd, buffer, offset, Math.min(length, disk.takesBytes), position)
    disk.takesBytes -= taken
    return taken
  }
  return { disk, writeSync: write }
}

function openOnFailingDisk(t: TestContext) {
  const dir = journalFolder(t)
  const clock = createVirtualClock()
  const log = createTestLog()
  const { disk, writeSync } = failingDisk()
  return { dir, clock, log, disk, journal: openTestJournal(dir, { clock, log, writeSync }) }
}

test('what a request waits for is in the file when append returns, and what was noted before it', (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir)
  const records = [sentRecord('a'), openedRecord('a'), progressRecord('a', 20), closedRecord('a')]
  for (const [index, record] of records.entries()) {
    journal.append(record)
    assert.deepEqual(recordsIn(dir), record.type === 'progress' ? records.slice(0, index) : records.slice(0, index + 1))
  }
})

test('what nobody waits for is in the file after this turn of the event loop, and the end of it a moment later', async (t) => {
  const dir = journalFolder(t)
  const clock = createVirtualClock()
  const journal = openTestJournal(dir, { clock })
  journal.append(sentRecord('a'))
  journal.append(progressRecord('a', 3))
  await setImmediate()
  assert.deepEqual(recordsIn(dir), [sentRecord('a'), progressRecord('a', 3)])
  journal.append(closedRecord('a'))
  journal.finish('a')
  assert.equal(recordsIn(dir).length, 3)
  await clock.advance(100)
  assert.equal(recordsIn(dir).at(-1)?.type, 'finished')
})

test('nobody but the owner can read the journal', (t) => {
  const dir = journalFolder(t)
  openTestJournal(dir).append(sentRecord('a'))
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  assert.equal(statSync(join(dir, '00000001.log')).mode & 0o777, 0o600)
})

test('records stay whole when the system takes only some bytes at a time', (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir, {
    writeSync: (fd, buffer, offset, length, position) =>
      writeSync(fd, buffer, offset, Math.min(length, 7 + (position % 5000)), position)
  })
  const records = [sentRecord('a'), closedRecord('a')]
  for (const record of records) journal.append(record)
  assert.deepEqual(recordsIn(dir), records)
})

test('a segment that has its size is followed by a new one', (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir, { segmentBytes: 200 })
  for (const id of ['a', 'b', 'c']) journal.append(sentRecord(id))
  assert.deepEqual(segmentFiles(dir), ['00000001.log', '00000002.log'])
  assert.equal(recordsIn(dir).length, 3)
})

test('a new life starts with a segment number never used before, also among the settled', (t) => {
  const dir = journalFolder(t)
  openTestJournal(dir).append(sentRecord('a'))
  openTestJournal(dir).append(sentRecord('b'))
  mkdirSync(join(dir, 'settled'))
  renameSync(join(dir, '00000002.log'), join(dir, 'settled', '00000002.log'))
  openTestJournal(dir).append(sentRecord('c'))
  assert.deepEqual(segmentFiles(dir), ['00000001.log', '00000003.log'])
})

test('what an earlier life left counts towards the limit', (t) => {
  const dir = journalFolder(t)
  fill(openTestJournal(dir, { maxBytes: 200_000 }))
  const journal = openTestJournal(dir, { maxBytes: 9500 })
  assert.equal(journal.canAdmit(), false)
  assert.throws(() => journal.append(sentRecord('a')), JournalFullError)
})

test('a full journal refuses new attempts but takes the ends of all in flight within its limit', (t) => {
  const dir = journalFolder(t)
  const maxBytes = 200_000
  const journal = openTestJournal(dir, { maxBytes })
  const ids = fill(journal)
  assert.ok(ids.length > 30, `${ids.length} were taken`)
  assert.equal(journal.canAdmit(), false)
  end(journal, ids)
  assert.equal(attemptsIn(dir).filter((record) => record.type === 'closed').length, 2 * ids.length)
  assert.ok(journal.usedBytes() <= maxBytes, `${journal.usedBytes()} bytes`)
})

test('a void attempt gives back the room that was set aside for it', (t) => {
  const journal = openTestJournal(journalFolder(t), { maxBytes: 100_000 })
  const ids = fill(journal)
  assert.equal(journal.canAdmit(), false)
  for (const id of ids) {
    journal.append(voidRecord(id))
    journal.finish(id)
  }
  assert.equal(journal.canAdmit(), true)
})

test('progress never takes the room set aside for the ends', (t) => {
  const maxBytes = 100_000
  const journal = openTestJournal(journalFolder(t), { maxBytes })
  const [id = ''] = fill(journal)
  for (let tokens = 0; tokens < 1000; tokens++) journal.append(progressRecord(id, tokens))
  assert.ok(journal.usedBytes() < maxBytes / 2, `${journal.usedBytes()} bytes`)
})

test('an attempt is journaled as sent only once', (t) => {
  const journal = openTestJournal(journalFolder(t))
  journal.append(sentRecord('a'))
  assert.throws(() => journal.append(sentRecord('a')), /was journaled before/)
})

test('a disk that fails refuses new attempts before and after the write, until it works again', async (t) => {
  const { dir, clock, disk, log, journal } = openOnFailingDisk(t)
  journal.append(sentRecord('a'))
  disk.fails = true
  assert.throws(() => journal.append(sentRecord('b')), JournalWriteError)
  assert.equal(journal.canAdmit(), false)
  await clock.advance(60_000)
  assert.equal(journal.healthy(), false)

  disk.fails = false
  assert.throws(() => journal.append(sentRecord('c')), JournalWriteError)
  await clock.advance(5000)
  assert.equal(journal.canAdmit(), true)
  journal.append(sentRecord('d'))
  assert.deepEqual(
    attemptsIn(dir).map(({ id }) => id),
    ['a', 'd']
  )
  assert.deepEqual(
    log.lines.map(({ level }) => level),
    ['error', 'info']
  )
})

test('records of attempts in flight outlast a failing disk, in their order', async (t) => {
  const { dir, clock, disk, journal } = openOnFailingDisk(t)
  for (const id of ['a', 'b']) journal.append(sentRecord(id))
  disk.fails = true
  const kept = [openedRecord('a'), closedRecord('a', 1), closedRecord('b'), closedRecord('a', 2)]
  for (const record of kept) journal.append(record)
  journal.finish('a')
  await clock.advance(1000)
  assert.equal(attemptsIn(dir).length, 2)

  disk.fails = false
  await clock.advance(5000)
  assert.deepEqual(attemptsIn(dir).slice(2), kept)
  assert.deepEqual(
    recordsIn(dir).flatMap((record) => (record.type === 'finished' && record.id !== '' ? record.id : [])),
    ['a']
  )
})

test('a line torn by a failing disk spoils no other', async (t) => {
  const { dir, clock, disk, journal } = openOnFailingDisk(t)
  journal.append(sentRecord('a'))
  disk.fails = true
  disk.takesBytes = 40
  journal.append(closedRecord('a'))
  disk.fails = false
  await clock.advance(5000)
  journal.append(sentRecord('b'))
  assert.deepEqual(attemptsIn(dir), [sentRecord('a'), closedRecord('a'), sentRecord('b')])
  assert.deepEqual(segmentFiles(dir), ['00000001.log', '00000002.log'])
})

test('closing writes what still waits', async (t) => {
  const { dir, disk, journal } = openOnFailingDisk(t)
  journal.append(sentRecord('a'))
  disk.fails = true
  journal.append(closedRecord('a'))
  disk.fails = false
  await journal.close()
  assert.deepEqual(attemptsIn(dir), [sentRecord('a'), closedRecord('a')])
})

test('a closed journal takes no new attempt but still the end of one in flight', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir, { syncIntervalMs: 1 })
  journal.append(sentRecord('a'))
  await journal.close()
  assert.equal(journal.canAdmit(), false)
  assert.throws(() => journal.append(sentRecord('b')), JournalWriteError)
  journal.append(closedRecord('a'))
  assert.deepEqual(attemptsIn(dir), [sentRecord('a'), closedRecord('a')])
})

test('syncing keeps up with many segments, and closing with the last', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir, { syncIntervalMs: 1, segmentBytes: 600 })
  for (let index = 0; index < 20; index++) {
    journal.append(sentRecord(String(index)))
    await journal.sync()
  }
  await journal.close()
  assert.equal(attemptsIn(dir).length, 20)
})

test('what is told of exchanges leaves half of the journal to usage', (t) => {
  const maxBytes = 200_000
  const journal = openTestJournal(journalFolder(t), { maxBytes })
  const { number: _number, type: _type, ...exchange } = noteOf(keptExchange())
  while (journal.note(exchange)) journal.flush()
  assert.ok(journal.usedBytes() <= maxBytes * 0.6, `${journal.usedBytes()} bytes`)
  assert.ok(fill(journal).length > 15)
})

/** A disk with room for so many bytes: what is there already can be written over, and nothing more can be added. */
function smallDisk() {
  const lengths = new Map<number, number>()
  const disk = { room: Infinity }
  const write: NonNullable<JournalOptions['writeSync']> = (fd, buffer, offset, length, position) => {
    const has = lengths.get(fd) ?? 0
    const added = Math.max(0, position + length - has)
    if (added > disk.room) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    disk.room -= added
    lengths.set(fd, has + added)
    return writeSync(fd, buffer, offset, length, position)
  }
  return { disk, writeSync: write }
}

test('on a disk that is full new attempts are refused, and the ends of all in flight are written', async (t) => {
  const dir = journalFolder(t)
  const clock = createVirtualClock()
  const { disk, writeSync } = smallDisk()
  const journal = openTestJournal(dir, { clock, writeSync, segmentBytes: 20_000 })
  const ids = Array.from({ length: 200 }, (_, index) => `flying-${index}`)
  for (const id of ids) journal.append(sentRecord(id))
  disk.room = 0
  // What there is room for by chance is taken.
  let refused: unknown = null
  for (let more = 0; more < 200 && refused === null; more++) {
    try {
      journal.append(sentRecord(`more-${more}`))
      ids.push(`more-${more}`)
    } catch (error) {
      refused = error
    }
  }
  assert.ok(refused instanceof JournalWriteError, String(refused))
  assert.equal(journal.canAdmit(), false)
  assert.equal(journal.healthy(), true)
  end(journal, ids)
  journal.flush()
  const records = recordsIn(dir)
  assert.equal(records.filter(({ type }) => type === 'closed').length, 2 * ids.length)
  assert.equal(records.filter(({ type }) => type === 'finished').length, ids.length)
  assert.equal(journal.unwritten().length, 0)

  disk.room = Infinity
  await clock.advance(10_000)
  assert.equal(journal.canAdmit(), true)
  journal.append(sentRecord('later'))
})

test('what neither the disk nor anybody else has taken is lost at the end, and counted', async (t) => {
  const { disk, journal } = openOnFailingDisk(t)
  journal.append(sentRecord('a'))
  disk.fails = true
  journal.append(closedRecord('a'))
  journal.finish('a')
  assert.equal(await journal.close(), 2)
})

test('what only tried whether the disk works again is no loss', async (t) => {
  const { disk, clock, journal } = openOnFailingDisk(t)
  journal.append(sentRecord('a'))
  disk.fails = true
  journal.append(closedRecord('a'))
  journal.forgetUnwritten()
  await clock.advance(60_000)
  assert.equal(await journal.close(), 0)
})

test('of an exchange that ends after the journal nothing is kept', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir)
  await journal.close()
  const { number: _number, type: _type, ...exchange } = noteOf(keptExchange())
  assert.equal(journal.note(exchange), false)
  assert.deepEqual(recordsIn(dir), [])
})
