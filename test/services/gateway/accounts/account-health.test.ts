import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createAccountHealth, type ReportContext, type Sign } from '../../../../services/gateway/accounts/account-health.ts'
import type { Cooldown } from '../../../../services/resources/accounts/cooldowns.ts'
import { verdict } from '../../../../services/gateway/accounts/verdicts.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { fc, times } from '../../../support/fuzz.ts'

const OPUS = 'claude-opus-5-5'
const OLD_OPUS = 'claude-opus-4-1-20250805'
const SONNET = 'claude-sonnet-5-5'
const MINUTE = 60_000

const RULES = {
  cooldownMinMs: 5000,
  cooldownMaxMs: 480 * MINUTE,
  cooldownUnnamedMs: 5 * MINUTE,
  overloadCooldownMs: 10 * MINUTE,
  breakerFailures: 3,
  breakerOpenMs: MINUTE,
  originProbeMs: 10_000,
  cooldownProbeMs: 9999 * MINUTE,
  peersOf: (): readonly string[] => ['1', '2'],
  utilizationThreshold: 0.95
}

function setUp(changed: Partial<typeof RULES> = {}) {
  const clock = createVirtualClock()
  const health = createAccountHealth({ clock, ...RULES, ...changed })
  const report = (sign: Sign, context: Partial<ReportContext> & { model?: string } = {}) => {
    const { model = OPUS, ...changes } = context
    const usual = { headers: null, isLastUsable: false, holder: 'somebody', countsFailure: true }
    return health.report('1', model, sign, { ...usual, ...changes })
  }
  const state = (model = OPUS) => health.standing('1', model).state
  const backInMs = (model = OPUS) => {
    const standing = health.standing('1', model)
    return standing.state === 'out' ? standing.backAt - clock.now() : null
  }
  const limit = (inMs: number | null, wholeAccount = true) =>
    report(limited(wholeAccount, inMs === null ? null : clock.now() + inMs))
  return { clock, health, report, state, backInMs, limit }
}

const ALIVE = 'alive'
const FAILED = verdict('server error', '500')
const OVERLOADED = verdict('overload', '529')
const FORBIDDEN = { ...verdict('not permitted', '403'), consequence: 'forbidden' as const }
const limited = (wholeAccount: boolean, until: number | null) => ({
  ...verdict(wholeAccount ? 'limit of the account' : 'limit of a family', '429'),
  until
})

const unified = (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [`anthropic-ratelimit-unified-${field}`, value]))

await suite('a rate limit', async () => {
  test('takes the account out until the named end, then is over by itself', () => {
    const { clock, health, limit, state, backInMs } = setUp()
    const changes = limit(7 * MINUTE)
    const after: Cooldown = {
      kind: 'rate_limit',
      scope: '',
      reason: '429',
      since: clock.now(),
      until: clock.now() + 7 * MINUTE,
      probeAt: null,
      level: 1
    }
    assert.deepEqual(changes, [{ accountId: '1', type: 'cooldown', before: null, after }])
    assert.deepEqual(health.cooldownsOf('1'), [after])
    assert.deepEqual([backInMs(OPUS), backInMs(SONNET), health.standing('2', OPUS).state], [7 * MINUTE, 7 * MINUTE, 'ok'])
    clock.leap(7 * MINUTE - 1)
    assert.equal(state(), 'out')
    clock.leap(1)
    assert.equal(state(), 'ok')
    assert.deepEqual(health.cooldownsOf('1'), [])
    assert.deepEqual(
      [limit(MINUTE)[0]].map((change) => change?.type === 'cooldown' && change.before),
      [null]
    )
  })

  test('of a family leaves the others alone', () => {
    const { limit, state } = setUp()
    limit(MINUTE, false)
    assert.deepEqual([OPUS, OLD_OPUS, SONNET].map(state), ['out', 'out', 'ok'])
  })

  test('is kept between floor and ceiling', () => {
    for (const [named, rest] of [
      [1, 5000],
      [-MINUTE, 5000],
      [99_999 * MINUTE, 480 * MINUTE],
      [null, 5 * MINUTE]
    ] as const) {
      const { limit, backInMs } = setUp()
      limit(named)
      assert.equal(backInMs(), rest)
    }
    const { limit, backInMs } = setUp({ cooldownUnnamedMs: 1 })
    limit(null)
    assert.equal(backInMs(), 5000)
  })

  test('is never shortened by another refusal, and lengthened only by one that says something new', () => {
    const { clock, limit, backInMs } = setUp()
    const start = clock.now()
    limit(10 * MINUTE)
    assert.deepEqual(limit(5 * MINUTE), [])
    clock.leap(100)
    assert.deepEqual(limit(10 * MINUTE), [])
    assert.equal(limit(10 * MINUTE + 2000).length, 1)
    const [change] = limit(20 * MINUTE)
    assert.equal(backInMs(), 20 * MINUTE)
    assert.ok(change?.type === 'cooldown')
    assert.deepEqual([change.before?.until, change.after?.since], [start + 100 + 10 * MINUTE + 2000, start])
  })

  test('of moments is lengthened by moments', () => {
    const { limit, backInMs } = setUp({ cooldownMinMs: 1 })
    limit(50)
    limit(500)
    assert.equal(backInMs(), 500)
  })

  test('ends early when a later response says that the account is let through', () => {
    const allowed = unified({ '5h-status': 'allowed', status: 'allowed' })
    const cooldownChanges = (changes: { type: string }[]) => changes.filter(({ type }) => type === 'cooldown').length
    const { limit, report, state } = setUp()
    limit(60 * MINUTE)
    assert.equal(cooldownChanges(report(ALIVE)), 0)
    assert.equal(cooldownChanges(report(ALIVE, { headers: unified({ '5h-status': 'allowed', status: 'rejected' }) })), 0)
    assert.equal(state(), 'out')
    const changes = report(ALIVE, { headers: allowed })
    assert.ok(changes[0]?.type === 'cooldown')
    assert.deepEqual([changes[0].before?.kind, changes[0].after, state()], ['rate_limit', null, 'ok'])

    limit(60 * MINUTE, false)
    report(ALIVE, { headers: allowed, model: SONNET })
    assert.equal(state(), 'out')
    report(ALIVE, { headers: allowed, model: OLD_OPUS })
    assert.equal(state(), 'ok')
  })
})

