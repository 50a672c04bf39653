import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fillUsage, IDLE_ACCOUNT } from '../../bench/usage-filling.ts'
import { findClientKey, readBalance, readSubscription } from '../../services/resources/records/client-keys.ts'
import { listAskedModels } from '../../services/money/records/asked-models.ts'
import { findExchangeUsage } from '../../services/money/records/exchange-usage.ts'
import { checkpointLedger } from '../../services/money/records/ledger-checkpoints.ts'
import { addLedgerEntry, pageLedgerEntries } from '../../services/money/records/ledger-entries.ts'
import { DAY_MS } from '../../services/platform/database/partitions.ts'
import type { Connectable } from '../../services/platform/database/queryable.ts'
import { pageAudits } from '../../services/resources/records/audit-log.ts'
import { pageRows, sortKeysOf } from '../../services/resources/rows.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { users as userDefinition } from '../../services/resources/users/definition.ts'
import { spendSortKeys } from '../../services/resources/users/users.ts'
import { pageUsageEvents, type UsageEventFilters } from '../../services/money/records/usage-events.ts'
import { sumUserSpend } from '../../services/money/records/user-spend.ts'
import { DIMENSIONS, pageUsageSummary, type SummaryFilters } from '../../services/money/records/usage-summary.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { postgresPool } from '../support/databases.ts'
import { askedBy, plansOf, type QueryPlan } from '../support/query-plans.ts'

const JANUARY = Date.UTC(2026, 0, 1)
const FEBRUARY = Date.UTC(2026, 1, 1)
const MARCH = Date.UTC(2026, 2, 1)
const USER = 'user-7@example.com'
const USERS = 10_000
const HOUR_MS = 3_600_000
const FIRST_PAGE = { limit: 100, cursor: null }

/** Reading one of these from end to end is what must not happen. */
const LARGE = /^Seq Scan (usage_events_2026_0[123]|ledger_entries|usage_hourly|usage_daily)$/

