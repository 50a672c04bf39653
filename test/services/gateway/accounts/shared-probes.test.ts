import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountHealth } from '../../../../services/gateway/accounts/account-health.ts'
import { createSharedProbes } from '../../../../services/gateway/accounts/shared-probes.ts'
import type { Sign } from '../../../../services/gateway/accounts/account-health.ts'
import { verdict } from '../../../../services/gateway/accounts/verdicts.ts'
import { SlotsAwayError } from '../../../../services/gateway/slots/shared-slots.ts'
import { HEALTH_RULES } from '../../../support/health-rules.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const MINUTE = 60_000

/** Where `elsewhere` says which turns another replica has. */
function setUp({ elsewhere = [] as string[], isShared = true, isAway = false } = {}) {
  const calls: string[] = []
  const note = (call: string) => {
    calls.push(call)
    if (isAway) throw new SlotsAwayError('away')
  }
  const probes = createSharedProbes({
    health: {
      probesOf: () => ['1 failures  5', '1 overloaded  7'].map((name) => ({ name, ttlMs: 1000 })),
      leaveProbe: (holder) => calls.push(`left ${holder}`),
      releaseProbe: (holder) => calls.push(`released ${holder}`)
    },
    shared: {
      async takeTurn(name) {
        note(`take ${name}`)
        return !elsewhere.includes(name)
      },
      async giveTurnBack(name) {
        note(`give ${name}`)
      }
    },
    isShared: () => isShared
  })
  return { probes, calls }
}

test('who has all turns may probe, and gives them back when nothing came of it', async () => {
  const { probes, calls } = setUp()
  assert.equal(await probes.confirm('x'), true)
  assert.deepEqual(calls.splice(0), ['take 1 failures  5', 'take 1 overloaded  7'])
  await probes.release('x')
  assert.deepEqual(calls, ['released x', 'give 1 failures  5', 'give 1 overloaded  7'])
})

test('where another replica has one of them, the other one is left to it too', async () => {
  const { probes, calls } = setUp({ elsewhere: ['1 overloaded  7'] })
  assert.equal(await probes.confirm('x'), false)
  assert.deepEqual(calls.slice(2), ['left x', 'give 1 failures  5', 'give 1 overloaded  7'])
})

test('while Redis is away each replica probes for itself, and nothing fails', async () => {
  for (const { probes, calls } of [setUp({ isAway: true }), setUp({ isShared: false })]) {
    assert.equal(await probes.confirm('x'), true)
    await probes.release('x')
    assert.ok(calls.includes('released x'))
  }
})

/** Two replicas that know the same of an account, whose breaker is open. */
function twoReplicas() {
  const clock = createVirtualClock()
  const turns = new Map<string, { holder: string; endsAt: number }>()
  const takeTurn = async (name: string, holder: string, ttlMs: number) => {
    const current = turns.get(name)
    if (current !== undefined && current.holder !== holder && current.endsAt > clock.now()) return false
    turns.set(name, { holder, endsAt: clock.now() + ttlMs })
    return true
  }
  const giveTurnBack = async (name: string, holder: string) => {
    if (turns.get(name)?.holder === holder) turns.delete(name)
  }
  const replica = () => {
    const health = createAccountHealth({
      clock,
      ...HEALTH_RULES,
      peersOf: () => ['1', '2']
    })
    const probes = createSharedProbes({ health, shared: { takeTurn, giveTurnBack }, isShared: () => true })
    return {
      health,
      mayProbe: async (holder: string, model = 'claude-opus-5-5') =>
        health.claimProbe('1', model, holder) && (await probes.confirm(holder)),
      report: (sign: Sign, holder: string, isLastUsable = false) =>
        health.report('1', 'claude-opus-5-5', sign, { headers: null, isLastUsable, holder }),
      release: probes.release
    }
  }
  const [one, two] = [replica(), replica()]
  const copy = () => two.health.replace('1', { cooldowns: one.health.cooldownsOf('1'), windows: [], status: 'active' })
  return { clock, one, two, copy }
}

test('a probe that a refusal answered leaves the breaker half open, for the next one at once', async () => {
  const refusals: [Sign, model: string][] = [
    [{ ...verdict('not permitted', '403'), consequence: 'forbidden' }, 'claude-sonnet-5-5'],
    [verdict('limit of a family', '429'), 'claude-sonnet-5-5'],
    [verdict('overload', '529'), 'claude-opus-5-5']
  ]
  for (const [refusal, model] of refusals) {
    const { clock, one, two, copy } = twoReplicas()
    one.report(verdict('server error', '500'), 'x')
    clock.leap(MINUTE)
    copy()
    assert.equal(await one.mayProbe('a'), true)
    one.report(refusal, 'a', true)
    await one.release('a')
    copy()
    assert.equal(await two.mayProbe('b', model), true, JSON.stringify(refusal))
  }
})

test('a probe that told something keeps its turn from who has not heard of it yet', async () => {
  for (const told of [verdict('server error', '500'), 'alive'] as const) {
    const { clock, one, two, copy } = twoReplicas()
    one.report(verdict('server error', '500'), 'x')
    clock.leap(MINUTE)
    copy()
    assert.equal(await one.mayProbe('a'), true)
    one.report(told, 'a')
    await one.release('a')
    assert.equal(await two.mayProbe('b'), false, JSON.stringify(told))
  }
})

test('a probe of an overload that takes minutes is the only one of all replicas', async () => {
  const { clock, one, two, copy } = twoReplicas()
  one.report(verdict('overload', '529'), 'x')
  clock.leap(5 * MINUTE)
  copy()
  assert.equal(await one.mayProbe('a'), true)
  clock.leap(4 * MINUTE)
  assert.equal(await two.mayProbe('b'), false)
})

test('what another replica probes is left to it for a moment by all, and then asked for again', async () => {
  const { clock, one, two, copy } = twoReplicas()
  one.report(verdict('server error', '500'), 'x')
  clock.leap(MINUTE)
  copy()
  assert.equal(await one.mayProbe('a'), true)
  assert.equal(await two.mayProbe('b'), false)
  await one.release('a')
  for (const holder of ['b', 'c']) assert.equal(two.health.claimProbe('1', 'claude-opus-5-5', holder), false)
  clock.leap(5000)
  assert.equal(await two.mayProbe('c'), true)
})

test('an origin that cannot be reached is tried by one request of all replicas, through whichever account', async () => {
  const { clock, one, two, copy } = twoReplicas()
  one.report(verdict('unreachable', 'ENOTFOUND'), 'x')
  for (let round = 0; round < 3; round++) {
    clock.leap(10_000)
    copy()
    assert.equal(await one.mayProbe('a'), true)
    assert.equal(await two.mayProbe('b'), false)
    one.report(verdict('unreachable', 'ENOTFOUND'), 'a')
    await one.release('a')
  }
})