await suite('other refusals', async () => {
  test('of money rest the account', () => {
    const { clock, report, backInMs } = setUp()
    report({ ...verdict('money or standing', '402'), until: clock.now() + 60 * MINUTE })
    assert.equal(backInMs(SONNET), 60 * MINUTE)
    report(ALIVE, { headers: unified({ '5h-status': 'allowed' }) })
    assert.equal(backInMs(), 60 * MINUTE)
  })

  test('of a model leave every other model alone', () => {
    const { report, state, backInMs } = setUp()
    report(FORBIDDEN)
    assert.deepEqual([OPUS, OLD_OPUS, SONNET].map(state), ['out', 'ok', 'ok'])
    assert.equal(backInMs(), 5 * MINUTE)
  })

  test('of the credential take the account out until somebody says otherwise, and are told once', () => {
    const { clock, health, report, state } = setUp()
    const refused = verdict('credential refused', '401\u0000')
    assert.deepEqual(report(refused), [{ accountId: '1', type: 'error', reason: '401 ', signInEnded: false }])
    assert.deepEqual(report(refused), [])
    clock.leap(9999 * MINUTE)
    report(ALIVE)
    assert.equal(state(SONNET), 'out')
    assert.equal(health.claimProbe('1', OPUS, 'a'), false)
    health.replace('1', { cooldowns: [], windows: [], status: 'error' })
    assert.equal(state(), 'out')
    health.replace('1', { cooldowns: [], windows: [], status: 'active' })
    assert.equal(state(), 'ok')
  })

  test('for made-up models are kept only for so many', () => {
    const { health, report } = setUp()
    for (let index = 0; index < 300; index++) report(FORBIDDEN, { model: `made-up-${index}x` })
    assert.equal(health.cooldownsOf('1').length, 100)
    assert.equal(health.standing('1', 'made-up-299x').state, 'out')
    const { clock, health: full, report: refuse } = setUp()
    for (let index = 0; index < 101; index++) {
      refuse(FORBIDDEN, { model: `made-up-${index}x` })
      clock.leap(1)
    }
    assert.deepEqual(
      [0, 1].map((index) => full.standing('1', `made-up-${index}x`).state),
      ['ok', 'out']
    )
  })
})

