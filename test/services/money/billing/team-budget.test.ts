import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCalendar } from '../../../../services/money/billing/calendar.ts'
import {
  addToTeam,
  memberRemainingNano,
  raisedLimit,
  refusedBy,
  teamRefusalOf,
  teamStandings,
  type MemberTerms,
  type TeamSpending,
  type TeamTerms
} from '../../../../services/money/billing/team-budget.ts'
import type { QuotaWindow, WindowKind, WindowPolicy } from '../../../../services/money/billing/quota-windows.ts'
import { fc, times } from '../../../support/fuzz.ts'

const UTC: WindowPolicy = { anchor: 'calendar', calendar: createCalendar('UTC') }
const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
const NOON = Date.parse('2026-03-10T12:00:00Z') // a Tuesday
const KINDS: WindowKind[] = ['day', 'week', 'month']

const unused = (): TeamSpending => ({
  windows: KINDS.map((kind): QuotaWindow => ({ kind, startedAt: null, usedNano: 0n })),
  members: new Map()
})
const member = (guaranteed: bigint | null, cap: bigint | null = null): MemberTerms => ({
  guaranteed: { day: guaranteed },
  cap: { limits: { day: cap }, raises: [] }
})
const terms = (limit: bigint | null, members: Record<string, MemberTerms>): TeamTerms => ({
  pool: { limits: { day: limit }, raises: [] },
  members: new Map(Object.entries(members))
})
const charged = (spending: TeamSpending, userId: string, nano: bigint, at = NOON) => addToTeam(spending, UTC, userId, at, nano)
const byOf = (of: TeamTerms, spending: TeamSpending, userId: string, at = NOON) =>
  teamRefusalOf(of, spending, userId, UTC, at)?.by ?? null
const dayOf = (of: TeamTerms, spending: TeamSpending, userId: string, at = NOON) =>
  teamStandings(of, spending, userId, UTC, at).find(({ kind }) => kind === 'day')!

test('what others leave idle may be used up, what is guaranteed to them may not', () => {
  const team = terms(100n, { ann: member(30n), bob: member(null) })
  const spending = charged(unused(), 'bob', 69n)
  assert.equal(byOf(team, spending, 'bob'), null)
  const more = charged(spending, 'bob', 1n)
  assert.deepEqual(teamRefusalOf(team, more, 'bob', UTC, NOON), {
    by: 'pool',
    kind: 'day',
    resetsAt: Date.parse('2026-03-11T00:00:00Z'),
    usedNano: 70n,
    limitNano: 100n
  })
  assert.equal(byOf(team, more, 'ann'), null)
  assert.equal(memberRemainingNano(dayOf(team, more, 'ann')), 30n)
})

test('without guarantees all of the pool may be borrowed by one', () => {
  const team = terms(100n, { ann: member(null), bob: member(null) })
  assert.equal(byOf(team, charged(unused(), 'bob', 99n), 'bob'), null)
  assert.equal(byOf(team, charged(unused(), 'bob', 100n), 'ann'), 'pool')
})

test('a cap holds however much of the pool is left, and whatever is guaranteed', () => {
  const team = terms(100n, { ann: member(20n, 20n), bob: member(null, 5n) })
  assert.equal(byOf(team, charged(unused(), 'bob', 5n), 'bob'), 'cap')
  assert.equal(byOf(team, charged(unused(), 'ann', 20n), 'ann'), 'cap')
  assert.equal(byOf(terms(null, { bob: member(null, 5n) }), charged(unused(), 'bob', 5n), 'bob'), 'cap')
})

test('of several windows that refuse the one that resets last is named', () => {
  const team: TeamTerms = {
    pool: { limits: { day: 5n, week: 6n, month: 100n }, raises: [] },
    members: new Map([['ann', { guaranteed: {}, cap: { limits: { day: 1n, month: 7n }, raises: [] } }]])
  }
  const refusal = teamRefusalOf(team, charged(unused(), 'ann', 6n), 'ann', UTC, NOON)
  assert.deepEqual([refusal?.by, refusal?.kind, refusal?.resetsAt], ['pool', 'week', Date.parse('2026-03-16T00:00:00Z')])
})

test('a raise holds until its end, for its own kind of window, and of no limit it makes none', () => {
  const raises = [
    { kind: 'day' as const, amountNano: 50n, until: NOON + HOUR_MS },
    { kind: 'day' as const, amountNano: 7n, until: NOON + 2 * HOUR_MS }
  ]
  const raised = { limits: { day: 100n, week: null }, raises }
  assert.equal(raisedLimit(raised, 'day', NOON + HOUR_MS - 1), 157n)
  assert.equal(raisedLimit(raised, 'day', NOON + HOUR_MS), 107n)
  assert.equal(raisedLimit(raised, 'day', NOON + 2 * HOUR_MS), 100n)
  assert.equal(raisedLimit(raised, 'week', NOON), null)
  const team = { pool: raised, members: new Map([['ann', member(null, 10n)]]) }
  const capRaised = { ...team, members: new Map([['ann', { guaranteed: {}, cap: { limits: { day: 10n }, raises } }]]) }
  const spending = charged(unused(), 'ann', 10n)
  assert.equal(byOf(team, spending, 'ann'), 'cap')
  assert.equal(byOf(capRaised, spending, 'ann'), null)
})

