import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAccounts, setAccountGroups, updateAccount } from '../../services/resources/records/accounts.ts'
import { findClientKey, readBalance, readSubscription } from '../../services/resources/records/client-keys.ts'
import { claimInstance, liveInstances, releaseInstance } from '../../services/resources/records/instances.ts'
import { addLedgerEntry, pageLedgerEntries } from '../../services/money/records/ledger-entries.ts'
import { InvalidCursorError, type Page, type PageRequest } from '../../services/platform/database/pages.ts'
import { rememberPriceVersion } from '../../services/money/records/price-versions.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { accounts } from '../../services/resources/accounts/definition.ts'
import { groups } from '../../services/resources/groups/definition.ts'
import { keys } from '../../services/resources/keys/definition.ts'
import { subscriptions } from '../../services/resources/subscriptions/definition.ts'
import { pageUsageEvents } from '../../services/money/records/usage-events.ts'
import { users } from '../../services/resources/users/definition.ts'
import { findRow, pageRows } from '../../services/resources/rows.ts'
import type { Queryable } from '../../services/platform/database/queryable.ts'
import { hashClientKey } from '../../services/platform/secrets.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { postgresPool } from '../support/databases.ts'
import { account, alterRow, createAccount, createGroup, createUser, group, provision } from '../support/provisioned.ts'
import { until } from '../support/until.ts'

const UNSPENT = {
  windows: (['day', 'week', 'month'] as const).map((kind) => ({ kind, startedAt: null, usedNano: 0n })),
  totalNano: 0n
}

const NOON = Date.UTC(2026, 10, 23, 12)

async function allPages<Row>(limit: number, read: (page: PageRequest) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | null = null
  do {
    const page: Page<Row> = await read({ limit, cursor })
    assert.ok(page.rows.length <= limit)
    rows.push(...page.rows)
    cursor = page.nextCursor
  } while (cursor !== null)
  return rows
}

const pageUsers = (db: Queryable, page: PageRequest) => pageRows(db, users, {}, page)
const pageAccounts = (db: Queryable, page: PageRequest) => pageRows(db, accounts, {}, page)