await suite('an overload', async () => {
  test('rests an account, but never the last one', () => {
    const { report, state, backInMs } = setUp()
    assert.deepEqual(report(OVERLOADED, { isLastUsable: true }), [])
    assert.equal(state(), 'ok')
    report(OVERLOADED)
    assert.deepEqual([state(SONNET), backInMs()], ['ok', 5 * MINUTE])
  })

  test('lets one request try half-way; its response ends it', () => {
    const { clock, health, report, state, backInMs } = setUp()
    report(OVERLOADED)
    assert.equal(health.claimProbe('1', OPUS, 'a'), false)
    clock.leap(5 * MINUTE)
    assert.equal(state(), 'probe')
    assert.deepEqual(
      ['a', 'b', 'a'].map((holder) => health.claimProbe('1', OPUS, holder)),
      [true, false, true]
    )
    assert.deepEqual([state(), backInMs()], ['out', 5 * MINUTE])
    report(ALIVE, { holder: 'b' })
    assert.equal(state(), 'out')
    const [change] = report(ALIVE, { holder: 'a' })
    assert.ok(change?.type === 'cooldown' && change.after === null)
    assert.equal(state(), 'ok')
  })

  test('is tried only once before its end when the try fails', () => {
    for (const [failure, isLastUsable] of [
      [FAILED, false],
      [OVERLOADED, true]
    ] as const) {
      const { clock, health, report, state, backInMs } = setUp()
      report(OVERLOADED)
      clock.leap(5 * MINUTE)
      health.claimProbe('1', OPUS, 'a')
      const [change] = report(failure, { holder: 'a', isLastUsable })
      assert.ok(change?.type === 'cooldown')
      assert.deepEqual([change.after?.kind, change.after?.probeAt, backInMs()], ['overloaded', null, 5 * MINUTE])
      clock.leap(5 * MINUTE)
      assert.equal(state(), 'ok')
    }
  })

  test('goes on when the try is refused like before', () => {
    const { clock, health, report, backInMs } = setUp()
    report(OVERLOADED)
    clock.leap(5 * MINUTE)
    health.claimProbe('1', OPUS, 'a')
    const changes = report(OVERLOADED, { holder: 'a' })
    assert.deepEqual([changes.length, backInMs()], [1, 5 * MINUTE])
    clock.leap(5 * MINUTE)
    assert.equal(health.claimProbe('1', OPUS, 'b'), true)
  })

  test('may be tried by the next one when a try came to nothing, or was lost', () => {
    const { clock, health, report, state } = setUp({ overloadCooldownMs: 60 * MINUTE })
    report(OVERLOADED)
    clock.leap(30 * MINUTE)
    health.claimProbe('1', OPUS, 'a')
    health.releaseProbe('b')
    assert.equal(state(), 'out')
    health.releaseProbe('a')
    health.releaseProbe('a')
    assert.equal(state(), 'probe')
    health.claimProbe('1', OPUS, 'a')
    clock.leap(15 * MINUTE)
    assert.equal(state(), 'probe')
    assert.equal(health.claimProbe('1', OPUS, 'b'), true)
  })
})

