import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JournalRecord } from '../../../services/journal/journal-lines.ts'
import { encodeLine, scanLines } from '../../../services/journal/journal-lines.ts'
import { closedRecord, openedRecord, sentRecord } from '../../support/journal-fixtures.ts'
import { fc, times } from '../../support/fuzz.ts'

function scan(buffer: Buffer) {
  const records: JournalRecord[] = []
  let badLines = 0
  const consumed = scanLines(buffer, { onRecord: (record) => records.push(record), onBadLine: () => badLines++ })
  return { records, badLines, consumed }
}

const text = fc.string({ unit: 'binary', maxLength: 30 })
const record = fc.oneof(
  fc.record({ id: text, model: text }).map(({ id, model }) => ({ ...sentRecord(id), requestedModel: model })),
  fc.record({ id: text, tokens: fc.nat() }).map(({ id, tokens }) => openedRecord(id, tokens)),
  fc.record({ id: text, tokens: fc.nat() }).map(({ id, tokens }) => closedRecord(id, tokens))
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
  const found = scan(encodeLine({ type: 'paused', id: 'a' } as unknown as JournalRecord))
  assert.deepEqual(found.records, [])
  assert.equal(found.badLines, 1)
})
