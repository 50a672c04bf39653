import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettledNumbers } from '../../../../services/operations/office/settled-numbers.ts'
import { fc } from '../../../support/fuzz.ts'

test('it is the set of what was added, also when it comes by another thread', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (numbers) => {
      const settled = new SettledNumbers()
      for (const number of numbers) settled.add(number)
      const copy = new SettledNumbers(structuredClone(settled.toData()))
      const expected = new Set(numbers)
      for (const one of [settled, copy]) {
        assert.equal(one.size, expected.size)
        for (let number = 1; number <= 41; number++) assert.equal(one.has(number), expected.has(number))
      }
    })
  )
})

test('numbers that come nearly in order take no room', () => {
  const settled = new SettledNumbers()
  for (let number = 1; number <= 10_000; number += 2) {
    settled.add(number + 1)
    settled.add(number)
  }
  assert.deepEqual(settled.toData(), { through: 10_000, beyond: [] })
})
