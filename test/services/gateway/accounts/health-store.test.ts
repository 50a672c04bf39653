import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HealthChange } from '../../../../services/gateway/accounts/account-health.ts'
import type { Cooldown } from '../../../../services/resources/accounts/cooldowns.ts'
import { createHealthStore } from '../../../../services/gateway/accounts/health-store.ts'
import type { Connectable } from '../../../../services/platform/database/queryable.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const SELF = { actor: 'sluice', exchangeId: null }

/** A database that can be away for some accounts, hang, and tells what was committed. */
function pretendDatabase() {
  const committed: { text: string; values: unknown[] }[] = []
  const state = { away: new Set<string>(), hanging: false, attempts: 0 }
  const query = async () => assert.fail('statements are made in transactions')
  const connect = async () => {
    state.attempts += 1
    if (state.hanging) await new Promise(() => {})
    let statements: typeof committed = []
    return {
      query: async (text: string, values: unknown[] = []) => {
        if (state.away.has(String(values[0]))) throw new Error('away')
        if (text === 'begin') statements = []
        else if (text === 'commit') committed.push(...statements)
        else statements.push({ text, values })
        return { rowCount: 1, rows: [] }
      },
      release: () => {}
    }
  }
  return { db: { query, connect } as unknown as Connectable, committed, state }
}

function setUp() {
  const database = pretendDatabase()
  const clock = createVirtualClock()
  const lines: { level: string; fields: unknown }[] = []
  const log = {
    warn: (fields: unknown) => void lines.push({ level: 'warn', fields }),
    error: (fields: unknown) => void lines.push({ level: 'error', fields })
  }
  let stored = 0
  const store = createHealthStore({ ...database, clock, log, retryMs: 100, onStored: () => (stored += 1) })
  const audits = () => database.committed.filter(({ text }) => text.startsWith('insert into audit_log'))
  return { ...database, clock, lines, store, storedTimes: () => stored, audits }
}

const cooldown = (since: number, changes: Partial<Cooldown> = {}): Cooldown => ({
  kind: 'rate_limit',
  scope: '',
  reason: '429',
  since,
  until: since + 60_000,
  probeAt: null,
  level: 1,
  ...changes
})

const placed = (accountId: string, after: Cooldown): HealthChange => ({ accountId, type: 'cooldown', before: null, after })

test('one account that cannot be stored does not keep the others', async () => {
  const { store, state, clock, committed, lines, storedTimes } = setUp()
  state.away.add('1')
  for (const id of ['1', '2', '3']) store.record(`account-${id}`, [placed(id, cooldown(clock.now()))], SELF)
  assert.deepEqual(
    ['1', '2', '3', '4'].map((id) => store.isPending(id)),
    [true, true, true, false]
  )
  await until('the first has failed', () => clock.pendingTimers() === 1)
  await clock.advance(100)
  await until('the others are stored', () => !store.isPending('2') && !store.isPending('3'))
  assert.equal(store.isPending('1'), true)
  state.away.clear()
  await until('it has failed again', () => clock.pendingTimers() === 1)
  await clock.advance(200)
  await store.flush()
  assert.equal(store.isPending('1'), false)
  assert.deepEqual(
    new Set(committed.map(({ values }) => values[0]).filter((id) => typeof id === 'string')),
    new Set(['1', '2', '3'])
  )
  assert.equal(storedTimes(), 3)
  assert.equal(lines.length, 2, 'one line for each time that it begins to fail')
})

test('a read that began before the change was stored is older than it', async () => {
  const { store, clock } = setUp()
  store.record('main', [placed('1', cooldown(clock.now()))], SELF)
  await store.flush()
  const storedAt = clock.uptime()
  assert.deepEqual(
    [store.isPending('1'), store.isPending('1', storedAt), store.isPending('1', storedAt + 1)],
    [false, true, false]
  )
})

test('the pauses grow, up to half a minute', async () => {
  const { store, state, clock } = setUp()
  state.away.add('1')
  store.record('main', [placed('1', cooldown(clock.now()))], SELF)
  for (const pauseMs of [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]) {
    await until('it has failed', () => clock.pendingTimers() === 1)
    const { attempts } = state
    await clock.advance(pauseMs - 1)
    assert.equal(state.attempts, attempts)
    await clock.advance(1)
    assert.equal(state.attempts, attempts + 1)
  }
})

test('with the database away for long, memory stays bounded and the log says what is lost', async () => {
  const { store, state, clock, committed, lines, audits } = setUp()
  state.away.add('1')
  for (let index = 0; index < 2500; index++) {
    store.record('main', [placed('1', cooldown(clock.now(), { until: clock.now() + index }))], SELF)
    clock.leap(1)
  }
  await until('it has failed', () => clock.pendingTimers() === 1)
  state.away.clear()
  await clock.advance(100)
  await store.flush()
  assert.equal(audits().length, 1000)
  const detail = audits().at(-1)?.values[4] as { after: { until: string } }
  assert.equal(detail.after.until, new Date(clock.now() - 100 - 1 + 2499).toISOString())
  assert.equal(committed.filter(({ text }) => text.startsWith('insert into account_cooldowns')).length, 1)
  assert.deepEqual(lines.at(-1), { level: 'warn', fields: { dropped: 1500 } })
})

test('stopping tries once more, and gives up on what cannot be stored', async () => {
  const { store, state, clock, lines, audits } = setUp()
  state.away.add('1')
  store.record('main', [placed('1', cooldown(clock.now()))], SELF)
  await until('it has failed', () => clock.pendingTimers() === 1)
  const flushed = store.flush()
  await store.stop()
  await flushed
  assert.deepEqual(lines.at(-1), { level: 'error', fields: { accounts: 1 } })
  assert.equal(clock.pendingTimers(), 0)

  const second = setUp()
  second.state.away.add('1')
  second.store.record('main', [placed('1', cooldown(clock.now()))], SELF)
  await until('it has failed', () => second.clock.pendingTimers() === 1)
  second.state.away.clear()
  await second.store.stop()
  assert.deepEqual([second.audits().length, audits().length, second.lines.length], [1, 0, 1])
})

test('stopping does not wait for a database that never answers', async () => {
  const { store, state, clock, lines } = setUp()
  state.hanging = true
  store.record('main', [placed('1', cooldown(clock.now()))], SELF)
  const stopped = store.stop()
  await clock.advance(5000)
  await stopped
  assert.deepEqual(lines, [{ level: 'error', fields: { accounts: 1 } }])
})
