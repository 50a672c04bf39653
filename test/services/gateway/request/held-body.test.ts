import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBodyBudget } from '../../../../services/gateway/request/body-budget.ts'
import { HeldBody } from '../../../../services/gateway/request/held-body.ts'
import { fc } from '../../../support/fuzz.ts'

test('pieces are kept as they come, and small ones together, within the budget', () => {
  const sizes = fc.array(fc.oneof(fc.nat(10), fc.nat(9000)), { maxLength: 30 })
  fc.assert(
    fc.property(sizes, fc.nat(60_000), (lengths, maxBytes) => {
      const budget = createBodyBudget(maxBytes)
      const body = new HeldBody(budget)
      const came: Buffer[] = []
      for (const [index, length] of lengths.entries()) {
        const piece = Buffer.alloc(length, index)
        if (body.add(piece)) came.push(piece)
        const held = new Set(body.pieces.map(({ buffer }) => buffer))
        const memory = [...held].reduce((sum, { byteLength }) => sum + byteLength, 0)
        assert.ok(memory <= budget.usedBytes && budget.usedBytes <= maxBytes)
      }
      assert.deepEqual(Buffer.concat(body.pieces), Buffer.concat(came))
      assert.equal(
        body.bytes,
        came.reduce((sum, { length }) => sum + length, 0)
      )
      body.free()
      body.free()
      assert.deepEqual([budget.usedBytes, body.pieces.length], [0, 0])
    })
  )
})

test('a body that comes byte by byte takes little more memory than it is long', () => {
  const body = new HeldBody(createBodyBudget(40_000))
  for (let n = 0; n < 32_000; n++) assert.ok(body.add(Buffer.from('x')))
  assert.ok(body.pieces.length < 10)
  assert.equal(Buffer.concat(body.pieces).toString(), 'x'.repeat(32_000))
})
