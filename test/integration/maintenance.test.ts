import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type pg from 'pg'
import { createHousekeeping } from '../../services/operations/office/housekeeping.ts'
import { DAY_MS } from '../../services/platform/database/partitions.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { ensureUsagePartitions } from '../../services/money/records/usage-retention.ts'
import { readSettings } from '../../services/resources/set-up/settings.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { postgresPool } from '../support/databases.ts'
import { provision } from '../support/provisioned.ts'
import { createTestLog } from '../support/journal-fixtures.ts'
import { tracedDays } from '../support/traces.ts'
import { until } from '../support/until.ts'
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts'

const NOON = Date.UTC(2026, 10, 23, 12)

interface Given {
  pool: pg.Pool
  clock?: VirtualClock
  random?: () => number
  env?: Record<string, string>
  hasWebhook?: boolean
}

async function replica(t: TestContext, given: Given) {
  const { pool, clock = createVirtualClock(NOON), random = () => 0.5, env = {}, hasWebhook = false } = given
  const log = createTestLog()
  const settings = readSettings({ TRACE_RETENTION_DAYS: '2', ...env })
  const { maintenanceIntervalMs: intervalMs, traceRetentionDays, usageRetentionDays } = settings
  const tools = { db: pool, clock, random, intervalMs, traceRetentionDays, usageRetentionDays, hasWebhook, log }
  const house = createHousekeeping(tools)
  t.after(() => house.close())
  await house.start()
  await house.maintainAll()
  const troubles = () => log.lines.filter(({ level }) => level !== 'info').map(({ message }) => message)
  return { house, clock, troubles }
}

async function usageMonths(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'usage_events'::regclass order by 1"
  )
  return rows.map(({ name }) => name.replace('usage_events_', ''))
}

test('tables are seen to', async (t) => {
  const pool = await postgresPool(t)
  const { user, walletUse } = await provision(pool)
  const longAgo = Date.UTC(2025, 9, 10)
  const old = pricedAttempt('old.1', { sent: { ...walletUse, createdAt: longAgo } })
  await settleAttempts(pool, [old, pricedAttempt('edge.1', { sent: { ...walletUse, createdAt: Date.UTC(2025, 9, 31) } })])

  await t.test('at start this month and the next two are there, and each later month in time', async (t) => {
    const { house, clock } = await replica(t, { pool })
    assert.deepEqual(await usageMonths(pool), ['2025_10', '2026_11', '2026_12', '2027_01'])
    assert.deepEqual(await tracedDays(pool), ['2026_11_23', '2026_11_24'])
    clock.leap(10 * DAY_MS)
    await house.maintainAll()
    assert.deepEqual(await usageMonths(pool), ['2025_10', '2026_11', '2026_12', '2027_01', '2027_02'])
    assert.deepEqual(await tracedDays(pool), ['2026_12_03', '2026_12_04'])
  })

  await t.test('0 keeps all', async (t) => {
    await replica(t, { pool, env: { USAGE_RETENTION_DAYS: '0' }, clock: createVirtualClock(NOON + 10_000 * DAY_MS) })
    assert.equal((await usageMonths(pool))[0], '2025_10')
  })

  await t.test('a month goes when its last day is older than is kept, and not before', async (t) => {
    const days = 400
    const lastDayIsKept = createVirtualClock(Date.UTC(2025, 10, 1) + days * DAY_MS - 1)
    const { house, clock } = await replica(t, { pool, clock: lastDayIsKept })
    assert.equal((await usageMonths(pool))[0], '2025_10')
    clock.leap(1)
    await house.maintainAll()
    assert.equal((await usageMonths(pool))[0], '2026_11')
    const { rows } = await pool.query<{ requests: string }>('select sum(requests) as requests from usage_hourly')
    assert.deepEqual(rows, [{ requests: '2' }])
  })

  await t.test('what comes again of a month that was dropped is not charged again', async () => {
    const balance = 'select balance_usd from users where id = $1'
    const before = await pool.query(balance, [user.id])
    const fresh = pricedAttempt('fresh.1', { sent: { ...walletUse, createdAt: NOON }, chargedNano: 0n })
    const result = await settleAttempts(pool, [old, fresh])
    assert.deepEqual([result.settled, result.duplicates, result.tooOld], [['fresh.1'], ['old.1'], ['old.1']])
    assert.deepEqual((await settleAttempts(pool, [old])).tooOld, ['old.1'])
    assert.deepEqual((await pool.query(balance, [user.id])).rows, before.rows)
    assert.equal((await usageMonths(pool))[0], '2026_11')
  })

  await t.test('a longer time kept later brings no dropped month back', async (t) => {
    await replica(t, { pool, env: { USAGE_RETENTION_DAYS: '4000' } })
    assert.deepEqual((await settleAttempts(pool, [old])).tooOld, ['old.1'])
  })
})

