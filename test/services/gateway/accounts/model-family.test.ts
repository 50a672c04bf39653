import assert from 'node:assert/strict'
import { test } from 'node:test'
import { modelFamily, scopesOf } from '../../../../services/gateway/accounts/model-family.ts'
import { fc } from '../../../support/fuzz.ts'

test('the models of a family share their name', () => {
  for (const [model, family] of [
    ['claude-opus-5-5', 'opus'],
    ['claude-opus-4-1-20250805', 'opus'],
    ['Claude-Sonnet-5-5[1m]', 'sonnet'],
    ['claude-3-5-haiku-20241022', 'haiku'],
    ['claude-3-7-sonnet-latest', 'sonnet'],
    ['claude-next', 'next'],
    ['claude-5', 'claude-5'],
    ['GLM-5-20260101', 'glm-5'],
    ['', '']
  ] as const) {
    assert.equal(modelFamily(model), family)
  }
})

test('a request is covered by what concerns all, its family, its model, its speed or its origin', () => {
  assert.deepEqual(scopesOf('claude-opus-4-1-20250805'), ['', 'family:opus', 'model:claude-opus-4-1', 'origin'])
  assert.ok(scopesOf('claude-opus-4-1', 'fast').includes('speed:fast'))
  assert.deepEqual(scopesOf('Claude-Opus-4-1[1m]'), scopesOf('claude-opus-4-1'))
})

test('whatever a client calls a model, its scopes can be stored', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (model) => {
      for (const scope of scopesOf(model)) assert.match(scope, /^(origin|[a-z]+:[!-~]{0,100})?$/)
    })
  )
})
