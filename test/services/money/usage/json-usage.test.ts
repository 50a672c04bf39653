import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJsonUsage } from '../../../../services/money/usage/json-usage.ts'
import { NO_USAGE } from '../../../../services/money/usage/usage-facts.ts'

const USAGE = {
  input_tokens: 100,
  output_tokens: 20,
  cache_creation_input_tokens: 7,
  cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
  cache_read_input_tokens: 50,
  service_tier: 'standard',
  inference_geo: 'us'
}
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  model: 'claude-opus-5-5',
  content: [{ type: 'text', text: 'Grüß dich 👋' }],
  stop_reason: 'end_turn',
  usage: USAGE
}
const FACTS = {
  ...NO_USAGE,
  inputTokens: 100,
  outputTokens: 20,
  cacheCreation5mTokens: 3,
  cacheCreation1hTokens: 4,
  cacheReadTokens: 50,
  serviceTier: 'standard',
  inferenceGeo: 'us'
}

const read = (body: unknown) => readJsonUsage(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))

test('a whole message gives its facts', () => {
  const expected = {
    messageId: 'msg_1',
    model: 'claude-opus-5-5',
    usage: FACTS,
    basis: 'final',
    stopReason: 'end_turn',
    errorType: null
  }
  assert.deepEqual(read(MESSAGE), expected)
})

test('a body that is cut off, no JSON or no message has an unknown basis', () => {
  for (const body of [JSON.stringify(MESSAGE).slice(0, -1), '', '<html>', '[]', 'null', { ...MESSAGE, usage: null }]) {
    const { basis, usage } = read(body)
    assert.deepEqual([basis, usage], ['unknown', NO_USAGE])
  }
})

test('what is stated counts also where something is missing, and a byte order mark is no part of the message', () => {
  const { basis, usage } = read({ ...MESSAGE, usage: { ...USAGE, input_tokens: null } })
  assert.deepEqual([basis, usage], ['unknown', { ...FACTS, inputTokens: 0 }])
  assert.deepEqual(read(`\ufeff${JSON.stringify(MESSAGE)}`).usage, FACTS)
})

test('an error body is told apart, with the type it names', () => {
  const error = (type: unknown) => read({ type: 'error', error: { type, message: 'Overloaded' } })
  assert.deepEqual([error('overloaded_error').errorType, error('overloaded_error').basis], ['overloaded_error', 'unknown'])
  assert.equal(error(5).errorType, 'api_error')
  assert.equal(read({ type: 'error' }).errorType, 'api_error')
})

test('a refusal without content is free, one in mid-response is not', () => {
  const refused = { ...MESSAGE, stop_reason: 'refusal', content: [] }
  const free = { ...NO_USAGE, serviceTier: 'standard', inferenceGeo: 'us' }
  assert.deepEqual(read(refused), {
    messageId: 'msg_1',
    model: 'claude-opus-5-5',
    usage: free,
    basis: 'final',
    stopReason: 'refusal',
    errorType: null
  })
  assert.deepEqual(read({ ...refused, content: MESSAGE.content }).usage, FACTS)
})

test('after fallbacks the model is the one that answered', () => {
  const fallback = (from: string, to: string) => ({ type: 'fallback', from: { model: from }, to: { model: to } })
  const hops = [fallback('claude-fable-5-2', 'claude-opus-5-5'), fallback('claude-opus-5-5', 'claude-opus-4-8')]
  assert.equal(read({ ...MESSAGE, model: 'claude-fable-5-2', content: [...hops, ...MESSAGE.content] }).model, 'claude-opus-4-8')
})
