import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cooldown } from '../../../../services/resources/accounts/cooldowns.ts'
import { addChange, joinPending, nothingPending } from '../../../../services/gateway/accounts/health-backlog.ts'

const cooldown = (until: number, scope = ''): Cooldown => ({
  kind: 'rate_limit',
  scope,
  reason: '429',
  since: 0,
  until,
  probeAt: null,
  level: 1
})

function pendingOf(changes: [before: Cooldown | null, after: Cooldown | null][], byOperator = false) {
  const pending = nothingPending('1')
  for (const [before, after] of changes) addChange(pending, { accountId: '1', type: 'cooldown', before, after }, byOperator)
  return pending
}

const entry = (at: number) => ({ at, actor: 'sluice', action: 'a', subject: 's', detail: {}, exchangeId: null })

test('of several changes of a cooldown the last one counts, in place of the longest that was known', () => {
  const removed = [cooldown(9), null] as [Cooldown, null]
  const placed = [null, cooldown(5)] as [null, Cooldown]
  const expected = new Map([['rate_limit ', { before: null, after: cooldown(5), knownUntil: 9 }]])
  assert.deepEqual(pendingOf([removed, placed]).cooldowns, expected)
  assert.deepEqual(joinPending(pendingOf([removed]), pendingOf([placed])).cooldowns, expected)
})

test('what an operator has cleared is replaced whatever the database says', () => {
  const joined = joinPending(pendingOf([[cooldown(9), null]], true), pendingOf([[null, cooldown(5)]]))
  assert.equal(joined.cooldowns.get('rate_limit ')?.knownUntil, null)
})

test('what could not be stored is kept where nothing newer has come', () => {
  const resolve = () => {}
  const window = { name: '5h', status: null, utilization: 1, resetsAt: null, seenAt: 0 }
  const refused = { reason: '401', signInEnded: false }
  const earlier = {
    ...pendingOf([[null, cooldown(5)]]),
    error: refused,
    windows: [window],
    audits: [entry(1)],
    waiting: [resolve]
  }
  const later = { ...pendingOf([[null, cooldown(5, 'family:opus')]]), audits: [entry(2)] }
  const joined = joinPending(earlier, later)
  assert.deepEqual([...joined.cooldowns.keys()], ['rate_limit ', 'rate_limit family:opus'])
  assert.deepEqual([joined.error, joined.windows, joined.audits], [refused, [window], [entry(1), entry(2)]])
  assert.deepEqual(joined.waiting, [resolve])
  const ended = { reason: 'sign-in has ended', signInEnded: true }
  assert.equal(joinPending(earlier, { ...later, error: ended }).error, ended)
})
