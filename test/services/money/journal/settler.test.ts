import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ClosedAttempt } from '../../../../services/money/usage/attempt-records.ts'
import type { Journal } from '../../../../services/money/journal/journal.ts'
import { backlogOf } from '../../../../services/money/journal/journal-backlog.ts'
import { NO_USAGE } from '../../../../services/money/usage/usage-facts.ts'
import {
  closedRecord,
  createFakeRecord,
  createTestLog,
  journalFolder,
  openedRecord,
  openTestJournal,
  openTestSettler,
  progressRecord,
  segmentFiles,
  sentRecord,
  usageOf,
  voidRecord,
  keptAliveClock
} from '../../../support/journal-fixtures.ts'
import { until } from '../../../support/until.ts'

function complete(journal: Journal, id: string): void {
  journal.append(sentRecord(id))
  journal.append(openedRecord(id))
  journal.append(closedRecord(id))
  journal.finish(id)
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `attempt-${index}`)

test('a finished attempt is settled with what was recorded of it', async (t) => {
  const journal = openTestJournal(journalFolder(t))
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle })
  settler.start()
  complete(journal, 'a')
  await settler.flush()
  assert.deepEqual(Array.from(record.events.values()), [{ sent: sentRecord('a'), closed: closedRecord('a') }])
})

test('an attempt is not settled before it is finished, and then with its last word', async (t) => {
  const journal = openTestJournal(journalFolder(t))
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle })
  settler.start()
  journal.append(sentRecord('a'))
  journal.append(closedRecord('a', 10))
  complete(journal, 'b')
  await settler.flush()
  assert.deepEqual(record.ids(), ['b'])

  journal.append(closedRecord('a', 20))
  journal.finish('a')
  await settler.flush()
  assert.deepEqual(record.of('a'), closedRecord('a', 20))
})

test('a void attempt is no event and holds no segment', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir)
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle })
  settler.start()
  journal.append(sentRecord('a'))
  journal.append(voidRecord('a'))
  journal.finish('a')
  assert.equal(await settler.drain(1000), true)
  assert.equal(record.events.size, 0)
  assert.deepEqual(segmentFiles(dir), [])
})

test('attempts cut off by the death of the process are settled as interrupted, with what was known', async (t) => {
  const dir = journalFolder(t)
  const former = openTestJournal(dir)
  former.append(sentRecord('sent'))
  former.append(sentRecord('opened'))
  former.append(openedRecord('opened', 3))
  former.append(sentRecord('progressed'))
  former.append(openedRecord('progressed', 3))
  former.append(progressRecord('progressed', 40))
  former.append(progressRecord('progressed', 80))
  former.append(sentRecord('handed-over'))
  former.append(openedRecord('handed-over', 3))
  former.append({ ...progressRecord('handed-over', 80), model: 'claude-opus-4-5' })
  former.append(sentRecord('closed'))
  former.append(closedRecord('closed'))
  former.append(sentRecord('void'))
  former.append(voidRecord('void'))

  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal: openTestJournal(dir), settle: record.settle })
  settler.start()
  await settler.flush()

  const cutOff = { ...openedRecord('opened', 3), type: 'closed', outcome: 'interrupted', basis: 'partial', durationMs: 250 }
  assert.deepEqual(record.ids(), ['closed', 'handed-over', 'opened', 'progressed', 'sent'])
  assert.deepEqual(record.of('opened'), cutOff)
  assert.deepEqual(record.of('progressed'), { ...cutOff, id: 'progressed', usage: usageOf(80) })
  const handedOver = { ...cutOff, id: 'handed-over', model: 'claude-opus-4-5', usage: usageOf(80) }
  assert.deepEqual(record.of('handed-over'), handedOver)
  assert.deepEqual(record.of('closed'), closedRecord('closed'))
  assert.deepEqual(record.of('sent'), {
    type: 'closed',
    id: 'sent',
    outcome: 'interrupted',
    basis: 'unknown',
    status: null,
    model: null,
    usage: NO_USAGE,
    upstreamRequestId: null,
    firstByteMs: null,
    durationMs: 0
  })
  assert.equal(settler.state().counts.replayed, 5)
  assert.deepEqual(segmentFiles(dir), [])
})

test('attempts in flight are not taken for leftovers of the earlier life', async (t) => {
  const dir = journalFolder(t)
  openTestJournal(dir).append(sentRecord('old'))
  const journal = openTestJournal(dir)
  journal.append(sentRecord('new'))
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle })
  settler.start()
  await settler.flush()
  assert.deepEqual(record.ids(), ['old'])
})