await suite('the breaker', async () => {
  test('opens after so many failures in a row', () => {
    const { report, state, backInMs } = setUp()
    for (let round = 0; round < 3; round++) {
      assert.deepEqual([report(FAILED), report(FAILED)], [[], []])
      report(ALIVE)
    }
    assert.deepEqual([report(FAILED), report(FAILED)], [[], []])
    const [change] = report(FAILED)
    assert.ok(change?.type === 'cooldown')
    assert.deepEqual([change.after?.kind, change.after?.scope, change.after?.level], ['failures', '', 1])
    assert.deepEqual([state(SONNET), backInMs()], ['out', MINUTE])
  })

  test('stays half open until a probe succeeds; each that fails opens it for twice as long, up to a bound', () => {
    const { clock, health, report, state, backInMs } = setUp()
    for (let count = 0; count < 3; count++) report(FAILED)
    const opened: (number | null)[] = []
    for (let round = 0; round < 6; round++) {
      opened.push(backInMs())
      assert.deepEqual([report(FAILED), backInMs()], [[], opened.at(-1)])
      clock.leap(opened.at(-1) ?? 0)
      assert.equal(state(), 'probe')
      assert.deepEqual(report(FAILED), [])
      assert.deepEqual([health.claimProbe('1', OPUS, 'a'), health.claimProbe('1', SONNET, 'b')], [true, false])
      assert.equal(backInMs(), MINUTE)
      report(FAILED, { holder: 'a' })
    }
    assert.deepEqual(
      opened.map((ms) => ms && ms / MINUTE),
      [1, 2, 4, 8, 10, 10]
    )
    assert.equal(health.cooldownsOf('1')[0]?.level, 7)
    clock.leap(9999 * MINUTE)
    assert.equal(health.cooldownsOf('1').length, 1)
    health.claimProbe('1', OPUS, 'a')
    report(ALIVE, { holder: 'a' })
    assert.deepEqual([state(), health.cooldownsOf('1')], ['ok', []])
    assert.deepEqual([report(FAILED), report(FAILED)], [[], []])
  })

  test('that opened for want of a credential closes, on trial, when there is another one', () => {
    const { clock, health, report, state } = setUp()
    const lacking = verdict('no credential', 'it cannot be renewed')
    const renew = () => health.noteNewCredential('1')
    assert.deepEqual([report(FAILED), report(FAILED), renew()], [[], [], []])
    const [opened] = report(lacking)
    assert.ok(opened?.type === 'cooldown')
    assert.deepEqual(renew(), [{ ...opened, before: opened.after, after: null }])
    assert.deepEqual([state(), renew()], ['ok', []])

    // The upstream fails too: that is no better with another credential, unless it was not asked since.
    report(FAILED)
    assert.deepEqual([state(), renew()], ['out', []])
    clock.leap(MINUTE)
    health.claimProbe('1', OPUS, 'a')
    report(lacking, { holder: 'a', countsFailure: false })
    assert.equal(renew().length, 1)
  })

  test('counts anew when it was closed elsewhere, and its level stays within bounds', () => {
    const { clock, health, report } = setUp()
    for (let count = 0; count < 3; count++) report(FAILED)
    const open = health.cooldownsOf('1').map((cooldown) => ({ ...cooldown, level: 30 }))
    health.replace('1', { cooldowns: [], windows: [], status: 'active' })
    assert.deepEqual([report(FAILED), report(FAILED)], [[], []])
    health.replace('1', { cooldowns: open, windows: [], status: 'active' })
    clock.leap(MINUTE)
    health.claimProbe('1', OPUS, 'a')
    report(FAILED, { holder: 'a' })
    assert.equal(health.cooldownsOf('1')[0]?.level, 30)
  })

  test('that was opened again elsewhere is not ended by an earlier probe, nor kept from its own', () => {
    const { clock, health, report, state } = setUp()
    for (let count = 0; count < 3; count++) report(FAILED)
    clock.leap(MINUTE)
    health.claimProbe('1', OPUS, 'a')
    const [open] = health.cooldownsOf('1')
    assert.ok(open !== undefined)
    health.replace('1', { cooldowns: [{ ...open, until: clock.now() + 1, level: 2 }], windows: [], status: 'active' })
    clock.leap(1)
    assert.equal(state(), 'probe')
    assert.deepEqual(report(FAILED, { holder: 'a' }), [])
  })

  test('is closed by any response', () => {
    const { report, state } = setUp()
    for (let count = 0; count < 3; count++) report(FAILED)
    const [change] = report(ALIVE)
    assert.ok(change?.type === 'cooldown' && change.after === null)
    assert.equal(state(), 'ok')
  })

  test('stays half open when its probe ends with a refusal', () => {
    const { clock, health, report, limit, state } = setUp()
    for (let count = 0; count < 3; count++) report(FAILED)
    clock.leap(MINUTE)
    health.claimProbe('1', OPUS, 'somebody')
    assert.equal(limit(MINUTE).length, 1)
    assert.equal(state(), 'out')
    clock.leap(MINUTE)
    assert.equal(state(), 'probe')
    assert.equal(health.cooldownsOf('1')[0]?.level, 1)
  })
})

test('of several cooldowns the one that lasts longest counts', () => {
  const { clock, health, limit, report, backInMs, state } = setUp()
  report(OVERLOADED)
  report(FORBIDDEN, { model: OLD_OPUS })
  limit(7 * MINUTE, false)
  report(OVERLOADED, { model: SONNET })
  assert.deepEqual([backInMs(OPUS), backInMs(SONNET)], [7 * MINUTE, 5 * MINUTE])
  clock.leap(5 * MINUTE)
  assert.deepEqual([state(OPUS), state(SONNET)], ['out', 'probe'])
  assert.equal(health.claimProbe('1', OPUS, 'a'), false)
  assert.equal(health.claimProbe('1', SONNET, 'a'), true)
})

test('a probe is made for all cooldowns that are due, and its response ends them all', () => {
  const { clock, health, report, state } = setUp()
  report(OVERLOADED)
  for (let count = 0; count < 3; count++) report(FAILED)
  clock.leap(5 * MINUTE)
  assert.equal(health.claimProbe('1', OPUS, 'a'), true)
  assert.equal(health.probesOf('a').length, 2)
  report(ALIVE, { holder: 'a' })
  assert.deepEqual([state(), health.cooldownsOf('1')], ['ok', []])
})