test('it is done again and again, at times that replicas do not share', async (t) => {
  const pool = await postgresPool(t)
  const clock = createVirtualClock(NOON)
  const [early, late] = [0, 1]
  await replica(t, { pool, clock, random: () => early, env: { MAINTENANCE_INTERVAL_MS: '1000' } })
  assert.equal(clock.pendingTimers(), 1)
  await pool.query('drop table usage_events_2027_01')
  await clock.advance(749)
  assert.equal((await usageMonths(pool)).length, 2)
  await clock.advance(1)
  await until('the month is there', async () => (await usageMonths(pool)).length === 3)
  await until('the next time is set', () => clock.pendingTimers() === 1)

  const lateClock = createVirtualClock(NOON)
  await replica(t, { pool, clock: lateClock, random: () => late, env: { MAINTENANCE_INTERVAL_MS: '1000' } })
  await pool.query('drop table usage_events_2027_01')
  await lateClock.advance(1249)
  assert.equal((await usageMonths(pool)).length, 2)
  await lateClock.advance(1)
  await until('the month is there again', async () => (await usageMonths(pool)).length === 3)
})

test('replicas that do it at once, while usage is settled, do not get into each other', async (t) => {
  const pool = await postgresPool(t)
  const { walletUse } = await provision(pool)
  const months = Array.from({ length: 24 }, (_, index) => Date.UTC(2024, index, 15))
  await ensureUsagePartitions(pool, months)
  const settling = Array.from({ length: 20 }, (_, batch) =>
    settleAttempts(
      pool,
      Array.from({ length: 5 }, (_, index) =>
        pricedAttempt(`b${batch}-${index}.1`, { sent: { ...walletUse, createdAt: NOON + index * 40 * DAY_MS } })
      )
    )
  )
  const replicas = await Promise.all(Array.from({ length: 4 }, () => replica(t, { pool })))
  const results = await Promise.all(settling)
  assert.equal(results.flatMap(({ settled }) => settled).length, 100)
  for (const { troubles } of replicas) assert.deepEqual(troubles(), [])
  assert.equal((await usageMonths(pool))[0], '2025_10')
})

test('a month that somebody keeps reading stays until later, and the traces are seen to all the same', async (t) => {
  const pool = await postgresPool(t)
  await ensureUsagePartitions(pool, [Date.UTC(2024, 0, 1)])
  const backup = await pool.connect()
  await backup.query('begin; lock table usage_events in access share mode')
  const { house, troubles } = await replica(t, { pool })
  assert.deepEqual(troubles(), ['table maintenance failed; trying again later'])
  assert.equal((await usageMonths(pool))[0], '2024_01')
  assert.equal((await tracedDays(pool)).length, 2)
  await backup.query('rollback')
  backup.release()
  await house.maintainAll()
  assert.equal((await usageMonths(pool))[0], '2026_11')
})