test('where a clock steps over a window’s end, all are judged by the latest day that is known', () => {
  const team = terms(100n, { ann: member(60n), bob: member(null) })
  const today = charged(unused(), 'ann', 60n)
  const tomorrow = charged(today, 'bob', 40n, NOON + DAY_MS)
  // Bob's clock is behind again: the pool is tomorrow's, and so is what is kept for Ann, of which she has used nothing yet.
  assert.equal(dayOf(team, tomorrow, 'bob', NOON).heldNano, 60n)
  assert.equal(byOf(team, tomorrow, 'bob', NOON), 'pool')
  assert.equal(dayOf(team, tomorrow, 'ann', NOON).member.usedNano, 0n)
  assert.equal(byOf(team, tomorrow, 'ann', NOON), null)
})

test('a new window begins for the pool and all its members at once', () => {
  const team = terms(100n, { ann: member(60n, 60n), bob: member(null) })
  const spending = charged(charged(unused(), 'ann', 60n), 'bob', 40n)
  assert.deepEqual([byOf(team, spending, 'ann'), byOf(team, spending, 'bob')], ['cap', 'pool'])
  const midnight = Date.parse('2026-03-11T00:00:00Z')
  assert.deepEqual([byOf(team, spending, 'ann', midnight - 1), byOf(team, spending, 'bob', midnight - 1)], ['cap', 'pool'])
  assert.deepEqual([byOf(team, spending, 'ann', midnight), byOf(team, spending, 'bob', midnight)], [null, null])
  assert.equal(dayOf(team, spending, 'bob', midnight).heldNano, 60n)
})

const PEOPLE = ['ann', 'bob', 'cem', 'dee']
/** Σ guarantees ≤ the pool's limit, as is checked wherever they are set. */
const team = fc
  .record({
    guarantees: fc.array(fc.bigInt({ min: 0n, max: 40n }), { minLength: 4, maxLength: 4 }),
    caps: fc.array(fc.option(fc.bigInt({ min: 40n, max: 120n })), { minLength: 4, maxLength: 4 }),
    spare: fc.bigInt({ min: 0n, max: 60n })
  })
  .map(({ guarantees, caps, spare }) => {
    const limit = guarantees.reduce((sum, guaranteed) => sum + guaranteed, spare + 1n)
    return terms(limit, Object.fromEntries(PEOPLE.map((name, n) => [name, member(guarantees[n]!, caps[n])])))
  })
const asked = fc.array(
  fc.record({
    name: fc.constantFrom(...PEOPLE),
    nano: fc.bigInt({ min: 0n, max: 30n }),
    afterMs: fc.integer({ min: -2 * HOUR_MS, max: 20 * HOUR_MS })
  }),
  { maxLength: 60 }
)

test('whatever was asked in whatever order, every guarantee is still there for who has it', () => {
  fc.assert(
    fc.property(team, asked, (of, requests) => {
      let spending = unused()
      let at = NOON
      for (const { name, nano, afterMs } of requests) {
        at += afterMs
        if (byOf(of, spending, name, at) === null) spending = charged(spending, name, nano, at)
        for (const one of PEOPLE) {
          const standing = dayOf(of, spending, one, at)
          const { guaranteedNano, usedNano, capNano } = standing.member
          const mayUse = usedNano < guaranteedNano && (capNano === null || usedNano < capNano)
          if (mayUse) assert.equal(refusedBy(standing), null, `${one} has ${guaranteedNano - usedNano} left of a guarantee`)
        }
      }
    }),
    times(200)
  )
})

test('the pool is passed by no more than what the last request of each member went beyond what was left for it', () => {
  fc.assert(
    fc.property(team, asked, (of, requests) => {
      let spending = unused()
      const beyond = new Map<string, bigint>()
      for (const { name, nano } of requests) {
        const before = dayOf(of, spending, name)
        const left = memberRemainingNano(before)
        if (refusedBy(before) !== null) {
          assert.equal(left, 0n)
          continue
        }
        assert.ok(left === null || left > 0n)
        spending = charged(spending, name, nano)
        if (left !== null && nano > left) beyond.set(name, (beyond.get(name) ?? 0n) + nano - left)
      }
      const { usedNano, limitNano } = dayOf(of, spending, 'ann').pool
      const most = [...beyond.values()].reduce((sum, nano) => sum + nano, limitNano!)
      assert.ok(usedNano <= most, `${usedNano} was used of ${limitNano}, and only ${most} is explained`)
      // A request that stays within what is left for its member never has the pool passed.
      if (beyond.size === 0) assert.ok(usedNano <= limitNano!)
    }),
    times(300)
  )
})

test('the sum of what the members were charged is what the pool was', () => {
  fc.assert(
    fc.property(asked, (requests) => {
      let spending = unused()
      let at = NOON
      for (const { name, nano, afterMs } of requests) spending = charged(spending, name, nano, (at += Math.abs(afterMs)))
      const days = PEOPLE.map((name) => dayOf(terms(1n, {}), spending, name, at))
      assert.equal(
        days.reduce((sum, { member: { usedNano } }) => sum + usedNano, 0n),
        days[0]!.pool.usedNano
      )
    }),
    times(100)
  )
})