test('records', async (t) => {
  const pool = await postgresPool(t)

  await t.test('a client key is found with its user, its group and its subscription there', async () => {
    const { user, key, wallet, plan, subscription } = await provision(pool, 'found')
    const record = await findClientKey(pool, hashClientKey('key-of-found'))
    const noRules = {
      allowedIps: null,
      allowedModels: null,
      ownIps: null,
      ownModels: null,
      ownSlots: null,
      brakes: null,
      limits: { day: null, week: null, month: null, total: null }
    }
    assert.deepEqual(record, {
      key: { id: key.id, name: 'found-key', status: 'active', expiresAt: null, isFormer: false, ...noRules, spending: UNSPENT },
      user: { id: user.id, email: 'found@example.com', status: 'active', concurrency: 5, balanceNano: 100_000_000_000n },
      group: wallet,
      subscription: null,
      team: null,
      token: null
    })
    const limits = { day: 10_000_000_000n, week: null, month: 1n }
    const declared = {
      daily_limit_usd: '10',
      monthly_limit_usd: '0.000000001',
      rate_multiplier: '1.25',
      allowed_models: ['a', 'b']
    }
    await alterRow(pool, groups, plan.id, declared)
    const rules = {
      allowedIps: ['10.0.0.0/8', '::1'],
      allowedModels: ['a'],
      ownIps: ['::1'],
      ownModels: ['a', 'c'],
      ownSlots: null,
      brakes: { session_spend_usd: '20', key_requests: 5 },
      limits: { day: 1n, week: null, month: 3n, total: 4n }
    }
    await alterRow(pool, keys, key.id, {
      group: plan.name,
      expires_at: new Date(NOON).toISOString(),
      allowed_ips: rules.allowedIps,
      allowed_models: rules.allowedModels,
      spend_limits: { daily: '0.000000001', monthly: '0.000000003', total: '0.000000005' },
      brakes: rules.brakes,
      own_allowed_ips: rules.ownIps,
      own_allowed_models: rules.ownModels,
      own_spend_limits: { daily: '0.000000002', total: '0.000000004' }
    })
    const planned = await findClientKey(pool, hashClientKey('key-of-found'))
    assert.deepEqual(planned?.group, { ...plan, limits, rateMultiplier: '1.25', allowedModels: ['a', 'b'] })
    assert.deepEqual(planned?.key, {
      id: key.id,
      name: 'found-key',
      status: 'active',
      expiresAt: NOON,
      isFormer: false,
      ...rules,
      spending: UNSPENT
    })
    const term = { startsAt: Date.UTC(2026, 0, 1), expiresAt: Date.UTC(2027, 0, 1) }
    const windows = planned?.subscription?.windows ?? []
    assert.deepEqual(planned?.subscription, { id: subscription.id, status: 'active', ...term, windows })
    assert.deepEqual(await readSubscription(pool, user.id, plan.id), planned?.subscription)
    assert.deepEqual(
      windows.map(({ kind, startedAt, usedNano }) => [kind, startedAt, usedNano]),
      [
        ['day', null, 0n],
        ['week', null, 0n],
        ['month', null, 0n]
      ]
    )
  })

  await t.test('what does not exist is null', async () => {
    assert.equal(await findClientKey(pool, hashClientKey('nothing')), null)
    assert.equal(await readBalance(pool, '999999'), null)
    assert.equal(await readSubscription(pool, '999999', '1'), null)
    assert.equal(await updateAccount(pool, '999999', { priority: 1 }), false)
  })

  await t.test('a change touches what it names and nothing else', async () => {
    const { user, key, subscription } = await provision(pool, 'changed')
    await alterRow(pool, users, user.id, { concurrency: 0 })
    await alterRow(pool, users, user.id, {})
    const { email, id } = user
    const rest = {
      kind: 'person',
      owner: null,
      role: 'user',
      status: 'active',
      balance_usd: '100',
      last_used_at: null,
      note: null,
      version: 2
    }
    assert.deepEqual(await findRow(pool, users, id), { id, email, concurrency: 0, ...rest })
    await alterRow(pool, subscriptions, subscription.id, { status: 'suspended' })
    const term = { starts_at: '2026-01-01T00:00:00.000Z', expires_at: '2027-01-01T00:00:00.000Z' }
    const { windows: _, ...found } = (await findRow(pool, subscriptions, subscription.id)) ?? {}
    const theirs = { id: subscription.id, user_email: email, group: 'changed-plan', status: 'suspended', ...term, version: 2 }
    assert.deepEqual(found, theirs)
    await alterRow(pool, keys, key.id, { status: 'disabled' })
    const row = await findRow(pool, keys, key.id)
    const none = { daily: null, weekly: null, monthly: null, total: null }
    assert.deepEqual([row?.status, row?.group, row?.spend_limits, row?.version], ['disabled', 'changed-wallet', none, 2])
  })

  await t.test('an e-mail address is kept in lower case, and a user opens with one ledger entry or none', async () => {
    const rich = await createUser(pool, { email: 'Rich@Example.COM', balance_usd: '0.000000001' })
    await createUser(pool, { email: 'poor@example.com' })
    const found = await pageRows(pool, users, { email: 'RICH@Example.com' }, { limit: 10, cursor: null })
    assert.deepEqual(
      found.rows.map(({ id, email, balance_usd: balance }) => [id, email, balance]),
      [[rich.id, 'rich@example.com', '0.000000001']]
    )
    const entries = await pageLedgerEntries(pool, { userEmail: 'RICH@example.com' }, { limit: 10, cursor: null })
    assert.deepEqual(
      entries.rows.map(({ sourceId, amountNano }) => [sourceId, amountNano]),
      [[`opening:${rich.id}`, 1n]]
    )
    assert.deepEqual((await pageLedgerEntries(pool, { userEmail: 'poor@example.com' }, { limit: 10, cursor: null })).rows, [])
  })

  await t.test('an account has in each of its groups that group’s priority, else its own', async () => {
    const several = async () => (await listAccounts(pool)).find((entry) => entry.name === 'several')
    const [a, b] = [await createGroup(pool, group('a')), await createGroup(pool, group('b'))]
    await createGroup(pool, group('c'))
    const values = account('several', { baseUrl: 'https://example.com', modelMapping: { x: 'y' }, priority: 7 })
    const id = await createAccount(pool, values)
    await setAccountGroups(pool, id, ['a', 'c'])
    await pool.query('update account_groups set priority = 3 where account_id = $1 and group_id = $2', [id, a.id])
    await setAccountGroups(pool, id, ['a', 'b', 'of nobody'])
    const groups = [
      { id: a.id, name: 'a', priority: 3 },
      { id: b.id, name: 'b', priority: 7 }
    ]
    const untouched = { version: 6, ownerEmail: null, proxy: null, cooldowns: [], windows: [] }
    assert.deepEqual(await several(), { id, ...values, ...untouched, groups })
    await updateAccount(pool, id, { status: 'error', error: 'refused', credentials: Buffer.from('new') })
    const changes = { status: 'error', error: 'refused', credentials: Buffer.from('new') }
    const changed = { id, ...values, ...untouched, groups, ...changes }
    assert.deepEqual(
      (await listAccounts(pool)).find((entry) => entry.id === id),
      changed
    )
    await setAccountGroups(pool, id, [])
    assert.deepEqual((await several())?.groups, [])
  })

  await t.test('an adjustment that is repeated is entered once', async () => {
    const { user } = await provision(pool, 'adjusted')
    const adjustment = { userId: user.id, kind: 'adjustment', amountNano: -5n, sourceId: 'adjustment:once' } as const
    const results = [await addLedgerEntry(pool, adjustment), await addLedgerEntry(pool, adjustment)]
    assert.deepEqual(
      results.map((result) => [result?.created, result?.entry.balanceAfterNano]),
      [
        [true, 99_999_999_995n],
        [false, 99_999_999_995n]
      ]
    )
    assert.equal(await readBalance(pool, user.id), 99_999_999_995n)
    assert.equal(await addLedgerEntry(pool, { ...adjustment, userId: '999999' }), null)
  })

  await t.test('pages together are the whole list, in order, each row once', async () => {
    const { user, walletUse } = await provision(pool, 'paged')
    // Two events of each instant: the id decides among them.
    const attempts = Array.from({ length: 11 }, (_, index) =>
      pricedAttempt(`paged-${index}.1`, { sent: { ...walletUse, createdAt: NOON + Math.floor(index / 2) } })
    )
    await settleAttempts(pool, attempts)
    const filters = { userEmail: user.email }
    const events = await allPages(3, (page) => pageUsageEvents(pool, filters, page))
    const expected = attempts
      .map(({ sent }) => sent)
      .sort((x, y) => y.createdAt - x.createdAt || (x.id < y.id ? 1 : -1))
      .map(({ id }) => id)
    assert.deepEqual(
      events.map(({ id }) => id),
      expected
    )
    const entries = await allPages(5, (page) => pageLedgerEntries(pool, filters, page))
    assert.equal(entries.length, 12)
    const ids = entries.map(({ id }) => BigInt(id))
    assert.deepEqual(
      ids,
      ids.toSorted((x, y) => (x < y ? 1 : -1))
    )
    for (const page of [pageUsers, pageAccounts]) {
      const single = await allPages<{ id: string }>(1, (request) => page(pool, request))
      const whole = await allPages<{ id: string }>(1000, (request) => page(pool, request))
      assert.deepEqual(single, whole)
      assert.ok(single.length > 1)
      assert.equal((await page(pool, { limit: whole.length, cursor: null })).nextCursor, null)
    }
  })

  await t.test('usage events can be narrowed down by whom, what, how and when', async () => {
    const { user, key, walletUse } = await provision(pool, 'narrow')
    const other = await provision(pool, 'wide')
    await settleAttempts(pool, [
      pricedAttempt('narrow-1.1', {
        sent: { ...walletUse, requestedModel: 'alias', createdAt: NOON },
        closed: { model: 'narrow-model' }
      }),
      pricedAttempt('narrow-2.1', { sent: { ...walletUse, createdAt: NOON + 1 }, closed: { outcome: 'client_closed' } }),
      pricedAttempt('narrow-3.1', { sent: { ...other.walletUse, createdAt: NOON + 2 } }),
      pricedAttempt('narrow-4.1', {
        sent: { ...other.planUse, createdAt: NOON + 3 },
        closed: { outcome: 'interrupted', basis: 'partial' }
      })
    ])
    const idsOf = async (filters: Parameters<typeof pageUsageEvents>[1]) =>
      (await pageUsageEvents(pool, filters, { limit: 1000, cursor: null })).rows
        .map(({ id }) => id)
        .filter((id) => id.startsWith('narrow'))
    assert.deepEqual(await idsOf({ userEmail: user.email }), ['narrow-2.1', 'narrow-1.1'])
    assert.deepEqual(await idsOf({ keyName: key.name }), ['narrow-2.1', 'narrow-1.1'])
    assert.deepEqual(await idsOf({ accountName: 'wide-account' }), ['narrow-4.1', 'narrow-3.1'])
    assert.deepEqual(await idsOf({ groupName: 'wide-plan' }), ['narrow-4.1'])
    assert.deepEqual(await idsOf({ basis: 'partial' }), ['narrow-4.1'])
    assert.deepEqual(await idsOf({ model: 'alias' }), ['narrow-1.1'])
    assert.deepEqual(await idsOf({ model: 'narrow-model' }), ['narrow-1.1'])
    assert.deepEqual(await idsOf({ outcome: 'client_closed', userEmail: user.email }), ['narrow-2.1'])
    assert.deepEqual(await idsOf({ from: NOON + 1 }), ['narrow-4.1', 'narrow-3.1', 'narrow-2.1'])
    assert.deepEqual(await idsOf({ from: NOON, to: NOON + 1 }), ['narrow-1.1'])
    assert.deepEqual(await idsOf({ userEmail: 'nobody@example.com' }), [])

    const all = ['narrow-4.1', 'narrow-3.1', 'narrow-2.1', 'narrow-1.1']
    for (const [filters, ids] of [
      [{ userEmail: [user.email.toUpperCase(), 'nobody@example.com', 'wide@example.com'] }, all],
      [{ keyName: [key.name, 'wide-key'] }, all],
      [{ accountName: ['narrow-account', 'wide-account'] }, all],
      [{ groupName: ['wide-plan', 'narrow-wallet'] }, ['narrow-4.1', 'narrow-2.1', 'narrow-1.1']],
      [{ model: ['alias', 'narrow-model'] }, ['narrow-1.1']],
      [{ outcome: ['client_closed', 'interrupted'] }, ['narrow-4.1', 'narrow-2.1']],
      [{ basis: ['partial', 'unknown'] }, ['narrow-4.1']],
      [
        { userEmail: [user.email, 'wide@example.com'], accountName: ['wide-account', 'narrow-account'], to: NOON + 2 },
        all.slice(2)
      ],
      [
        { userEmail: [user.email, 'wide@example.com'], keyName: ['wide-key', 'narrow-key'], outcome: ['interrupted'] },
        ['narrow-4.1']
      ],
      [{ userEmail: user.email, keyName: ['wide-key'] }, []],
      [{ userEmail: ['nobody@example.com', 'no-one@example.com'] }, []]
    ] as [Parameters<typeof pageUsageEvents>[1], string[]][]) {
      assert.deepEqual(await idsOf(filters), ids, JSON.stringify(filters))
      const paged = await allPages(1, (page) =>
        pageUsageEvents(pool, { ...filters, from: NOON, to: filters.to ?? NOON + 4 }, page)
      )
      const shown = paged.map(({ id }) => id).filter((id) => id.startsWith('narrow'))
      assert.deepEqual(shown, ids, `${JSON.stringify(filters)}, page by page`)
    }
  })

  await t.test('a cursor that no list gave out is refused as such', async () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const cursor of ['', 'x', encode('1'), encode([]), encode(['1', '2', '3']), encode(["1'"]), encode({ 0: '1' })]) {
      const page = { limit: 1, cursor }
      for (const read of [
        () => pageUsers(pool, page),
        () => pageAccounts(pool, page),
        () => pageLedgerEntries(pool, {}, page),
        () => pageUsageEvents(pool, {}, page)
      ]) {
        await assert.rejects(read, InvalidCursorError, cursor)
      }
    }
  })

  await t.test('a price version is kept as it was first given', async () => {
    await rememberPriceVersion(pool, 'v1', { a: 1 })
    await rememberPriceVersion(pool, 'v1', { a: 2 })
    assert.deepEqual((await pool.query('select id, data from price_versions')).rows, [{ id: 'v1', data: { a: 1 } }])
  })

  const instance = (id: string, sharesSlots = false, life = 'first life') => ({ id, life, sharesSlots })
  const claim = (id: string, ttlMs: number) => claimInstance(pool, instance(id), ttlMs, false)

  await t.test('one instance that shares no slots has the database, until it lets go or stops renewing', async () => {
    const first = await claim('first', 60_000)
    assert.equal(first.claimed, true)
    const refused = await claim('second', 60_000)
    assert.partialDeepStrictEqual(refused, {
      claimed: false,
      holder: 'first',
      because: 'this-is-alone',
      expiresAt: first.expiresAt
    })
    assert.ok(!refused.claimed && refused.expiresInMs > 30_000 && refused.expiresInMs <= 60_000)
    assert.ok((await claim('first', 60_000)).expiresAt >= first.expiresAt)
    await releaseInstance(pool, instance('first'))
    assert.equal((await claim('second', 1)).claimed, true)
    await until('the claim has run out', async () => (await claim('third', 60_000)).claimed)
    const rivals = await Promise.all(['fourth', 'fifth', 'third'].map((id) => claim(id, 60_000)))
    assert.deepEqual(
      rivals.map(({ claimed }) => claimed),
      [false, false, true]
    )
  })

  await t.test('instances that share their slots may be many, but not beside one that does not', async () => {
    await pool.query('delete from instances')
    const shared = (id: string) => claimInstance(pool, instance(id, true), 60_000, false)
    assert.equal((await shared('a')).claimed, true)
    assert.equal((await shared('b')).claimed, true)
    assert.deepEqual(await liveInstances(pool), ['a', 'b'])
    const alone = await claim('c', 60_000)
    assert.equal(!alone.claimed && alone.because, 'this-is-alone')

    await pool.query('delete from instances')
    await claim('c', 60_000)
    const refused = await shared('a')
    assert.equal(!refused.claimed && refused.because, 'it-is-alone')
  })

  await t.test(
    'a later life takes over from an earlier one, which cannot renew then, nor let go of what is not its own',
    async () => {
      await pool.query('delete from instances')
      const [earlier, later] = [instance('a', true, 'one'), instance('a', true, 'two')]
      await claimInstance(pool, earlier, 60_000, false)
      assert.equal((await claimInstance(pool, earlier, 60_000, true)).claimed, true)
      assert.equal((await claimInstance(pool, later, 60_000, false)).claimed, true)
      const refused = await claimInstance(pool, earlier, 60_000, true)
      assert.equal(!refused.claimed && refused.because, 'same-instance')
      await releaseInstance(pool, earlier)
      assert.deepEqual(await liveInstances(pool), ['a'])
      await pool.query('delete from instances')
      assert.equal((await claimInstance(pool, later, 60_000, true)).claimed, true, 'a row that was lost is made again')
    }
  )

  await t.test('of several that claim an unclaimed database at once, one gets it', async () => {
    // The first round opens the pool's connections, one slower than the other.
    for (let round = 0; round < 10; round++) {
      await pool.query('delete from instances')
      const claims = await Promise.all(['a', 'b', 'c', 'd'].map((id) => claim(id, 60_000)))
      assert.equal(claims.filter(({ claimed }) => claimed).length, 1)
    }
  })
})