test('keys that will end are told of a week and a day ahead, once each, whichever replica looks', async (t) => {
  const pool = await postgresPool(t)
  await provision(pool)
  await pool.query(`
    insert into users (email) values ('ann@example.com');
    insert into users (email, kind, owner_id) select 'ci@example.com', 'service', id from users where email = 'ann@example.com';
    insert into users (email, status) values ('gone@example.com', 'disabled');
    insert into api_keys (user_id, group_id, name, key_hash, key_prefix, created_at, expires_at, own_expires_at, status, made_by, revoked_at)
    select u.id, (select min(id) from groups), k.name, sha256(k.name::bytea), 'sk', k.made, k.ends, k.own, k.status, k.by, k.revoked
    from users u join (values
      ('ci@example.com', 'deploy', timestamptz '2026-01-01Z', timestamptz '2026-12-03T00:00Z', timestamptz '2026-12-02T00:00Z', 'active', 'hand', null::timestamptz),
      ('ann@example.com', 'of-days', '2026-11-22Z', '2026-11-26T00:00Z', null, 'active', 'hand', null),
      ('ann@example.com', 'endless', '2026-01-01Z', null, null, 'active', 'hand', null),
      ('ann@example.com', 'disabled', '2026-01-01Z', '2026-11-26Z', null, 'disabled', 'hand', null),
      ('ann@example.com', 'tool', '2026-01-01Z', '2026-11-26Z', null, 'active', 'sign-in', null),
      ('ann@example.com', 'revoked', '2026-01-01Z', '2026-11-26Z', null, 'active', 'hand', '2026-02-01Z'),
      ('gone@example.com', 'theirs', '2026-01-01Z', '2026-11-26Z', null, 'active', 'hand', null)
    ) k (email, name, made, ends, own, status, by, revoked) on k.email = u.email`)
  const told = async () => {
    const { rows } = await pool.query<{ type: string; subject: string; data: Record<string, unknown> }>(
      'select type, subject, data from webhook_outbox order by id'
    )
    return rows.map(({ type, subject, data }) => [type, subject, data['key_name'], data['days'], data['owner_email']])
  }
  const clock = createVirtualClock(NOON)
  const replicas = [await replica(t, { pool, clock, hasWebhook: true }), await replica(t, { pool, clock, hasWebhook: true })]
  const look = () => Promise.all(replicas.map(({ house }) => house.maintainAll()))
  const at = async (time: string) => {
    clock.leap(Date.parse(time) - clock.now())
    await look()
    await look()
  }
  assert.deepEqual(await told(), [])
  await at('2026-11-25T00:30Z')
  const ofDays = ['sluice.key.expiring', 'ann@example.com', 'of-days', 1, null]
  const deploy = (days: number) => ['sluice.key.expiring', 'ci@example.com', 'deploy', days, 'ann@example.com']
  assert.deepEqual(await told(), [ofDays, deploy(7)])
  await at('2026-12-01T01:00Z')
  assert.deepEqual(await told(), [ofDays, deploy(7), deploy(1)])
  const lines = replicas.flatMap(({ troubles }) => troubles()).toSorted()
  assert.deepEqual(lines, ['a key expires within 7 days', 'a key expires within a day', 'a key expires within a day'])

  await pool.query(`update api_keys set own_expires_at = '2026-12-05Z', expires_at = '2026-12-05Z' where name = 'deploy'`)
  await at('2026-12-01T02:00Z')
  assert.deepEqual((await told()).at(-1), deploy(7), 'another end is another one')
  await at('2026-12-06T00:00Z')
  assert.equal((await told()).length, 4)
  assert.deepEqual((await pool.query('select from key_expiry_warnings')).rowCount, 0)
})

test('a pause is kept for 90 days after its end, and while it holds, whatever the clock is set to', async (t) => {
  const pool = await postgresPool(t)
  const { key } = await provision(pool)
  const endedAt = Date.UTC(2025, 0, 10)
  await pool.query(
    `insert into pauses (user_id, key_id, session, kind, reason, created_by, created_at, ends_at, resumed_at)
     select user_id, id, p.session, 'hand', 'it loops', 'admin', timestamptz '2025-01-01Z', p.ends, p.resumed
     from api_keys, (values
       ('resumed', null, $2::timestamptz), ('resumed early', $2::timestamptz + interval '2 days', $2::timestamptz),
       ('ended', $2::timestamptz, null), ('ended later', $2::timestamptz + interval '1 hour', null),
       ('in force', now() + interval '1 hour', null), ('endless', null, null)
     ) p (session, ends, resumed) where id = $1`,
    [key.id, new Date(endedAt)]
  )
  const kept = async () =>
    (await pool.query<{ session: string }>('select session from pauses order by id')).rows.map(({ session }) => session)
  const all = await kept()
  assert.equal(all.length, 6)
  const { house, clock, troubles } = await replica(t, { pool, clock: createVirtualClock(endedAt) })
  const at = async (now: number) => {
    clock.step(now - clock.now())
    await house.maintainAll()
    return await kept()
  }
  assert.deepEqual(await at(endedAt + 90 * DAY_MS), all)
  assert.deepEqual(await at(endedAt - 365 * DAY_MS), all)
  assert.deepEqual(await at(endedAt + 90 * DAY_MS + 1), ['ended later', 'in force', 'endless'])
  assert.deepEqual(await at(Date.now() + 1000 * DAY_MS), ['in force', 'endless'])
  assert.deepEqual(troubles(), [])
})