test('an operator clears all of it at once', () => {
  const { health, limit, report, state } = setUp()
  limit(MINUTE)
  limit(MINUTE, false)
  for (let count = 0; count < 4; count++) report(FAILED)
  report(verdict('credential refused', '401'))
  const changes = health.clear('1')
  assert.deepEqual(
    changes.map((change) => change.type === 'cooldown' && [change.before?.kind, change.before?.scope, change.after]),
    [
      ['rate_limit', '', null],
      ['rate_limit', 'family:opus', null],
      ['failures', '', null]
    ]
  )
  assert.equal(state(), 'ok')
  assert.deepEqual([report(FAILED), report(FAILED)], [[], []])
  health.clear('1')
  assert.deepEqual([report(FAILED), report(FAILED)], [[], []])
})

await suite('usage windows', async () => {
  const at = (seconds: number, clock: { now: () => number }) => String(clock.now() / 1000 + seconds)

  test('are told when they say something new', () => {
    const { clock, health, report, limit } = setUp()
    const stated = (utilization: string, status = 'allowed') =>
      unified({ '5h-status': status, '5h-utilization': utilization, '5h-reset': String(Date.UTC(2026, 0, 2) / 1000) })
    const [change] = report(ALIVE, { headers: stated('0.12') })
    const window = { name: '5h', status: 'allowed', utilization: 0.12, resetsAt: Date.UTC(2026, 0, 2), seenAt: clock.now() }
    assert.deepEqual(change, { accountId: '1', type: 'windows', windows: [window] })
    assert.deepEqual(report(ALIVE, { headers: stated('0.125') }), [])
    assert.equal(report(ALIVE, { headers: stated('0.13') }).length, 1)
    for (const less of ['0.12', '0.11']) assert.equal(report(ALIVE, { headers: stated(less) }).length, 1, less)
    assert.equal(report(ALIVE, { headers: stated('0.13', 'allowed_warning') }).length, 1)
    assert.equal(report(ALIVE, { headers: stated('0.14', 'allowed_warning') }).length, 1)
    assert.equal(report(ALIVE, { headers: stated('unknown', 'allowed_warning') }).length, 1)
    assert.equal(
      report(ALIVE, { headers: { ...stated('unknown', 'allowed_warning'), ...unified({ '5h-reset': '1' }) } }).length,
      1
    )
    report(ALIVE, { headers: stated('0.13') })
    report(FAILED, { headers: stated('0.9') })
    assert.equal(health.windowsOf('1')[0]?.utilization, 0.13)
    limit(MINUTE)
    report(limited(true, null), { headers: stated('1', 'rejected') })
    assert.equal(health.windowsOf('1')[0]?.status, 'rejected')
  })

  test('are read as soon as a response begins, and not from a failure', () => {
    const { report, health } = setUp()
    report(FAILED, { headers: unified({ '5h-status': 'allowed' }) })
    assert.deepEqual(health.windowsOf('1'), [])
    report('answering', { headers: unified({ '5h-status': 'allowed' }) })
    assert.deepEqual(
      health.windowsOf('1').map(({ name }) => name),
      ['5h']
    )
  })

  test('that are nearly used up rank an account last until they reset', () => {
    const { clock, health, report } = setUp()
    const state = (name: string, utilization: string, resetS: number) =>
      report(ALIVE, { headers: unified({ [`${name}-utilization`]: utilization, [`${name}-reset`]: at(resetS, clock) }) })
    assert.deepEqual(health.rank('1'), { usedLast: false, windowResetsAt: Infinity })
    state('5h', '0.95', 60)
    state('7d', '0.5', 600)
    state('7d_oi', '0.5', 6)
    assert.deepEqual(health.rank('1'), { usedLast: false, windowResetsAt: clock.now() + 60_000 })
    state('7d_oi', '0.96', 300)
    assert.equal(health.rank('1').usedLast, true)
    clock.leap(299_999)
    assert.deepEqual(health.rank('1'), { usedLast: true, windowResetsAt: clock.now() + 300_001 })
    clock.leap(1)
    assert.equal(health.rank('1').usedLast, false)
  })

  test('of ever new names do not pile up', () => {
    const { clock, health, report } = setUp()
    for (let index = 0; index < 50; index++) {
      report(ALIVE, { headers: unified({ [`w${index}-status`]: 'allowed' }) })
      clock.leap(1)
    }
    assert.equal(health.windowsOf('1').length, 10)
    assert.ok(health.windowsOf('1').some(({ name }) => name === 'w49'))
  })
})

