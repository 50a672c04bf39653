import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyReading } from '../../../../services/gateway/eligibility/key-reading.ts'
import type { ClientKeyRecord } from '../../../../services/resources/records/client-keys.ts'

/** `settlements`: how many readings in a row a settlement falls into. */
function setUp({ exists = true, settlements = 0 }) {
  const marks: number[] = []
  let reads = 0
  const read = createKeyReading({
    find: async () => (exists ? ({ key: { id: `read ${++reads}` } } as ClientKeyRecord) : null),
    eligibility: {
      mark: () => reads,
      learnFrom(_record, mark) {
        marks.push(mark)
        return reads > settlements
      }
    }
  })
  return { read: async () => (await read(Buffer.from('hash')))?.key.id, marks }
}

test('a key is read once where no settlement falls into it', async () => {
  const { read, marks } = setUp({})
  assert.equal(await read(), 'read 1')
  assert.deepEqual(marks, [0])
})

test('it is read again after a settlement, with a mark of its own, but not for ever', async () => {
  const once = setUp({ settlements: 1 })
  assert.equal(await once.read(), 'read 2')
  assert.deepEqual(once.marks, [0, 1])
  assert.equal(await setUp({ settlements: 9 }).read(), 'read 3')
})

test('of a key that does not exist nothing is learnt', async () => {
  const { read, marks } = setUp({ exists: false })
  assert.equal(await read(), undefined)
  assert.deepEqual(marks, [])
})
