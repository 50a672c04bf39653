import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { foundIn } from '../../services/resources/admin/drift-sums.ts'
import { verifyLedgerPart } from '../../services/resources/admin/ledger-verification.ts'
import { verifyLedger } from '../../services/resources/admin/verify-ledger.ts'
import { dropUsageMonths } from '../../services/money/records/usage-retention.ts'
import { appendAudit } from '../../services/resources/records/audit-log.ts'
import { groups } from '../../services/resources/groups/definition.ts'
import { deleteRow } from '../../services/resources/rows.ts'
import { addLedgerEntry } from '../../services/money/records/ledger-entries.ts'
import type { Drift } from '../../services/resources/records/ledger-verification.ts'
import { InvalidCursorError } from '../../services/platform/database/pages.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { setMembers } from '../../services/resources/teams/members.ts'
import { inTransaction } from '../../services/platform/database/queryable.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { keys } from '../../services/resources/keys/definition.ts'
import { postgresPool } from '../support/databases.ts'
import { addRow, alterRow, createGroup, createUser, group, provision } from '../support/provisioned.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NOON = Date.UTC(2026, 10, 23, 12)
const NOW = NOON + 2 * HOUR_MS

async function verify(pool: pg.Pool, now = NOW, portion?: { users: number; entries: number; events: number }) {
  const sum = { users: 0, entries: 0, subscriptions: 0, teams: 0, events: 0, hours: 0, skipped: 0, found: 0, parts: 0 }
  const drifts: Drift[] = []
  let cursor: string | null = null
  do {
    const part = await verifyLedgerPart(pool, cursor, now, portion)
    for (const things of ['users', 'entries', 'subscriptions', 'teams', 'events', 'hours'] as const)
      sum[things] += part.checked[things]
    sum.skipped += part.skippedWindows
    sum.found += foundIn(part.kinds)
    sum.parts++
    drifts.push(...part.drifts)
    cursor = part.nextCursor
  } while (cursor !== null)
  return { ...sum, drifts }
}