test('what the database says replaces what was known, and a probe goes on', () => {
  const { clock, health, limit, report, state } = setUp()
  report(OVERLOADED)
  const overload = health.cooldownsOf('1')
  limit(60 * MINUTE)
  clock.leap(5 * MINUTE)
  health.replace('1', { cooldowns: structuredClone(overload), windows: [], status: 'active' })
  assert.equal(health.claimProbe('1', OPUS, 'a'), true)
  health.replace('1', { cooldowns: structuredClone(overload), windows: [], status: 'active' })
  assert.equal(state(), 'out')
  report(ALIVE, { holder: 'a' })
  assert.equal(state(), 'ok')
})

test('accounts that are gone are forgotten', () => {
  const { health, limit } = setUp()
  limit(MINUTE)
  health.forget(['1', '2'])
  assert.equal(health.cooldownsOf('1').length, 1)
  health.forget(['2'])
  assert.deepEqual(health.cooldownsOf('1'), [])
})

test('whatever happens: no way past a cooldown, one probe at a time, and an end to everything', () => {
  const holder = fc.constantFrom('a', 'b', 'c')
  const model = fc.constantFrom(OPUS, OLD_OPUS, SONNET)
  const until = fc.option(fc.integer({ min: -MINUTE, max: 999 * MINUTE }))
  const seen = fc.constantFrom<Sign>(
    ALIVE,
    limited(true, null),
    limited(false, null),
    OVERLOADED,
    verdict('money or standing', '402'),
    FORBIDDEN,
    verdict('feature', '403'),
    verdict('passing limit', '429'),
    FAILED,
    FAILED,
    FAILED
  )
  const step = fc.oneof(
    fc.record({
      do: fc.constant('report' as const),
      seen,
      until,
      holder,
      model,
      last: fc.boolean()
    }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12 * MINUTE }) }),
    fc.record({ do: fc.constant('claim' as const), holder, model }),
    fc.record({ do: fc.constant('release' as const), holder }),
    fc.record({ do: fc.constant('clear' as const) })
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, health } = setUp()
      /** The cooldowns as the changes tell them. */
      const told = new Map<string, Cooldown>()
      const probing = new Map<string, string>()
      for (const next of steps) {
        if (next.do === 'wait') clock.leap(next.ms)
        else if (next.do === 'release') {
          health.releaseProbe(next.holder)
          for (const [key, by] of probing) if (by === next.holder) probing.delete(key)
        } else if (next.do === 'claim') {
          const { state } = health.standing('1', next.model)
          if (health.claimProbe('1', next.model, next.holder) && state === 'probe') {
            for (const { kind: cooling, until: ends } of health.cooldownsOf('1')) {
              const key = `${cooling} ${ends}`
              if (cooling !== 'failures' && cooling !== 'overloaded') continue
              assert.ok(!probing.has(key) || probing.get(key) === next.holder)
              probing.set(key, next.holder)
            }
          }
        } else {
          const changes =
            next.do === 'clear'
              ? health.clear('1')
              : health.report(
                  '1',
                  next.model,
                  typeof next.seen === 'string'
                    ? next.seen
                    : { ...next.seen, until: next.until === null ? null : clock.now() + next.until },
                  { headers: null, isLastUsable: next.last, holder: next.holder }
                )
          if (next.do === 'clear') probing.clear()
          else for (const [key, by] of probing) if (by === next.holder) probing.delete(key)
          for (const change of changes) {
            assert.ok(change.type === 'cooldown')
            const key = (cooldown: Cooldown) => `${cooldown.kind} ${cooldown.scope}`
            if (change.after === null) told.delete(key(change.before!))
            else {
              assert.ok(change.before === null || change.after.until >= change.before.until)
              told.set(key(change.after), change.after)
            }
          }
        }
        for (const [key, by] of probing) {
          if (!health.cooldownsOf('1').some((cooldown) => key === `${cooldown.kind} ${cooldown.until}`)) probing.delete(key)
          assert.match(by, /[abc]/)
        }
        const inForce = [...told.values()].filter(({ kind: told, until: ends }) => told === 'failures' || ends > clock.now())
        assert.deepEqual(new Set(health.cooldownsOf('1')), new Set(inForce))
        for (const asked of [OPUS, OLD_OPUS, SONNET]) {
          const scopes = ['', asked === SONNET ? 'family:sonnet' : 'family:opus', `model:${asked.replace(/-\d{8}$/, '')}`]
          const covered = inForce.filter(({ scope }) => scopes.includes(scope))
          const standing = health.standing('1', asked)
          assert.equal(standing.state === 'ok', covered.length === 0)
          if (standing.state !== 'out') continue
          assert.ok(standing.backAt > clock.now())
          if (standing.cooldown.kind !== 'failures') assert.ok(standing.backAt <= standing.cooldown.until)
          assert.ok(standing.backAt <= clock.now() + RULES.cooldownMaxMs)
        }
        for (const { level, until: ends } of inForce) {
          assert.ok(level >= 1 && level <= 30)
          assert.ok(ends <= clock.now() + RULES.cooldownMaxMs)
        }
      }
    }),
    times(300)
  )
})

