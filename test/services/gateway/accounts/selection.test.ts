import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountChoice, PassedOver, ServingAccount } from '../../../../services/gateway/accounts/account-directory.ts'
import type { Standing } from '../../../../services/gateway/accounts/account-health.ts'
import type { Cooldown, CooldownKind } from '../../../../services/resources/accounts/cooldowns.ts'
import { openToUse } from '../../../../services/gateway/accounts/selection.ts'

const U = { userId: 'u', speed: null }
const NOW = Date.UTC(2026, 0, 1)

function serving(name: string, servesUserId: string | null = null): ServingAccount {
  const account = {
    id: name,
    name,
    type: 'api-key' as const,
    origin: 'http://127.0.0.1:1',
    basePath: '',
    proxy: null,
    credentials: { type: 'api-key' as const, apiKey: 'sk', headers: {} },
    auth: 'x-api-key' as const,
    headerProfile: false,
    servesUserId
  }
  return { account, upstreamModel: 'opus', limit: 5, priority: 50 }
}

const choice = (...accounts: ServingAccount[]): AccountChoice => ({
  serving: accounts,
  passedOver: [],
  reason: 'no account of group default serves opus'
})

function cooldown(kind: CooldownKind, minutes: number): Cooldown {
  return { kind, scope: '', reason: `because of ${kind}`, since: NOW, until: NOW + minutes * 60_000, probeAt: null, level: 1 }
}

/** Accounts that are not named stand well. */
function health(cooldowns: Record<string, Cooldown[]>) {
  return {
    standing(id: string): Standing {
      const worst = (cooldowns[id] ?? []).toSorted((a, b) => b.until - a.until)[0]
      return worst === undefined ? { state: 'ok' } : { state: 'out', cooldown: worst, backAt: worst.until }
    },
    cooldownsOf: (id: string) => cooldowns[id] ?? [],
    errorOf: () => null
  }
}

const namesOf = (accounts: ServingAccount[]) => accounts.map(({ account }) => account.name)

test('accounts that cool are passed over, each with its reason and its end', () => {
  const { usable, passedOver, soonestBackAt } = openToUse(
    choice(serving('a'), serving('b'), serving('c')),
    U,
    health({ b: [cooldown('rate_limit', 5)], c: [cooldown('billing', 3)] })
  )
  assert.deepEqual(namesOf(usable), ['a'])
  assert.deepEqual(passedOver, [
    { account: 'b', state: 'cooling down', reason: 'cooling down until 2026-01-01T00:05:00.000Z: because of rate_limit' },
    { account: 'c', state: 'cooling down', reason: 'cooling down until 2026-01-01T00:03:00.000Z: because of billing' }
  ])
  assert.equal(soonestBackAt, NOW + 180_000)
})

test('somebody’s own sign-in serves its owner only', () => {
  const accounts = choice(serving('theirs', 'owner'))
  assert.deepEqual(namesOf(openToUse(accounts, { userId: 'owner', speed: null }, health({})).usable), ['theirs'])
  const other = openToUse(accounts, { userId: 'somebody', speed: null }, health({}))
  assert.deepEqual(other.usable, [])
  assert.equal(other.reason, 'the others belong to other users')
  assert.equal(other.soonestBackAt, null)
})

test('when nothing else is left, what rests for an overload alone is used all the same', () => {
  const accounts = choice(serving('a'), serving('b'))
  const left = openToUse(accounts, U, health({ a: [cooldown('overloaded', 10)], b: [cooldown('rate_limit', 5)] }))
  assert.deepEqual([namesOf(left.usable), left.isLastResort], [['a'], true])
  const resting = openToUse(accounts, U, health({ a: [cooldown('overloaded', 10)] }))
  assert.deepEqual([namesOf(resting.usable), resting.isLastResort], [['b'], false])
})

test('an overload does not excuse another cooldown that ends before it', () => {
  const both = [cooldown('overloaded', 10), cooldown('rate_limit', 5)]
  const { usable, cooling, reason } = openToUse(choice(serving('a')), U, health({ a: both }))
  assert.deepEqual(usable, [])
  assert.deepEqual(
    cooling.map(({ kind }) => kind),
    ['overloaded']
  )
  assert.equal(reason, 'all are cooling down')
})

test('an account in error is not used for an overload that it does not have', () => {
  const refused = { ...cooldown('forbidden', 60), reason: 'status 401' }
  const broken = {
    standing: (): Standing => ({ state: 'out', cooldown: refused, backAt: refused.until }),
    cooldownsOf: () => [],
    errorOf: () => 'status 401'
  }
  const { usable, reason, soonestBackAt } = openToUse(choice(serving('a')), U, broken)
  assert.deepEqual([usable, reason, soonestBackAt], [[], '1 in error', null])
})

test('a cooldown for another model does not keep an overloaded account from being the last resort', () => {
  const other = { ...cooldown('forbidden', 5), scope: 'model:haiku' }
  const cooldowns = { a: [cooldown('overloaded', 10), other] }
  const left = openToUse(choice(serving('a')), U, health(cooldowns))
  assert.deepEqual([namesOf(left.usable), left.isLastResort], [['a'], true])
})

test('the reason says what is so of each account, and names no end where waiting helps nothing', () => {
  const off: PassedOver = { account: 'off', state: 'disabled', reason: 'disabled' }
  const dead: PassedOver = { account: 'dead', state: 'in error', reason: 'in error: 401' }
  const other: PassedOver = { account: 'other', state: 'without the model', reason: 'does not serve opus' }
  const reasonOf = (passedOver: PassedOver[], ...accounts: ServingAccount[]) => {
    const resting = health({ a: [cooldown('rate_limit', 5)] })
    const { reason, soonestBackAt } = openToUse({ ...choice(...accounts), passedOver }, U, resting)
    return [reason, soonestBackAt !== null]
  }
  assert.deepEqual(reasonOf([off, dead]), ['1 disabled, 1 in error', false])
  assert.deepEqual(reasonOf([dead, other]), ['1 in error', false])
  assert.deepEqual(reasonOf([off]), ['no account of group default serves opus', false])
  assert.deepEqual(reasonOf([dead], serving('a')), ['1 in error, 1 cooling down', true])
  assert.deepEqual(reasonOf([other], serving('a')), ['all are cooling down', true])
})
