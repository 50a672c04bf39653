import assert from 'node:assert/strict'
import { test } from 'node:test'
import { upstreamModelOf, upstreamModelsOf } from '../../../../services/resources/accounts/model-mapping.ts'

const account = (modelMapping: Record<string, string> = {}, allowedModels: string[] | null = null) => ({
  modelMapping,
  allowedModels,
  acceptedModels: [] as string[]
})
const group = (modelMapping: Record<string, string> = {}) => ({ modelMapping })

test('without rules a model keeps its name', () => {
  assert.equal(upstreamModelOf(account(), group(), 'opus'), 'opus')
})

test('an account with a mapping serves exactly its keys', () => {
  const mapped = account({ opus: 'big' })
  assert.equal(upstreamModelOf(mapped, group(), 'opus'), 'big')
  assert.equal(upstreamModelOf(mapped, group(), 'big'), null)
  assert.equal(upstreamModelOf(mapped, group(), 'sonnet'), null)
})

test('a group’s mapping holds for accounts without one of their own', () => {
  assert.equal(upstreamModelOf(account(), group({ opus: 'sonnet' }), 'opus'), 'sonnet')
  assert.equal(upstreamModelOf(account({ opus: 'own' }), group({ opus: 'sonnet' }), 'opus'), 'own')
})

test('a name is mapped once, even where another mapping names what it became', () => {
  const chained = { opus: 'sonnet', sonnet: 'haiku' }
  assert.equal(upstreamModelOf(account(chained), group(), 'opus'), 'sonnet')
  assert.equal(upstreamModelOf(account(), group(chained), 'opus'), 'sonnet')
  assert.equal(upstreamModelOf(account({ sonnet: 'haiku' }), group({ opus: 'sonnet' }), 'opus'), null)
  assert.equal(upstreamModelOf(account({ sonnet: 'sonnet' }), group({ opus: 'sonnet' }), 'opus'), 'sonnet')
})

test('the models an account is allowed are those it is asked for upstream', () => {
  assert.equal(upstreamModelOf(account({}, ['opus']), group(), 'opus'), 'opus')
  assert.equal(upstreamModelOf(account({}, ['opus']), group(), 'sonnet'), null)
  assert.equal(upstreamModelOf(account({ opus: 'big' }, ['opus']), group(), 'opus'), null)
  assert.equal(upstreamModelOf(account({ opus: 'big' }, ['big']), group(), 'opus'), 'big')
  assert.equal(upstreamModelOf(account({}, []), group(), 'opus'), null)
  assert.equal(upstreamModelOf(account({}, ['sonnet']), group({ opus: 'sonnet' }), 'opus'), 'sonnet')
})

test('names are compared as the price book does, and stay as they were written', () => {
  const haiku = 'claude-haiku-4-5'
  for (const asked of [
    'claude-haiku-4-5',
    'Claude-Haiku-4-5',
    'claude-haiku-4-5[1m]',
    'claude-haiku-4-5-20251001',
    'CLAUDE-haiku-4-5-20251001[1M]'
  ]) {
    assert.equal(upstreamModelOf(account({ [haiku]: 'small' }), group(), asked), 'small', asked)
    assert.equal(upstreamModelOf(account({ [haiku]: haiku }), group(), asked), asked)
    assert.equal(upstreamModelOf(account({}, [haiku]), group(), asked), asked)
    assert.equal(upstreamModelOf(account(), group({ [haiku]: 'small' }), asked), 'small')
  }
  const dated = 'claude-haiku-4-5-20251001'
  for (const other of [haiku, 'claude-haiku-4', 'claude-haiku-4-5-20260101', 'claude-haiku-4-5-2025']) {
    assert.equal(upstreamModelOf(account({ [dated]: 'small' }), group(), other), null, other)
    assert.equal(upstreamModelOf(account({}, [dated]), group(), other), null)
  }
  const both = { [dated]: 'exact', [haiku]: 'undated', 'Claude-Haiku-4-5': 'written alike' }
  assert.deepEqual(
    [dated, haiku, 'Claude-Haiku-4-5', 'claude-haiku-4-5-20260101'].map((asked) =>
      upstreamModelOf(account(both), group(), asked)
    ),
    ['exact', 'undated', 'written alike', 'undated']
  )
})

test('names that every object has are no entries', () => {
  assert.equal(upstreamModelOf(account(), group(), 'constructor'), 'constructor')
  assert.equal(upstreamModelOf(account({ opus: 'big' }), group(), 'toString'), null)
  assert.equal(upstreamModelOf(account(), group(), '__proto__'), '__proto__')
})

test('what an account accepts is served by those that accept or map it, and by no others', () => {
  const plain = account()
  const door = { ...account(), acceptedModels: ['glm-5'] }
  const mapped = account({ 'glm-5': 'claude-opus-5-5' })
  const narrow = { ...account({}, ['claude-opus-5-5']), acceptedModels: ['glm-5'] }
  const served = (model: string, rules = group()) => [
    ...upstreamModelsOf([plain, door, mapped, narrow], rules, model).entries()
  ]
  assert.deepEqual(served('glm-5'), [
    [door, 'glm-5'],
    [mapped, 'claude-opus-5-5'],
    [narrow, 'glm-5']
  ])
  assert.deepEqual(served('claude-opus-5-5'), [
    [plain, 'claude-opus-5-5'],
    [door, 'claude-opus-5-5'],
    [narrow, 'claude-opus-5-5']
  ])
  assert.deepEqual(served('team', group({ team: 'glm-5' })), [
    [door, 'glm-5'],
    [narrow, 'glm-5']
  ])
})