await suite('a failure of a request', async () => {
  test('that failed elsewhere first is not held against the account, unless it was a probe', () => {
    const { clock, health, report, state } = setUp({ breakerFailures: 2 })
    for (let n = 0; n < 5; n++) report(FAILED, { countsFailure: false })
    assert.equal(state(), 'ok')
    for (let n = 0; n < 2; n++) report(FAILED)
    assert.equal(state(), 'out')
    clock.leap(MINUTE)
    assert.equal(health.claimProbe('1', OPUS, 'a'), true)
    report(FAILED, { holder: 'a', countsFailure: false })
    assert.equal(health.cooldownsOf('1')[0]!.level, 2)
  })

  test('that is denied a wish of its own counts as a response', () => {
    const { report, state } = setUp({ breakerFailures: 2 })
    report(FAILED)
    assert.deepEqual(report(verdict('feature', '403')), [])
    report(FAILED)
    assert.equal(state(), 'ok')
  })

  test('may still be under way as a probe when the next one is let through', () => {
    const { clock, health, report } = setUp({ breakerFailures: 1 })
    report(FAILED)
    clock.leap(MINUTE)
    assert.deepEqual([health.claimProbe('1', OPUS, 'a'), health.claimProbe('1', OPUS, 'b')], [true, false])
    clock.leap(30_000)
    assert.equal(health.claimProbe('1', OPUS, 'b'), true)
  })

  test('closes a breaker on trial only when it has begun to answer', () => {
    const { clock, report, state } = setUp()
    for (let n = 0; n < 3; n++) report(FAILED)
    clock.leap(MINUTE)
    report('answering')
    assert.equal(state(), 'ok')
    report(FAILED)
    assert.equal(state(), 'out')
    clock.leap(MINUTE)
    report('answering')
    report(ALIVE)
    report(FAILED)
    assert.equal(state(), 'ok')
  })
})

await suite('a 401', async () => {
  const DOUBT = verdict('credential in doubt', '401')

  test('rests the account for a moment, then one request tries it; a second one confirms it', () => {
    const { clock, health, report, state, backInMs } = setUp()
    const [change] = report(DOUBT)
    assert.ok(change?.type === 'cooldown')
    assert.deepEqual([change.after?.kind, change.after?.scope, backInMs()], ['unauthorized', '', 5000])
    // Others that were under way are refused alike: that confirms nothing.
    assert.deepEqual(report(DOUBT), [])
    clock.leap(5000)
    assert.equal(state(), 'probe')
    assert.deepEqual([health.claimProbe('1', OPUS, 'a'), health.claimProbe('1', SONNET, 'b')], [true, false])
    assert.deepEqual(report(DOUBT, { holder: 'b' }), [])
    const changes = report(DOUBT, { holder: 'a' })
    assert.deepEqual(
      changes.map(({ type }) => type),
      ['cooldown', 'error']
    )
    assert.equal(health.errorOf('1'), '401')
  })

  test('that passed leaves nothing behind', () => {
    for (const sign of [ALIVE, verdict('bad request', '400')] as const) {
      const { clock, health, report, state } = setUp()
      report(DOUBT)
      clock.leap(9999 * MINUTE)
      assert.equal(state(), 'probe')
      health.claimProbe('1', OPUS, 'a')
      report(sign, { holder: 'a' })
      assert.deepEqual([state(), health.cooldownsOf('1'), health.errorOf('1')], ['ok', [], null])
    }
  })
})

