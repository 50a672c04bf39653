import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDeltaUsage, readMessageUsage, readStartUsage } from '../../../../services/money/usage/usage-parsing.ts'
import { fc } from '../../../support/fuzz.ts'

const START = readStartUsage({ input_tokens: 10, output_tokens: 1 })

function cacheWritesAfter(start: object, delta: object) {
  const { cacheCreation5mTokens, cacheCreation1hTokens } = readDeltaUsage(readStartUsage(start), delta).facts
  return [cacheCreation5mTokens, cacheCreation1hTokens]
}

const split = (fiveMinutes: number, oneHour: number) => ({
  cache_creation_input_tokens: fiveMinutes + oneHour,
  cache_creation: { ephemeral_5m_input_tokens: fiveMinutes, ephemeral_1h_input_tokens: oneHour }
})

test('cache writes without a split are taken as of five minutes', () => {
  const { facts } = readMessageUsage({ cache_creation_input_tokens: 7 })
  assert.deepEqual([facts.cacheCreation5mTokens, facts.cacheCreation1hTokens], [7, 0])
})

test('what the split leaves unexplained is taken as of five minutes', () => {
  const { facts } = readMessageUsage({ ...split(1, 2), cache_creation_input_tokens: 10 })
  assert.deepEqual([facts.cacheCreation5mTokens, facts.cacheCreation1hTokens], [8, 2])
})

test('later cache writes are of five minutes unless the request has written for an hour', () => {
  assert.deepEqual(cacheWritesAfter(split(5, 0), { cache_creation_input_tokens: 9 }), [9, 0])
  assert.deepEqual(cacheWritesAfter(split(0, 5), { cache_creation_input_tokens: 9 }), [0, 9])
  assert.deepEqual(cacheWritesAfter(split(2, 3), { cache_creation_input_tokens: 9 }), [2, 7])
  assert.deepEqual(cacheWritesAfter({}, { cache_creation_input_tokens: 9 }), [9, 0])
})

test('a repeated or absent total leaves the split as it was', () => {
  assert.deepEqual(cacheWritesAfter(split(2, 3), { cache_creation_input_tokens: 5 }), [2, 3])
  assert.deepEqual(cacheWritesAfter(split(2, 3), { cache_creation_input_tokens: null }), [2, 3])
})

test('a delta raises what it states, keeps the rest, and never adds', () => {
  const start = readStartUsage({ input_tokens: 10, cache_read_input_tokens: 20, output_tokens: 1, service_tier: 'batch' })
  const delta = { input_tokens: null, output_tokens: 50, server_tool_use: { web_search_requests: 2 } }
  const { facts } = readDeltaUsage(readDeltaUsage(start, delta), delta)
  assert.equal(facts.inputTokens, 10)
  assert.equal(facts.cacheReadTokens, 20)
  assert.equal(facts.outputTokens, 50)
  assert.equal(facts.webSearchRequests, 2)
  assert.equal(facts.serviceTier, 'batch')
  assert.equal(readDeltaUsage(start, { input_tokens: 300 }).facts.inputTokens, 300)
})

test('iterations are read with their own split and model, and an empty list counts as none', () => {
  const { facts } = readDeltaUsage(START, {
    output_tokens: 5,
    iterations: [
      { type: 'advisor_message', model: 'm', input_tokens: 3, output_tokens: 4, ...split(1, 2), cache_read_input_tokens: 6 }
    ]
  })
  assert.deepEqual(facts.iterations, [
    {
      type: 'advisor_message',
      model: 'm',
      inputTokens: 3,
      outputTokens: 4,
      cacheCreation5mTokens: 1,
      cacheCreation1hTokens: 2,
      cacheReadTokens: 6,
      webSearchRequests: 0
    }
  ])
  assert.equal(readMessageUsage({ iterations: [] }).facts.iterations, null)
  assert.equal(readMessageUsage({ iterations: 'many' }).facts.iterations, null)
})

test('iterations of a message_start are left out, because they end before the output', () => {
  assert.equal(readStartUsage({ iterations: [{ type: 'message', output_tokens: 1 }] }).facts.iterations, null)
})

test('numbers that are no token counts are taken as not stated', () => {
  for (const bad of [-1, 1.5, 1e300, Number.MAX_SAFE_INTEGER + 1, '5', null, true, [], {}, undefined]) {
    const read = readMessageUsage({ input_tokens: bad, output_tokens: bad })
    assert.deepEqual([read.inputStated, read.outputStated, read.facts.inputTokens], [false, false, 0], JSON.stringify(bad))
    assert.equal(readDeltaUsage(START, { input_tokens: bad }).facts.inputTokens, 10)
  }
})

test('whatever JSON the upstream sends as usage, every count is an exact integer and nothing throws', () => {
  const value = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.jsonValue())
  const usage = fc.record(
    {
      input_tokens: value,
      output_tokens: value,
      cache_creation_input_tokens: value,
      cache_creation: fc.oneof(value, fc.record({ ephemeral_5m_input_tokens: value, ephemeral_1h_input_tokens: value })),
      cache_read_input_tokens: value,
      server_tool_use: fc.oneof(value, fc.record({ web_search_requests: value })),
      iterations: fc.oneof(value, fc.array(fc.oneof(value, fc.record({ input_tokens: value, model: value, type: value })))),
      service_tier: value
    },
    { requiredKeys: [] }
  )
  fc.assert(
    fc.property(fc.oneof(usage, fc.jsonValue()), fc.oneof(usage, fc.jsonValue()), (start, delta) => {
      const { facts } = readDeltaUsage(readMessageUsage(start), delta)
      for (const counts of [facts, ...(facts.iterations ?? [])]) {
        for (const count of Object.values(counts).filter((field) => typeof field === 'number')) {
          assert.ok(Number.isSafeInteger(count) && count >= 0)
        }
      }
    })
  )
})