test('verification of the ledger', async (t) => {
  const pool = await postgresPool(t)
  assert.deepEqual((await verify(pool)).drifts, [], 'an empty database')
  // As if keys had counted all along.
  await pool.query("update migrations set applied_at = '2020-01-01'")
  const { user, wallet, key, plan, subscription, walletUse, planUse, accountId } = await provision(pool)
  const attempts = Array.from({ length: 60 }, (_, index) =>
    pricedAttempt(`event-${index}.1`, {
      sent: { ...(index % 2 === 0 ? walletUse : planUse), createdAt: NOON - 2 * DAY_MS + index * HOUR_MS },
      closed: { outcome: index % 5 === 0 ? 'upstream_error' : 'completed' },
      costNano: BigInt(index) * 7n + 1n,
      chargedNano: BigInt(index) * 10n
    })
  )
  await settleAttempts(pool, attempts.slice(20))
  await addLedgerEntry(pool, { userId: user.id, kind: 'refund', amountNano: 5n, sourceId: 'refund-1' })
  // Late ones, of a window that has ended.
  await settleAttempts(pool, attempts.slice(0, 20))
  await addLedgerEntry(pool, { userId: user.id, kind: 'adjustment', amountNano: -8n, sourceId: 'adjustment-1' })
  const now = NOON + 12 * HOUR_MS

  await t.test('books that agree', async () => {
    const { parts, ...rest } = await verify(pool, now)
    const checked = { users: 1, entries: 33, subscriptions: 1, teams: 0, events: 60, hours: 60 }
    assert.deepEqual(rest, { ...checked, skipped: 0, found: 0, drifts: [] })
    assert.equal(parts, 4 + 3 + 1, 'users, subscriptions, keys, teams, the days that have events, and the end')
  })

  /** Does something to the books that nothing but verification should notice, and undoes it. */
  async function seeded(statement: string, values: unknown[], undo: string): Promise<Drift[]> {
    await pool.query(statement, values)
    const { drifts, found } = await verify(pool, now)
    assert.equal(found > 0, drifts.length > 0)
    await pool.query(undo, values)
    assert.deepEqual((await verify(pool, now)).drifts, [], `undone: ${statement}`)
    return drifts
  }
  const dev = 'user dev@example.com'

  await t.test('a balance that is not the sum of its entries', async () => {
    const [drift, ...more] = await seeded(
      'update users set balance_usd = balance_usd + 0.000000001 where id = $1',
      [user.id],
      'update users set balance_usd = balance_usd - 0.000000001 where id = $1'
    )
    assert.deepEqual(drift, {
      kind: 'balance',
      subject: dev,
      field: 'balance_usd',
      recorded: '99.999991298',
      recomputed: '99.999991297'
    })
    assert.deepEqual(more, [])
  })

  await t.test('an entry that does not state the sum up to it', async () => {
    const { rows } = await pool.query<{ id: string; balance: string }>(
      `select id, balance_after_usd as balance from ledger_entries where source_id = 'refund-1'`
    )
    const { id = '', balance = '' } = rows[0] ?? {}
    const drifts = await seeded(
      'update ledger_entries set balance_after_usd = balance_after_usd + 1 where id = $1',
      [id],
      'update ledger_entries set balance_after_usd = balance_after_usd - 1 where id = $1'
    )
    const field = `balance_after_usd of entry ${id}`
    const recorded = String(Number(balance) + 1)
    assert.deepEqual(drifts, [{ kind: 'running-balance', subject: dev, field, recorded, recomputed: balance }])
  })

  await t.test('an entry whose amount is not what its event charged, and one that is gone', async () => {
    const values = ['event-30.1']
    const changed = await seeded(
      'update ledger_entries set amount_usd = amount_usd - 1 where source_id = $1',
      values,
      'update ledger_entries set amount_usd = amount_usd + 1 where source_id = $1'
    )
    assert.deepEqual(
      changed.map(({ kind, subject, recorded }) => [kind, subject, recorded]),
      [
        ['balance', dev, '99.999991297'],
        ['running-balance', dev, changed[1]?.recorded],
        ['charge', 'usage event event-30.1', '-1.0000003']
      ]
    )
    assert.equal(Number(changed[1]?.recorded).toFixed(6), (Number(changed[1]?.recomputed) + 1).toFixed(6))
    const gone = await seeded(
      'update ledger_entries set source_id = $1 || $1 where source_id = $1',
      values,
      'update ledger_entries set source_id = $1 where source_id = $1 || $1'
    )
    const { rows } = await pool.query<{ id: string }>('select id from ledger_entries where source_id = $1', values)
    assert.deepEqual(gone, [
      {
        kind: 'charge',
        subject: `ledger entry ${rows[0]?.id} of dev@example.com`,
        field: 'amount_usd',
        recorded: '-0.0000003',
        recomputed: '0'
      },
      { kind: 'charge', subject: 'usage event event-30.1', field: 'amount_usd', recorded: null, recomputed: '-0.0000003' }
    ])
  })

  await t.test('an entry for which there is no event', async () => {
    const made = await seeded(
      `insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd)
       select $1, 'usage', 0, 'made-up', balance_usd from users where id = $1`,
      [user.id],
      `delete from ledger_entries where user_id = $1 and source_id = 'made-up'`
    )
    assert.deepEqual(
      made.map(({ kind, recorded, recomputed }) => [kind, recorded, recomputed]),
      [['charge', '0', '0']]
    )
  })

  await t.test('in the smallest portions it finds the same', async () => {
    const smallest = { users: 1, entries: 1, events: 1 }
    const { parts, ...whole } = await verify(pool, now)
    const { parts: more, ...portions } = await verify(pool, now, smallest)
    assert.deepEqual(portions, whole)
    assert.ok(more > parts + 50, `${more} parts`)
    const day = new Date(Date.UTC(2026, 10, 22))
    await pool.query('update usage_daily set requests = requests + 1 where day = $1', [day])
    await pool.query(`update usage_hourly set charged_usd = charged_usd + 1 where hour = '2026-11-22T18:00Z'`)
    const { drifts } = await verify(pool, now, smallest)
    assert.deepEqual(
      drifts.map(({ kind, field }) => `${kind} ${field}`),
      ['hour charged_usd', 'day requests', 'day requests']
    )
    await pool.query('update usage_daily set requests = requests - 1 where day = $1', [day])
    await pool.query(`update usage_hourly set charged_usd = charged_usd - 1 where hour = '2026-11-22T18:00Z'`)
  })

  await t.test('by how much all amounts of a kind differ, also of those that are not listed', async () => {
    await pool.query(`insert into usage_hourly select hour, user_id, key_id, group_id, account_id, 'made-up-' || n, 0, 0, 0, 0, 0, 0, 0, 0.5
      from usage_hourly, generate_series(1, 10) n where hour >= '2026-11-22' and hour < '2026-11-23'`)
    const { drifts, kinds } = await verifyLedger(pool, { now })
    assert.equal(drifts.length, 100)
    assert.deepEqual(kinds, { hour: { found: 240, differenceNano: 120_000_000_000n } })
    await pool.query(`delete from usage_hourly where model like 'made-up-%'`)
  })

  await t.test('events that were there at an earlier verification and are not, with all that was made of them', async () => {
    const day = Date.UTC(2026, 10, 25)
    await pool.query('insert into reconciled_days values ($1, 1, now(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3)', [
      new Date(day)
    ])
    const { drifts, found } = await verify(pool, now)
    assert.deepEqual(
      [found, drifts],
      [1, [{ kind: 'lost', subject: '2026-11-25', field: 'requests', recorded: '3', recomputed: '0' }]]
    )
    await pool.query('delete from reconciled_days')
  })

  for (const kind of ['day', 'week', 'month', 'total']) {
    await t.test(`a ${kind} of a key that is not the sum of what its events were charged`, async () => {
      const drifts = await seeded(
        `update api_keys set ${kind}_used_usd = ${kind}_used_usd + 1 where id = $1`,
        [key.id],
        `update api_keys set ${kind}_used_usd = ${kind}_used_usd - 1 where id = $1`
      )
      assert.deepEqual(
        drifts.map(({ kind, subject, field }) => [kind, subject, field]),
        [['spending', 'key dev@example.com/dev-key', `${kind}_used_usd`]]
      )
    })
  }

  await t.test('a total of a key from before keys counted is left out', async () => {
    await pool.query('update api_keys set total_used_usd = total_used_usd + 1')
    await pool.query("update migrations set applied_at = (select max(created_at) + interval '1 second' from api_keys)")
    assert.deepEqual((await verify(pool, now)).drifts, [])
    await pool.query("update migrations set applied_at = '2020-01-01'")
    await pool.query('update api_keys set total_used_usd = total_used_usd - 1')
  })

  for (const kind of ['day', 'week', 'month']) {
    await t.test(`a ${kind} window that is not the sum of its events`, async () => {
      const { rows } = await pool.query<{ used: string }>(`select ${kind}_used_usd::text as used from subscriptions`)
      const drifts = await seeded(
        `update subscriptions set ${kind}_used_usd = ${kind}_used_usd + 1 where id = $1`,
        [subscription.id],
        `update subscriptions set ${kind}_used_usd = ${kind}_used_usd - 1 where id = $1`
      )
      const [drift] = drifts
      assert.deepEqual(
        [drifts.length, drift?.kind, drift?.subject, drift?.field],
        [1, 'window', 'subscription dev@example.com/dev-plan', `${kind}_used_usd`]
      )
      assert.equal(drift?.recorded, drift?.recomputed.replace(/^0/, '1'))
      assert.equal(Number(drift?.recomputed), Number(rows[0]?.used))
    })
  }

  for (const field of ['requests', 'errors', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cost_usd', 'charged_usd']) {
    await t.test(`an hour whose ${field} are not those of its events`, async () => {
      const hour = new Date(NOON - 2 * DAY_MS + 30 * HOUR_MS)
      const [drift, ...more] = await seeded(
        `update usage_hourly set ${field} = ${field} + 1 where hour = $1`,
        [hour],
        `update usage_hourly set ${field} = ${field} - 1 where hour = $1`
      )
      const subject = `2026-11-22T18:00Z dev@example.com/dev-key dev-wallet dev-account claude-opus-5-5`
      assert.deepEqual([drift?.kind, drift?.subject, drift?.field, more], ['hour', subject, field, []])
      assert.equal(Number(drift?.recorded), Number(drift?.recomputed) + 1)
    })
  }

  for (const field of ['requests', 'cache_creation_tokens', 'charged_usd']) {
    await t.test(`a day whose ${field} are not those of its events`, async () => {
      const day = new Date(Date.UTC(2026, 10, 22))
      const drifts = await seeded(
        `update usage_daily set ${field} = ${field} + 1 where day = $1`,
        [day],
        `update usage_daily set ${field} = ${field} - 1 where day = $1`
      )
      assert.deepEqual(drifts.map(({ kind, subject, field }) => [kind, subject, field].join(', ')).toSorted(), [
        ...['dev-plan', 'dev-wallet'].map(
          (name) => `day, 2026-11-22 dev@example.com/dev-key ${name} dev-account claude-opus-5-5, ${field}`
        ),
        // It is compared with the days.
        ...(field === 'charged_usd' ? ['spending, key dev@example.com/dev-key, total_used_usd'] : [])
      ])
    })
  }

  await t.test('an hour whose sums are gone, and sums of an hour without events', async () => {
    const key1 = [user.id, key.id, wallet.id, accountId]
    const drifts = await seeded(
      `insert into usage_hourly values ('2026-11-24T20:00Z', $1, $2, $3, $4, 'm', 3, 0, 0, 0, 0, 0, 0, 0.5)`,
      key1,
      `delete from usage_hourly where model = 'm' and user_id = $1 and key_id = $2 and group_id = $3 and account_id = $4`
    )
    assert.deepEqual(
      drifts.map(({ field, recorded, recomputed }) => [field, recorded, recomputed]),
      [
        ['requests', '3', '0'],
        ['charged_usd', '0.5', '0']
      ]
    )
    await pool.query('create table hidden as select * from usage_hourly where model = $1', ['claude-opus-5-5'])
    await pool.query('delete from usage_hourly')
    const { found, drifts: all } = await verify(pool, now)
    assert.equal(found, 60)
    assert.ok(all.every(({ kind, field, recorded }) => kind === 'hour' && (field.endsWith('_usd') || recorded === '0')))
    await pool.query('insert into usage_hourly select * from hidden')
  })

  await t.test('a month whose events were dropped is left out, and windows that reach into it', async () => {
    await settleAttempts(pool, [pricedAttempt('old.1', { sent: { ...walletUse, createdAt: Date.UTC(2026, 8, 5) } })])
    assert.equal((await verify(pool, now)).hours, 61)
    await pool.query(`update ledger_entries set created_at = '2026-09-05' where source_id = 'old.1'`)
    await dropUsageMonths(pool, Date.UTC(2026, 9, 1))
    assert.deepEqual([(await verify(pool, now)).hours, (await verify(pool, now)).found], [60, 0])

    await pool.query('update subscriptions set month_started_at = $1, month_used_usd = 9, created_at = $1', [
      new Date(Date.UTC(2026, 9, 30))
    ])
    const { skipped, drifts } = await verify(pool, now)
    assert.deepEqual([skipped, drifts], [1, []])
    await pool.query(
      `update subscriptions set month_started_at = day.started, month_used_usd = day.used, created_at = day.started from (
         select min(created_at) as started, sum(cost_usd) as used from usage_events
         where subscription_id is not null and created_at >= '2026-11-22T09:00Z') day`
    )
    assert.deepEqual((await verify(pool, now)).drifts, [])
  })

  await t.test('a window whose rules were changed since it was opened is left out until the next', async () => {
    const calendar = { window_anchor: 'calendar', time_zone: 'Europe/Berlin' } as const
    await alterRow(pool, groups, plan.id, calendar)
    const entry = { actor: 'admin', action: 'group.changed', subject: `group ${plan.name}`, exchangeId: null }
    const detail = { before: { window_anchor: 'first-use' }, after: { window_anchor: 'calendar' } }
    await appendAudit(pool, { ...entry, at: now, detail })
    const changed = await verify(pool, now)
    assert.deepEqual([changed.drifts, changed.skipped > 0], [[], true])
    const later = Date.UTC(2026, 11, 1, 5)
    await settleAttempts(pool, [pricedAttempt('december.1', { sent: { ...planUse, createdAt: later } })])
    // Left are those of the key, which was used in groups of other rules.
    assert.deepEqual(await verify(pool, later).then(({ skipped, drifts }) => [skipped, drifts]), [3, []])
    await pool.query('update subscriptions set day_used_usd = 0')
    assert.equal((await verify(pool, later)).drifts[0]?.kind, 'window')
    await pool.query('update subscriptions set day_used_usd = 1')
  })

  await t.test('more users than a part has', async () => {
    for (let index = 0; index < 250; index++) {
      await createUser(pool, { email: `many-${index}@example.com`, balance_usd: '0.000000001' })
    }
    await pool.query(`update users set balance_usd = 0 where email in ('many-3@example.com', 'many-249@example.com')`)
    const { users, drifts } = await verify(pool, now)
    assert.equal(users, 251)
    assert.deepEqual(
      drifts.map(({ subject }) => subject),
      ['user many-3@example.com', 'user many-249@example.com']
    )
  })

  await t.test('books that are written meanwhile agree as well', async () => {
    await pool.query(`update users set balance_usd = 0.000000001 where email like 'many-%'`)
    for (let index = 0; index < 10; index++) {
      const attempts = Array.from({ length: 8 }, (_, number) => {
        const createdAt = Date.UTC(2026, 11, 1, 6) + (index * 8 + number) * HOUR_MS
        return pricedAttempt(`at-${index}-${number}.1`, { sent: { ...(number % 2 === 0 ? walletUse : planUse), createdAt } })
      })
      const [{ drifts }] = await Promise.all([
        verify(pool, Date.UTC(2026, 11, 1, 6)),
        ...attempts.map((attempt) => settleAttempts(pool, [attempt]))
      ])
      assert.deepEqual(drifts, [])
    }
  })

  await t.test('a cursor from elsewhere is refused', async () => {
    await assert.rejects(verifyLedgerPart(pool, 'bm90IG9uZQ', now), InvalidCursorError)
  })
})

test('a window of a key that was used in a group that is gone is left out', async (t) => {
  const pool = await postgresPool(t)
  await pool.query("update migrations set applied_at = '2020-01-01'")
  const { user, wallet, walletUse } = await provision(pool)
  const gone = await createGroup(pool, group('gone'))
  const keyId = await addRow(pool, keys, { user: user.email, name: 'moved', group: gone.name, key: 'a-key-that-moves' })
  await pool.query('update api_keys set created_at = $1', [new Date(NOON)])
  await settleAttempts(pool, [pricedAttempt('moved.1', { sent: { ...walletUse, keyId, groupId: gone.id } })])
  assert.deepEqual((await verify(pool)).drifts, [])
  await pool.query('update api_keys set group_id = $1', [wallet.id])
  await deleteRow(pool, groups, gone.id)
  const { drifts, skipped } = await verify(pool)
  assert.deepEqual([drifts, skipped], [[], 3])
})

async function createTeam(pool: pg.Pool, name: string, userId: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into teams (name, time_zone, created_at) values ($1, 'Europe/Berlin', '2026-01-01') returning id`,
    [name]
  )
  const id = String(rows[0]?.id)
  await pool.query(`insert into team_members (team_id, user_id, created_at) values ($1, $2, '2026-01-01')`, [id, userId])
  return id
}

test('what a team and its members were charged is held against their events', async (t) => {
  const pool = await postgresPool(t)
  const { user, walletUse } = await provision(pool)
  const noon = Date.UTC(2026, 10, 24, 12) // a Tuesday
  const teamId = await createTeam(pool, 'core', user.id)
  await settleAttempts(pool, [
    pricedAttempt('team-1.1', { sent: { ...walletUse, teamId, createdAt: noon }, chargedNano: 5n }),
    pricedAttempt('team-2.1', { sent: { ...walletUse, teamId, createdAt: noon + HOUR_MS }, chargedNano: 7n }),
    pricedAttempt('alone-1.1', { sent: { ...walletUse, createdAt: noon }, chargedNano: 9n })
  ])
  const whole = await verify(pool, noon)
  assert.deepEqual([whole.drifts, whole.teams], [[], 1])
  await pool.query('update teams set week_used_usd = week_used_usd + 1')
  await pool.query('update team_members set day_used_usd = 0')
  const { drifts } = await verify(pool, noon)
  assert.deepEqual(drifts, [
    { kind: 'spending', subject: 'team core', field: 'week_used_usd', recorded: '1.000000012', recomputed: '0.000000012' },
    { kind: 'spending', subject: `team core/${user.email}`, field: 'day_used_usd', recorded: '0', recomputed: '0.000000012' }
  ])
  await pool.query('update teams set week_used_usd = week_used_usd - 1')
  await pool.query('delete from team_members')
  const none = { daily: null, weekly: null, monthly: null }
  await inTransaction(pool, (db) =>
    setMembers(db, teamId, [{ user: user.email, role: 'member', guaranteed: none, limits: none }])
  )
  await settleAttempts(pool, [
    pricedAttempt('team-3.1', { sent: { ...walletUse, teamId, createdAt: noon + 2 * HOUR_MS }, chargedNano: 3n })
  ])
  // Who comes back is verified like everybody.
  assert.deepEqual((await verify(pool, noon)).drifts, [])
  await pool.query('update team_members set month_used_usd = month_used_usd + 2')
  assert.deepEqual(
    (await verify(pool, noon)).drifts.map(({ field, recorded }) => [field, recorded]),
    [['month_used_usd', '2.000000015']]
  )
})

test('the hours and days of a team are held against the events of the team', async (t) => {
  const pool = await postgresPool(t)
  const { user, walletUse, planUse } = await provision(pool)
  const core = await createTeam(pool, 'core', user.id)
  const other = await createTeam(pool, 'other', user.id)
  const at = Date.UTC(2026, 10, 24, 9)
  const use = { ...walletUse, teamId: core, createdAt: at }
  await settleAttempts(pool, [
    pricedAttempt('core-1.1', { sent: use, costNano: 3n, chargedNano: 5n }),
    pricedAttempt('core-2.1', { sent: { ...use, createdAt: at + HOUR_MS }, costNano: 4n, chargedNano: 6n }),
    pricedAttempt('core-3.1', { sent: { ...planUse, teamId: core, createdAt: at }, chargedNano: 7n }),
    pricedAttempt('other-1.1', { sent: { ...use, teamId: other }, chargedNano: 8n }),
    pricedAttempt('alone-1.1', { sent: { ...walletUse, createdAt: at }, chargedNano: 9n })
  ])
  const whole = await verify(pool)
  assert.deepEqual([whole.drifts, whole.teams, whole.hours], [[], 2, 2])

  /** Its drifts while the rows are as the statement has made them. */
  async function seeded(statement: string): Promise<string[]> {
    const tables = ['team_usage_hourly', 'team_usage_daily']
    for (const table of tables) await pool.query(`create table kept_${table} as table ${table}`)
    await pool.query(statement)
    const { drifts, found } = await verify(pool)
    assert.equal(found > 0, drifts.length > 0)
    for (const table of tables) {
      await pool.query(`truncate ${table}`)
      await pool.query(`insert into ${table} table kept_${table}`)
      await pool.query(`drop table kept_${table}`)
    }
    assert.deepEqual((await verify(pool)).drifts, [], `undone: ${statement}`)
    return drifts.map(
      ({ kind, subject, field, recorded, recomputed }) => `${kind} ${subject} ${field} ${recorded} ${recomputed}`
    )
  }
  const of = (team: string) => `team ${team} dev@example.com/dev-key dev-wallet dev-account claude-opus-5-5`
  const ofCore = `where team_id = ${core} and group_id = ${walletUse.groupId}`

  for (const [change, recorded] of [
    ['+ 1', '1.000000005'],
    ['- 0.000000002', '0.000000003']
  ]) {
    await t.test(`an hour and a day whose charge is wrong by ${change}`, async () => {
      assert.deepEqual(
        await seeded(
          `update team_usage_hourly set charged_usd = charged_usd ${change} ${ofCore} and hour = '2026-11-24T09:00Z'`
        ),
        [`team-hour 2026-11-24T09:00Z ${of('core')} charged_usd ${recorded} 0.000000005`]
      )
      const ofDay = change === '+ 1' ? '1.000000011' : '0.000000009'
      assert.deepEqual(await seeded(`update team_usage_daily set charged_usd = charged_usd ${change} ${ofCore}`), [
        `team-day 2026-11-24 ${of('core')} charged_usd ${ofDay} 0.000000011`
      ])
    })
  }

  await t.test('rows that are gone, and that are of another team', async () => {
    const gone = await seeded(`delete from team_usage_hourly where team_id = ${other}`)
    assert.equal(gone[0], `team-hour 2026-11-24T09:00Z ${of('other')} requests 0 1`)
    assert.equal(
      (await seeded(`delete from team_usage_daily where team_id = ${other}`))[0],
      `team-day 2026-11-24 ${of('other')} requests 0 1`
    )
    const moved = await seeded(
      `update team_usage_daily set team_id = ${other} where team_id = ${core} and group_id = ${planUse.groupId}`
    )
    assert.deepEqual(
      moved.filter((line) => line.includes('charged_usd')).map((line) => line.replace(/ dev@.* charged_usd/, '')),
      ['team-day 2026-11-24 team core 0 0.000000007', 'team-day 2026-11-24 team other 0.000000007 0']
    )
  })

  await t.test('a row of a day on which nothing was used, of a team that is gone', async () => {
    await pool.query(`insert into removed_teams values (99, 'gone', now())`)
    const made = (table: string, begin: string) =>
      `insert into ${table} values ('${begin}', 99, ${user.id}, ${walletUse.keyId}, ${walletUse.groupId}, ${walletUse.accountId}, 'm',
         0, 0, 0, 0, 0, 0, 0.5, 0)`
    const whose = 'team gone dev@example.com/dev-key dev-wallet dev-account m'
    assert.deepEqual(await seeded(made('team_usage_hourly', '2026-11-20T10:00Z')), [
      `team-hour 2026-11-20T10:00Z ${whose} cost_usd 0.5 0`
    ])
    assert.deepEqual(await seeded(made('team_usage_daily', '2026-11-21')), [`team-day 2026-11-21 ${whose} cost_usd 0.5 0`])
  })

  await t.test('books of teams that are written meanwhile agree as well', async () => {
    for (let round = 0; round < 8; round++) {
      const attempts = Array.from({ length: 8 }, (_, index) =>
        pricedAttempt(`meanwhile-${round}-${index}.1`, {
          sent: { ...use, teamId: index % 2 === 0 ? core : other, createdAt: at + index * HOUR_MS }
        })
      )
      const [{ drifts }] = await Promise.all([
        verify(pool, NOW, { users: 1, entries: 1, events: 1 }),
        ...attempts.map((attempt) => settleAttempts(pool, [attempt]))
      ])
      assert.deepEqual(drifts, [])
    }
  })
})