test("a dead owner's folder is settled and removed once nothing of it is kept", async (t) => {
  const dir = journalFolder(t)
  const deadDir = `${dir}-dead`
  complete(openTestJournal(deadDir), 'a')
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal: openTestJournal(dir), settle: record.settle, keepSettledMs: -1 })
  settler.start()
  assert.equal(await settler.adopt(deadDir), true)
  assert.deepEqual(record.ids(), ['a'])
  assert.equal(existsSync(deadDir), false)
  assert.equal(await settler.adopt(deadDir), true)
})

test('while settling fails for long nothing is lost and little is held in memory', async (t) => {
  const journal = openTestJournal(journalFolder(t))
  const record = createFakeRecord()
  const log = createTestLog()
  let away = true
  let tries = 0
  const settle = async (attempts: ClosedAttempt[]) => {
    tries++
    if (away) throw new Error('connection refused')
    return record.settle(attempts)
  }
  const batchSize = 10
  const settler = openTestSettler(t, { journal, settle, batchSize, log })
  settler.start()
  const ids = numbered(5000)
  for (const id of ids) complete(journal, id)
  await until('settling was tried some times', () => tries > 20)
  const { unsettledAttempts, attemptsInMemory } = backlogOf(journal, settler.state())
  assert.equal(unsettledAttempts, ids.length)
  assert.ok(attemptsInMemory <= 4 * batchSize + 250, `${attemptsInMemory} attempts in memory`)

  away = false
  await settler.flush()
  assert.deepEqual(record.ids(), ids.toSorted())
  assert.equal(backlogOf(journal, settler.state()).unsettledAttempts, 0)
  assert.deepEqual(
    log.lines.map(({ level }) => level),
    ['error', 'info']
  )
})

test('a batch that was committed although it seemed to fail is counted once', async (t) => {
  const journal = openTestJournal(journalFolder(t))
  const record = createFakeRecord()
  let losesAnswer = true
  const settle = async (attempts: ClosedAttempt[]) => {
    const result = await record.settle(attempts)
    if (losesAnswer) {
      losesAnswer = false
      throw new Error('connection lost')
    }
    return result
  }
  const settled: string[] = []
  const onSettled = (attempts: readonly ClosedAttempt[]) => settled.push(...attempts.map(({ sent }) => sent.id))
  const settler = openTestSettler(t, { journal, settle, onSettled })
  for (const id of ['a', 'b']) complete(journal, id)
  settler.start()
  await settler.flush()
  assert.deepEqual(settled, ['a', 'b'])
  const { duplicates, settled: count } = settler.state().counts
  assert.deepEqual({ duplicates, count }, { duplicates: 2, count: 0 })
})

/** So many attempts are settled, and their segments kept as told, on a clock that leaps. */
async function keepingSettled(
  t: TestContext,
  { count, segmentBytes, ...kept }: { count: number; segmentBytes: number; keepSettledMs?: number; keepSettledBytes?: number }
) {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir, { segmentBytes })
  let nowMs = Date.now()
  const clock = { ...keptAliveClock, now: () => nowMs, uptime: () => nowMs }
  const settler = openTestSettler(t, { journal, settle: createFakeRecord().settle, clock, ...kept })
  settler.start()
  for (const id of numbered(count)) complete(journal, id)
  await settler.flush()
  return {
    dir,
    journal,
    settler,
    settled: () => segmentFiles(join(dir, 'settled')),
    leap: (ms: number) => {
      nowMs += ms
    }
  }
}

test('segments go to the settled ones when all in them is settled, and are deleted in time', async (t) => {
  const kept = { count: 20, segmentBytes: 2000, keepSettledMs: 60_000 }
  const { dir, journal, settler, settled, leap } = await keepingSettled(t, kept)
  assert.equal(segmentFiles(dir).length, 1)
  assert.ok(settled().length >= 3)
  assert.ok(backlogOf(journal, settler.state()).bytes < 4000)

  leap(2 * 60 * 60 * 1000)
  await until('the settled segments are gone', () => settled().length === 0)
})

test('settled segments are kept within their bytes, the youngest first', async (t) => {
  const { settled, leap } = await keepingSettled(t, { count: 40, segmentBytes: 4000, keepSettledBytes: 10_000 })
  const before = settled()
  leap(2 * 60 * 60 * 1000)
  await until('the oldest are gone', () => settled().length === 2)
  assert.deepEqual(settled(), before.slice(-2))
})

