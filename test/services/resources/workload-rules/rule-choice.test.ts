import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseRule, type Matcher } from '../../../../services/resources/workload-rules/rule-choice.ts'

const OWN = 'https://sluice.example.com'
const claims = { aud: OWN, repository: 'acme/app', ref: 'refs/heads/main', environment: 'production' }

const rule = (name: string, conditions: Record<string, string>, changes: Partial<Matcher> = {}): Matcher => ({
  name,
  priority: 50,
  audience: null,
  conditions,
  ...changes
})
const all = rule('all', { repository: 'acme/*' })
const main = rule('main', { repository: 'acme/app', ref: 'refs/heads/main' })

test('a rule is found that has all that it wants', () => {
  const other = rule('other', { repository: 'acme/app', ref: 'refs/heads/release' })
  assert.deepEqual(chooseRule([other, main], claims, OWN), { found: main })
  assert.deepEqual(chooseRule([rule('any', { environment: '*' })], { ...claims, environment: [] }, OWN), {
    lookedAt: ['environment']
  })
})

test('of two that match the one with the lower priority decides; of equals neither', () => {
  const first = { ...main, priority: 10 }
  assert.deepEqual(chooseRule([all, first], claims, OWN), { found: first })
  assert.deepEqual(chooseRule([first, all], claims, OWN), { found: first })
  assert.deepEqual(chooseRule([main, all], claims, OWN), { ambiguous: ['all', 'main'] })
  assert.deepEqual(chooseRule([main, { ...all, priority: 60 }, rule('third', { ref: '*' })], claims, OWN), {
    ambiguous: ['main', 'third']
  })
})

test('a token is told what was looked at, and of no rule that is not for it', () => {
  const foreign = rule('foreign', { secret: 'x' }, { audience: 'another' })
  assert.deepEqual(chooseRule([all, main, foreign], { ...claims, repository: 'evil/app' }, OWN), {
    lookedAt: ['ref', 'repository']
  })
})

test('a token is for what its rule says, else for where clients reach Sluice', () => {
  const named = { ...main, audience: 'sluice' }
  assert.deepEqual(chooseRule([named], { ...claims, aud: ['x', 'sluice'] }, OWN), { found: named })
  assert.deepEqual(chooseRule([named], claims, OWN), { audiences: ['sluice'] })
  assert.deepEqual(chooseRule([main, named], { ...claims, aud: 'x' }, OWN), { audiences: [OWN, 'sluice'] })
  // Where neither says so, no token is for us: one without an audience neither.
  for (const aud of [undefined, null, 'null', '', []])
    assert.deepEqual(chooseRule([main], { ...claims, aud }, null), { audiences: [] })
})