test('what is asked often is found by index, with many rows as with few', async (t) => {
  const pool = await postgresPool(t)
  await fillUsage(pool, { events: 150_000, days: 90, from: JANUARY, users: USERS })

  async function plans(work: (db: Connectable) => Promise<unknown>): Promise<QueryPlan[]> {
    return await plansOf(pool, await askedBy(pool, work))
  }

  /** For pages: what is read is near what is shown. */
  function assertSmall(of: QueryPlan[], what: string, pages = 1500) {
    for (const { scans, sql, pages: read } of of) {
      assert.deepEqual(
        scans.filter((scan) => LARGE.test(scan)),
        [],
        `${what}: ${sql}`
      )
      assert.ok(read <= pages, `${what} reads ${read} pages: ${sql}`)
    }
  }

  await t.test('a key, a balance, a subscription', async () => {
    const hash = createHash('sha256').update('key-7-1').digest()
    assert.notEqual(await findClientKey(pool, hash), null)
    assertSmall(await plans((db) => findClientKey(db, hash)), 'key', 20)
    assertSmall(await plans((db) => readBalance(db, '7')), 'balance', 10)
    assertSmall(await plans((db) => readSubscription(db, '7', '1')), 'subscription', 10)
  })

  const filters: [string, UsageEventFilters][] = [
    ['user', { userEmail: USER }],
    ['key', { keyName: 'user-7-key-1' }],
    ['account', { accountName: 'account-2' }],
    ['model', { model: 'claude-haiku-4-5' }],
    ['outcome', { outcome: 'interrupted' }],
    ['from', { from: FEBRUARY }],
    ['to', { to: MARCH }]
  ]
  const combinations = Array.from({ length: 2 ** filters.length }, (_, chosen) => {
    const parts = filters.filter((_, index) => (chosen & (2 ** index)) !== 0)
    const given: UsageEventFilters = Object.assign({}, ...parts.map(([, part]) => part))
    return { name: parts.map(([part]) => part).join(', ') || 'no filter', given }
  })
  const ofIdleAccount = combinations
    .filter(({ given }) => given.accountName !== undefined)
    .map(({ name, given }) => ({ name: `${name} (idle)`, given: { ...given, accountName: IDLE_ACCOUNT } }))

  const ofSeveral = [
    { name: 'several users', given: { userEmail: [USER, 'user-8@example.com', 'user-9000@example.com'] } },
    { name: 'several keys', given: { keyName: ['user-7-key-1', 'user-8-key-2'] } },
    { name: 'several accounts', given: { accountName: ['account-2', IDLE_ACCOUNT] } },
    { name: 'several outcomes', given: { outcome: ['interrupted', 'upstream_cut'] } },
    { name: 'bases that are rare', given: { basis: ['partial', 'unknown'] } },
    { name: 'a job', given: { subject: 'repo:acme/app:ref:refs/heads/main' } },
    { name: 'several jobs', given: { subject: ['repo:acme/app', 'repo:acme/api'] } }
  ] satisfies { name: string; given: UsageEventFilters }[]

  for (const { name, given } of [...combinations, ...ofIdleAccount, ...ofSeveral] as {
    name: string
    given: UsageEventFilters
  }[]) {
    await t.test(`usage events with ${name}`, async () => {
      const ofPage = await plans((db) => pageUsageEvents(db, given, FIRST_PAGE))
      const { nextCursor } = await pageUsageEvents(pool, given, { limit: 10, cursor: null })
      const ofNext =
        nextCursor === null ? [] : await plans((db) => pageUsageEvents(db, given, { limit: 100, cursor: nextCursor }))
      assertSmall([...ofPage, ...ofNext], name)
      for (const { scans } of ofPage) {
        const months = scans.filter((scan) => scan.includes('usage_events'))
        if (given.from !== undefined) assert.ok(!months.some((scan) => scan.endsWith('2026_01')), months.join())
        if (given.to !== undefined) assert.ok(!months.some((scan) => scan.endsWith('2026_03')), months.join())
      }
    })
  }

  await t.test('the events of an exchange', async () => {
    const when = { from: FEBRUARY, to: FEBRUARY + HOUR_MS }
    const ofExchange = await plans((db) => findExchangeUsage(db, 'event-51700', when))
    assertSmall(ofExchange, 'exchange', 500)
    assert.deepEqual(
      ofExchange.flatMap(({ scans }) => scans.filter((scan) => scan.includes('usage_events'))),
      ['Index Scan usage_events_2026_02']
    )
  })

  await t.test('what was asked for lately, however much that is', async () => {
    for (const since of [JANUARY, MARCH]) {
      assertSmall(await plans((db) => listAskedModels(db, new Date(since))), 'models')
    }
  })

  await t.test('a page of the ledger', async () => {
    assertSmall(await plans((db) => pageLedgerEntries(db, {}, FIRST_PAGE)), 'ledger', 500)
    assertSmall(await plans((db) => pageLedgerEntries(db, { userEmail: USER }, FIRST_PAGE)), 'ledger of a user', 500)
    const { nextCursor } = await pageLedgerEntries(pool, { userEmail: USER }, { limit: 10, cursor: null })
    assertSmall(
      await plans((db) => pageLedgerEntries(db, { userEmail: USER }, { limit: 100, cursor: nextCursor })),
      'the next page',
      500
    )
  })

  await t.test('a page of users with what they have spent, in any order', async () => {
    const now = MARCH + 20 * DAY_MS
    const keys = { ...sortKeysOf(userDefinition), ...spendSortKeys({ now: () => now }) }
    const sortings = [null, ...Object.entries(keys).map(([name, key]) => ({ key, name, isDescending: false }))]
    for (const sorting of sortings) {
      const ofPage = await plans(async (db) => {
        const { rows } = await pageRows(db, userDefinition, {}, { ...FIRST_PAGE, sorting })
        await sumUserSpend(
          db,
          rows.map(({ id }) => id),
          now
        )
      })
      const isBySum = sorting !== null && /^spend|^last/.test(sorting.name)
      assertSmall(ofPage, `users by ${sorting?.name ?? 'id'}`, isBySum ? 20 * USERS : undefined)
      assert.equal(ofPage.length, 2)
    }
  })

  await t.test('what concerns a user in a long audit log', async () => {
    await pool.query('alter table audit_log disable trigger audit_log_chained')
    await pool.query(
      `insert into audit_log (at, actor, action, subject, detail)
       select now(), 'admin', case n % 5 when 0 then 'code.redeemed' else 'key.changed' end,
         case n % 5 when 0 then 'code SLC-' || n when 1 then 'user ' || email else 'key ' || email || '/' || n end,
         json_build_object('user', email)
       from (select n, 'user-' || n / 5 % $1::int || '@example.com' as email from generate_series(1, 100000) n) as drawn`,
      [USERS]
    )
    await pool.query('analyze audit_log')
    const ofUser = await plans((db) => pageAudits(db, { user: USER }, FIRST_PAGE))
    assertSmall(ofUser, 'audits', 100)
    assert.deepEqual(
      ofUser.flatMap(({ scans }) => scans.filter((scan) => !/^Bitmap|^Index/.test(scan))),
      []
    )
    assertSmall(await plans((db) => pageAudits(db, { subject: `user ${USER}` }, FIRST_PAGE)), 'audits of a subject', 100)
    assert.equal((await pageAudits(pool, { user: USER }, FIRST_PAGE)).rows.length, 10)
  })

  await t.test('a summary of a week, by anything, and one of a user for ever', async () => {
    const week: SummaryFilters = { from: FEBRUARY + HOUR_MS, to: FEBRUARY + 7 * DAY_MS + HOUR_MS }
    const ofEvents = (of: QueryPlan[]) => of.flatMap(({ scans }) => scans).filter((scan) => scan.includes('usage_events'))
    for (const dimension of DIMENSIONS) {
      const ofWeek = await plans((db) => pageUsageSummary(db, week, [dimension], FIRST_PAGE))
      assertSmall(ofWeek, dimension, Infinity)
      assert.deepEqual(ofEvents(ofWeek), [])
    }
    const ofUser = await plans((db) => pageUsageSummary(db, { userEmail: USER }, ['day'], FIRST_PAGE))
    assertSmall(ofUser, 'user', 300)
    assert.deepEqual(ofEvents(ofUser), [])
  })

  await t.test('what settlement changes', async () => {
    const attempts = Array.from({ length: 50 }, (_, index) => {
      const userId = String(index * 7 + 1)
      const sent = { userId, keyId: String((Number(userId) - 1) * 2 + 1), createdAt: FEBRUARY + index * HOUR_MS }
      return pricedAttempt(`settled-${index}.1`, { sent })
    })
    const ofSettling = await plans((db) => settleAttempts(db, attempts))
    assert.equal(ofSettling.length, 7, 'event, balance, entry, hour, day, and what keys have spent, read and written')
    for (const { scans, sql } of ofSettling) {
      assert.deepEqual(
        scans.filter((scan) => /^Seq Scan (usage|ledger|users|api_keys)/.test(scan)),
        [],
        sql
      )
    }
    const sourceId = 'adjustment:1'
    assertSmall(
      await plans((db) => addLedgerEntry(db, { userId: '7', kind: 'top-up', amountNano: 1n, sourceId })),
      'top-up',
      500
    )
  })

  await t.test('a month of the ledger is added up without reading the others', async () => {
    await pool.query('update ledger_entries set created_at = $1 where id < 500', [new Date(Date.UTC(2025, 11, 1))])
    await pool.query('analyze ledger_entries')
    assertSmall(await plans((db) => checkpointLedger(db, JANUARY, { isStopped: () => true })), 'users', 5 * USERS)
    const ofUser = (await askedBy(pool, (db) => checkpointLedger(db, JANUARY))).slice(0, 5)
    assertSmall(await plansOf(pool, ofUser), 'checkpoint', 5 * USERS)
  })
})