test('a long stream does not hold old segments, and keeps what is known of it', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir, { segmentBytes: 4000 })
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle, carryAfterMs: 0 })
  settler.start()
  journal.append(sentRecord('long'))
  journal.append(openedRecord('long'))
  journal.append(progressRecord('long', 40))
  for (const id of numbered(20)) complete(journal, id)
  await settler.flush()
  await until(
    'the old segments are settled',
    () => segmentFiles(dir).length <= 2 && !segmentFiles(dir).includes('00000001.log')
  )
  await settler.close()

  const next = openTestSettler(t, { journal: openTestJournal(dir), settle: record.settle })
  next.start()
  await next.flush()
  assert.deepEqual(record.of('long')?.usage, usageOf(40))
  assert.equal(record.of('long')?.model, openedRecord('long').model)
})

test('a stream that was carried forward is settled once, with its last word', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir, { segmentBytes: 2000 })
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle, carryAfterMs: 0 })
  settler.start()
  journal.append(sentRecord('long'))
  journal.append(closedRecord('long', 1))
  for (const id of numbered(30)) {
    complete(journal, id)
    journal.append(progressRecord('long', 7))
    await settler.flush()
  }
  assert.ok(!segmentFiles(dir).includes('00000001.log'))
  journal.append(closedRecord('long', 2))
  journal.finish('long')
  assert.equal(await settler.drain(1000), true)
  assert.deepEqual(record.of('long'), closedRecord('long', 2))
  assert.equal(settler.state().counts.duplicates, 0)
  assert.deepEqual(segmentFiles(dir), [])
})

test('a segment whose attempts wait for the database is not carried forward', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir, { segmentBytes: 2000 })
  let tries = 0
  const settle = async () => {
    tries++
    throw new Error('connection refused')
  }
  const settler = openTestSettler(t, { journal, settle, carryAfterMs: 0 })
  settler.start()
  journal.append(sentRecord('long'))
  for (const id of numbered(10)) complete(journal, id)
  const bytes = journal.usedBytes()
  await until('settling was tried', () => tries > 5)
  assert.equal(journal.usedBytes(), bytes)
})

test('a crash between settling a segment and putting it away settles nothing twice', async (t) => {
  const dir = journalFolder(t)
  const record = createFakeRecord()
  const former = openTestJournal(dir, { segmentBytes: 2000 })
  const first = openTestSettler(t, { journal: former, settle: record.settle })
  first.start()
  for (const id of numbered(10)) complete(former, id)
  await first.flush()
  await first.close()
  for (const name of segmentFiles(join(dir, 'settled'))) renameSync(join(dir, 'settled', name), join(dir, name))

  const second = openTestSettler(t, { journal: openTestJournal(dir), settle: record.settle })
  second.start()
  await second.flush()
  assert.equal(record.events.size, 10)
  assert.equal(second.state().counts.duplicates, 10)
  assert.equal(second.state().counts.settled, 0)
})

test('after a drain the next life finds nothing to do', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir)
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle })
  settler.start()
  complete(journal, 'a')
  assert.equal(await settler.drain(1000), true)
  await journal.close()
  assert.deepEqual(segmentFiles(dir), [])
  assert.deepEqual(segmentFiles(join(dir, 'settled')), ['00000001.log'])
})

test('a drain ends at its deadline, also when settling hangs, and leaves the rest in the journal', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir)
  const hanging = Promise.withResolvers<{ duplicates: string[] }>()
  const settler = openTestSettler(t, { journal, settle: () => hanging.promise })
  settler.start()
  complete(journal, 'a')
  assert.equal(await settler.drain(20), false)
  assert.deepEqual(segmentFiles(dir), ['00000001.log'])
  hanging.resolve({ duplicates: [] })
})

test('one attempt the database refuses is set aside, told about, and holds up no other', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir)
  const record = createFakeRecord()
  const log = createTestLog()
  const settle = async (attempts: ClosedAttempt[]) => {
    if (attempts.some(({ sent }) => sent.id === 'attempt-3')) throw new Error('numeric field overflow')
    return record.settle(attempts)
  }
  const settler = openTestSettler(t, { journal, settle, isTransient: () => false, log })
  settler.start()
  const ids = numbered(50)
  for (const id of ids) complete(journal, id)
  await settler.flush()
  assert.deepEqual(record.ids(), ids.filter((id) => id !== 'attempt-3').toSorted())
  assert.equal(settler.state().counts.rejected, 1)
  const [line = '', rest] = readFileSync(join(dir, 'rejected.log'), 'utf8').split('\n')
  const { reason, sent, closed } = JSON.parse(line) as { reason: string } & ClosedAttempt
  assert.deepEqual(
    { reason, sent, closed, rest },
    {
      reason: 'numeric field overflow',
      sent: sentRecord('attempt-3'),
      closed: closedRecord('attempt-3'),
      rest: ''
    }
  )
  assert.ok(log.lines.some(({ level, message }) => level === 'error' && message.includes('set aside')))
})

