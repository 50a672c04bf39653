import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createBodyBudget } from '../../../../services/gateway/request/body-budget.ts'
import { EnvelopeScan } from '../../../../services/gateway/request/envelope.ts'
import { HeldBody } from '../../../../services/gateway/request/held-body.ts'
import { outgoingBody, type HeldRequest } from '../../../../services/gateway/request/outgoing-body.ts'
import { fc } from '../../../support/fuzz.ts'

const budget = createBodyBudget(10_000_000)

function held(pieces: Buffer[], json = pieces, coding: string | null = null): HeldRequest {
  const scan = new EnvelopeScan({ forConversation: false })
  for (const piece of json) scan.push(piece)
  const body = new HeldBody(budget)
  for (const piece of pieces) body.add(piece)
  return { ...scan.finish(), body, coding }
}

function cut(bytes: Buffer, cuts: number[]): Buffer[] {
  const borders = [0, ...cuts.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end))
}

test('a mapped model changes its own bytes and no others, however the body came', () => {
  const others = fc.dictionary(fc.string(), fc.jsonValue())
  const cuts = fc.array(fc.nat(), { maxLength: 5 })
  fc.assert(
    fc.property(others, fc.string({ minLength: 1 }), fc.nat(2), cuts, (rest, model, indent, borders) => {
      const { model: _m, stream: _s, metadata: _d, ...fields } = rest
      const text = JSON.stringify({ ...fields, model: 'claude-x', tail: 1 }, null, indent)
      const request = held(cut(Buffer.from(text), borders))
      const { bytes, content, encoded } = outgoingBody(request, model, budget)
      const sent = Buffer.concat(content as readonly Buffer[])
      request.body.free()
      assert.deepEqual([bytes, encoded], [sent.length, model === 'claude-x'])
      const expected = text.replace('"claude-x"', () => JSON.stringify(model))
      assert.equal(sent.toString(), expected)
    })
  )
})

test('an unmapped body goes up as it came, and of a mapped one nothing but the name is new', () => {
  const texts = [' {"model" : "m",', '"a":"'.padEnd(5000, 'x'), '"} '.padStart(5000)]
  const pieces = texts.map((text) => Buffer.from(new TextEncoder().encode(text).buffer))
  const request = held(pieces)
  assert.deepEqual(outgoingBody(request, 'm', budget).content, pieces)
  const mapped = outgoingBody(request, 'other', budget).content as readonly Buffer[]
  assert.equal(mapped.filter(({ buffer: memory }) => pieces.some((piece) => piece.buffer === memory)).length, mapped.length - 1)
  request.body.free()
  assert.equal(budget.usedBytes, 0)
})

test('a compressed body whose model has another name is decoded on its way', async () => {
  const text = JSON.stringify({ a: 'é'.repeat(100_000), model: 'm', b: 'x'.repeat(100_000) })
  const request = held(cut(gzipSync(text), [10, 100]), [Buffer.from(text)], 'gzip')
  assert.equal(outgoingBody(request, 'm', budget).encoded, true)
  const { bytes, content, encoded } = outgoingBody(request, 'renamed', budget)
  const sent = await buffer(content as Readable)
  assert.deepEqual([encoded, bytes, sent.toString()], [false, sent.length, text.replace('"m"', '"renamed"')])
  request.body.free()
  assert.equal(budget.usedBytes, 0)
})
