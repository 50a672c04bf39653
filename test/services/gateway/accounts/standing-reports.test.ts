import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStandingReports } from '../../../../services/gateway/accounts/standing-reports.ts'
import type { Cooldown } from '../../../../services/resources/accounts/cooldowns.ts'
import type { AccountRecord } from '../../../../services/resources/records/accounts.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const COOLDOWN: Cooldown = { kind: 'overloaded', scope: '', reason: '529', since: 0, until: 1, probeAt: null, level: 1 }

const record = (name: string) =>
  ({ id: name, name, status: 'active', schedulable: true, concurrency: 3, groups: [{ name: 'team' }] }) as AccountRecord

function setUp({ load = async () => {}, used = ['team'] as string[] | undefined } = {}) {
  const clock = createVirtualClock()
  const report = createStandingReports({
    directory: {
      load,
      known: () => [record('good'), record('unread'), record('refused'), record('cooling')],
      problemOf: (id) => (id === 'unread' ? 'cannot be read' : null)
    },
    health: {
      errorOf: (id) => (id === 'refused' ? '401' : null),
      cooldownsOf: (id) => (id === 'cooling' ? [COOLDOWN] : []),
      windowsOf: () => []
    },
    usedGroups: { current: async () => used ?? [], last: () => used },
    clock
  })
  return { clock, report }
}

test('each account is reported by what the directory and its health know', async () => {
  const { accounts } = await setUp().report()
  assert.deepEqual(
    accounts.map(({ name, state, problem, limit }) => [name, state, problem, limit]),
    [
      ['good', 'available', null, 3],
      ['unread', 'error', 'cannot be read', 3],
      ['refused', 'error', '401', 3],
      ['cooling', 'cooling_down', null, 3]
    ]
  )
})

test('groups that no account can serve are named, among those that are used', async () => {
  const { groups } = await setUp({ used: ['team', 'empty'] }).report()
  assert.deepEqual([groups.used, groups.unserved.map(({ group }) => group)], [2, ['empty']])
  assert.deepEqual((await setUp({ used: undefined }).report()).groups.used, 1)
})

test('a database that does not respond is waited for half a second, one that is away not at all', async () => {
  const away = setUp({ load: () => Promise.reject(new Error('away')) })
  assert.equal((await away.report()).accounts.length, 4)
  const { clock, report } = setUp({ load: () => new Promise<void>(() => {}) })
  let isDone = false
  void report().then(() => (isDone = true))
  await clock.advance(499)
  assert.equal(isDone, false)
  await clock.advance(1)
  assert.equal(isDone, true)
})
