import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { AttemptCharge, JournalRecord } from '../../../../services/money/journal/journal-lines.ts'
import type { SentRecord } from '../../../../services/money/usage/attempt-records.ts'
import { scanLines } from '../../../../services/money/journal/journal-lines.ts'
import { closedRecord, encodeLine, openedRecord, progressRecord, sentRecord } from '../../../support/journal-fixtures.ts'
import { fc, times } from '../../../support/fuzz.ts'

function scan(buffer: Buffer) {
  const records: JournalRecord[] = []
  let badLines = 0
  const consumed = scanLines(buffer, {
    wants: 'attempts',
    onRecord: (record) => records.push(record),
    onBadLine: () => badLines++
  })
  return { records, badLines, consumed }
}

const text = fc.string({ unit: 'binary', maxLength: 30 })
const charge = fc.record(
  { costNano: fc.bigInt({ min: 0n }), chargedNano: fc.bigInt({ min: 0n }), priceVersion: text, priceUnknown: fc.boolean() },
  { noNullPrototype: true }
)
const finishedMark = (fields: { id: string; at: number; charge: AttemptCharge | null }) => ({
  type: 'finished' as const,
  number: 7,
  ...fields
})
const withoutSubject = ({ subject: _subject, ...sent }: SentRecord): SentRecord => sent
const record = fc.oneof(
  fc.record({ id: text, model: text }).map(({ id, model }) => ({ ...sentRecord(id), requestedModel: model })),
  fc.record({ id: text, subject: text }).map(({ id, subject }) => ({ ...sentRecord(id), subject })),
  text.map((id) => withoutSubject(sentRecord(id))),
  text.map((id) => ({ ...sentRecord(id), teamId: '7' })),
  text.map((id) => ({ ...withoutSubject(sentRecord(id)), teamId: '7' })),
  fc.record({ id: text, tokens: fc.nat() }).map(({ id, tokens }) => openedRecord(id, tokens)),
  fc.record({ id: text, tokens: fc.nat() }).map(({ id, tokens }) => progressRecord(id, tokens)),
  fc.record({ id: text, tokens: fc.nat() }).map(({ id, tokens }) => closedRecord(id, tokens)),
  fc.record({ id: text, at: fc.nat(), charge: fc.option(charge) }).map(finishedMark)
)

test('every record comes back as it was written', () => {
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const found = scan(Buffer.concat(records.map(encodeLine)))
      assert.deepEqual(found.records, records)
      assert.equal(found.badLines, 0)
    })
  )
})

test('a file cut at any byte gives back every record before the cut', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1 }), fc.nat(), (records, at) => {
      const lines = records.map(encodeLine)
      const file = Buffer.concat(lines)
      const cut = at % file.length
      let whole = 0
      for (let end = 0; whole < lines.length && end + lines[whole]!.length <= cut; whole++) end += lines[whole]!.length
      const found = scan(file.subarray(0, cut))
      assert.deepEqual(found.records, records.slice(0, whole))
      assert.equal(found.consumed, Buffer.concat(lines.slice(0, whole)).length)
    })
  )
})

test('a corrupt byte costs no other line its record, even where it was a line feed', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 2, maxLength: 5 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (records, at, flip) => {
        const lines = records.map(encodeLine)
        const file = Buffer.concat(lines)
        const hitAt = at % file.length
        file[hitAt] = file[hitAt]! ^ flip
        const starts = lines.map((_, index) => Buffer.concat(lines.slice(0, index)).length)
        const hit = starts.findLastIndex((start) => start <= hitAt)
        const wasLineFeed = hitAt === starts[hit]! + lines[hit]!.length - 1
        const isLast = hit === records.length - 1
        const expected = wasLineFeed && !isLast ? records : records.toSpliced(hit, 1)
        assert.deepEqual(scan(file).records, expected)
      }
    ),
    times(1000)
  )
})

test('a record of an unknown type is a bad line', () => {
  const content = '["z","a"]'
  const found = scan(Buffer.from(`${crc32(content).toString(16).padStart(8, '0')} ${content}\n`))
  assert.deepEqual(found.records, [])
  assert.equal(found.badLines, 1)
})

const note = fc.record({ id: text, summary: fc.json(), facts: fc.option(fc.json()) }).map(({ id, summary, facts }) => ({
  type: 'exchange' as const,
  number: 3,
  createdAt: 5,
  endedAt: 9,
  level: 'info' as const,
  id,
  summary,
  facts
}))

test('what is told of exchanges comes back as it was written, among the records of attempts', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(record, note)), (lines) => {
      const file = Buffer.concat(lines.map(encodeLine))
      const found: JournalRecord[] = []
      scanLines(file, { wants: 'exchanges', onRecord: (entry) => found.push(entry), onBadLine: () => assert.fail() })
      assert.deepEqual(
        found,
        lines.filter(({ type }) => type === 'exchange')
      )
      assert.deepEqual(
        scan(file).records,
        lines.filter(({ type }) => type !== 'exchange')
      )
    })
  )
})

test('a journal of before records were written by position is read as it was meant', () => {
  const old = [
    sentRecord('a.1'),
    openedRecord('a.1'),
    { type: 'progress', id: 'a.1', usage: progressRecord('a.1', 3).usage },
    closedRecord('a.1'),
    { type: 'finished', id: 'a.1', at: 5 }
  ].map((entry) => {
    const json = JSON.stringify(entry)
    return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
  })
  assert.deepEqual(scan(Buffer.from(old.join(''))).records, [
    sentRecord('a.1'),
    openedRecord('a.1'),
    progressRecord('a.1', 3),
    closedRecord('a.1'),
    { type: 'finished', id: 'a.1', at: 5, number: 0, charge: null }
  ])
})