test('a database that refuses everything makes no attempt be set aside', async (t) => {
  const dir = journalFolder(t)
  const journal = openTestJournal(dir)
  const record = createFakeRecord()
  let broken = true
  let tries = 0
  const settle = async (attempts: ClosedAttempt[]) => {
    tries++
    if (broken) throw new Error('relation "usage_events" does not exist')
    return record.settle(attempts)
  }
  const settler = openTestSettler(t, { journal, settle, isTransient: () => false })
  settler.start()
  const ids = numbered(5)
  for (const id of ids) complete(journal, id)
  await until('each was tried often', () => tries > 50)
  broken = false
  await settler.flush()
  assert.deepEqual(record.ids(), ids)
  assert.equal(settler.state().counts.rejected, 0)
})

test('a corrupt line is counted and told about', async (t) => {
  const dir = journalFolder(t)
  const former = openTestJournal(dir)
  for (const id of ['a', 'b', 'c']) complete(former, id)
  const path = join(dir, '00000001.log')
  const lines = readFileSync(path, 'utf8').split('\n')
  lines[2] = lines[2]!.replace('completed', 'Completed')
  writeFileSync(path, lines.join('\n'))

  const record = createFakeRecord()
  const log = createTestLog()
  const settler = openTestSettler(t, { journal: openTestJournal(dir), settle: record.settle, log })
  settler.start()
  await settler.flush()
  assert.deepEqual(record.ids(), ['a', 'b', 'c'])
  assert.equal(record.of('a')?.outcome, 'interrupted')
  assert.equal(settler.state().counts.corruptLines, 1)
  assert.ok(log.lines.some(({ level, message }) => level === 'error' && message.includes('corrupt')))
})

test('records longer than the read buffer are read', async (t) => {
  const journal = openTestJournal(journalFolder(t))
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle })
  settler.start()
  const requestedModel = 'm'.repeat(300_000)
  journal.append({ ...sentRecord('a'), requestedModel })
  journal.append(closedRecord('a'))
  journal.finish('a')
  await settler.flush()
  assert.equal(Array.from(record.events.values())[0]?.sent.requestedModel, requestedModel)
})

test('the backlog tells how many wait, since when, and on how many bytes', async (t) => {
  const journal = openTestJournal(journalFolder(t))
  const settle = () => Promise.reject(new Error('connection refused'))
  const settler = openTestSettler(t, { journal, settle })
  assert.deepEqual(backlogOf(journal, settler.state()), { bytes: 0, unsettledAttempts: 0, oldestAt: null, attemptsInMemory: 0 })
  const before = Date.now()
  for (const id of ['a', 'b']) complete(journal, id)
  journal.append(sentRecord('in-flight'))
  settler.start()
  await until('the first was read', () => backlogOf(journal, settler.state()).oldestAt !== null)
  const { bytes, unsettledAttempts, oldestAt } = backlogOf(journal, settler.state())
  assert.equal(unsettledAttempts, 2)
  assert.equal(bytes, journal.usedBytes())
  assert.ok(oldestAt! >= before && oldestAt! <= Date.now())
})

test('flush waits for what a failing disk still holds back', async (t) => {
  const dir = journalFolder(t)
  let fails = false
  const journal = openTestJournal(dir, {
    writeSync(fd, buffer, offset, length, position) {
      if (fails) throw Object.assign(new Error('i/o error'), { code: 'EIO' })
      return writeSync(fd, buffer, offset, length, position)
    }
  })
  const record = createFakeRecord()
  const settler = openTestSettler(t, { journal, settle: record.settle })
  settler.start()
  journal.append(sentRecord('a'))
  fails = true
  journal.append(closedRecord('a'))
  journal.finish('a')
  fails = false
  await settler.flush()
  assert.deepEqual(record.of('a'), closedRecord('a'))
  assert.deepEqual(readdirSync(dir).includes('rejected.log'), false)
})