test('a rest of hours is tried now and then until it is over, and told by its end', () => {
  const { clock, health, report, limit, state, backInMs } = setUp({ cooldownProbeMs: 15 * MINUTE })
  limit(60 * MINUTE)
  assert.equal(backInMs(), 60 * MINUTE)
  for (let quarter = 1; quarter <= 2; quarter++) {
    clock.leap(15 * MINUTE)
    assert.equal(state(), 'probe')
    assert.deepEqual([health.claimProbe('1', OPUS, 'a'), health.claimProbe('1', OPUS, 'b')], [true, false])
    limit((60 - 15 * quarter) * MINUTE)
    const changes = report(limited(true, clock.now() + (60 - 15 * quarter) * MINUTE), { holder: 'a' })
    assert.equal(changes.length, 1)
    assert.deepEqual([state(), backInMs()], ['out', (60 - 15 * quarter) * MINUTE])
  }
  clock.leap(15 * MINUTE)
  health.claimProbe('1', OPUS, 'a')
  report(ALIVE, { holder: 'a' })
  assert.equal(state(), 'ok')
  limit(15 * MINUTE)
  assert.equal(health.cooldownsOf('1')[0]?.probeAt, null)
})

test('a limit of a speed leaves the usual one alone', () => {
  const { health, report, state } = setUp()
  report({ ...verdict('limit of a speed', '429'), until: null }, { speed: 'fast' })
  assert.deepEqual([state(), health.standing('1', SONNET, 'fast').state], ['ok', 'out'])
})

test('a limit of a family that is named by the upstream bars that one', () => {
  const { health, report, state } = setUp()
  report({ ...limited(false, null), family: 'fable' })
  assert.deepEqual([state(), health.standing('1', 'claude-fable-5').state], ['ok', 'out'])
})

await suite('an origin', async () => {
  const UNREACHED = verdict('unreachable', 'getaddrinfo ENOTFOUND')
  const PEERS = { peersOf: () => ['1', '2', '3'], breakerFailures: 3 }

  function outage() {
    const made = setUp(PEERS)
    const at = (id: string, sign: Sign, holder = 'x') =>
      made.health.report(id, OPUS, sign, { headers: null, isLastUsable: false, holder })
    return { ...made, at, states: () => ['1', '2', '3'].map((id) => made.health.standing(id, OPUS).state) }
  }

  test('that cannot be reached takes all its accounts out, and one request tries it for all', () => {
    const { clock, health, at, states } = outage()
    assert.deepEqual([at('1', UNREACHED), at('2', UNREACHED)], [[], []])
    assert.equal(at('3', UNREACHED).length, 3)
    // 20 minutes of it: the try after them comes as soon as the first one did.
    for (let round = 0; round < 120; round++) {
      assert.deepEqual(states(), ['out', 'out', 'out'])
      clock.leap(10_000)
      assert.deepEqual(states(), ['probe', 'probe', 'probe'])
      assert.deepEqual([health.claimProbe('2', OPUS, 'a'), health.claimProbe('1', OPUS, 'b')], [true, false])
      assert.equal(at('2', UNREACHED, 'a').length, 3)
    }
    clock.leap(10_000)
    health.claimProbe('3', OPUS, 'a')
    assert.equal(at('3', verdict('overload', '529'), 'a').filter(({ type }) => type === 'cooldown').length, 4)
    assert.deepEqual(states(), ['ok', 'ok', 'out'])
  })

  test('that answers in between is none that cannot be reached', () => {
    const { at, states } = outage()
    for (let round = 0; round < 5; round++) {
      at('1', UNREACHED)
      at('2', UNREACHED)
      at('3', verdict('bad request', '400'))
    }
    assert.deepEqual(states(), ['ok', 'ok', 'ok'])
  })

  test('whose accounts all fail leaves none of them alone for long', () => {
    const { clock, health, at } = outage()
    const FAULT = verdict('no answer', 'other side closed')
    const fail = (id: string) => {
      for (let count = 0; count < 3; count++) at(id, FAULT)
    }
    const restOf = (id: string) => health.cooldownsOf(id)[0]!.until - clock.now()
    fail('1')
    fail('2')
    assert.deepEqual([restOf('1'), restOf('2')], [MINUTE, MINUTE])
    fail('3')
    assert.equal(restOf('3'), 10_000)
    clock.leap(MINUTE)
    for (let round = 0; round < 20; round++) {
      for (const id of ['1', '2', '3']) {
        health.claimProbe(id, OPUS, `probe of ${id}`)
        at(id, FAULT, `probe of ${id}`)
        assert.ok(restOf(id) <= 10_000)
      }
      clock.leap(10_000)
    }
  })
})
