import assert from 'node:assert/strict'
import { test } from 'node:test'
import { modelsOf, unknownModels } from '../../../../services/resources/set-up/unknown-models.ts'

const KNOWN = ['claude-opus-5-5', 'claude-haiku-4-5', 'glm-9']

test('what nothing is called is pointed out once, with the nearest name', () => {
  assert.deepEqual(unknownModels(['claude-opus-55', 'claude-opus-5-5', 'claude-opus-55', 'gpt'], KNOWN), [
    'no price and no account names a model claude-opus-55; did you mean claude-opus-5-5?',
    'no price and no account names a model gpt'
  ])
})

test('a model is known in any case, with its date and with the long context', () => {
  assert.deepEqual(unknownModels(['Claude-Opus-5-5', 'claude-haiku-4-5-20251001', 'claude-opus-5-5[1m]', 'glm-9'], KNOWN), [])
})

test('what an account maps or accepts is known', () => {
  assert.deepEqual(modelsOf({ model_mapping: { a: 'b' }, accept: ['c'] }), ['a', 'b', 'c'])
  assert.deepEqual(modelsOf({ model_mapping: null }), [])
})
