import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createExchangeIds, timeOfExchangeId } from '../../../../services/gateway/request/exchange-ids.ts'
import { fc } from '../../../support/fuzz.ts'

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('ids are UUIDs of version 7 that say when they were made, and no two are the same', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 - 1 }), (at) => {
      const newId = createExchangeIds(() => at)
      const ids = Array.from({ length: 600 }, newId)
      for (const id of ids) {
        assert.match(id, UUID_7)
        assert.equal(timeOfExchangeId(id), at)
      }
      assert.equal(new Set(ids).size, ids.length)
    }),
    { numRuns: 20 }
  )
})

test('later ids sort behind earlier ones', () => {
  let now = Date.UTC(2026, 10, 23)
  const newId = createExchangeIds(() => now++)
  const ids = Array.from({ length: 1000 }, newId)
  assert.deepEqual(ids.toSorted(), ids)
})

test('an id that was made otherwise says no time', () => {
  for (const id of ['', 'nobody', '6f1c0c7e-8d1e-4b55-9f5e-3b6f0a1c2d3e', '01a22449-4900-7527-9bc3-64ecf2b215e4\n'])
    assert.equal(timeOfExchangeId(id), null)
})
