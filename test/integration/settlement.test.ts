import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addToWindow } from '../../services/money/billing/quota-windows.ts'
import { readKeySpending } from '../../services/resources/records/key-spending.ts'
import { readBalance, readSubscription } from '../../services/resources/records/client-keys.ts'
import { isTransientDatabaseError, settleAttempts, type PricedAttempt } from '../../services/resources/records/settlement.ts'
import { pageLedgerEntries } from '../../services/money/records/ledger-entries.ts'
import { pageUsageEvents } from '../../services/money/records/usage-events.ts'
import { NO_USAGE } from '../../services/money/usage/usage-facts.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { assertBooksAgree } from '../support/books.ts'
import { postgresPool } from '../support/databases.ts'
import { provision } from '../support/provisioned.ts'
import { fc } from '../support/fuzz.ts'

const ALL = { limit: 1000, cursor: null }
const HOUR_MS = 3_600_000
const NOON = Date.UTC(2026, 10, 23, 12)

test('settlement', async (t) => {
  const pool = await postgresPool(t)

  await t.test('a wallet pays what is charged, with one ledger entry an event', async () => {
    const { user, walletUse } = await provision(pool, 'wallet')
    const attempts = [
      pricedAttempt('wallet-b.1', { sent: { ...walletUse, createdAt: NOON + 1 }, costNano: 3n, chargedNano: 6n }),
      pricedAttempt('wallet-a.1', { sent: { ...walletUse, createdAt: NOON }, costNano: 1n, chargedNano: 2n }),
      pricedAttempt('wallet-c.1', { sent: { ...walletUse, createdAt: NOON + 2 }, costNano: 0n })
    ]
    const result = await settleAttempts(pool, attempts)
    assert.deepEqual(result.settled, ['wallet-a.1', 'wallet-b.1', 'wallet-c.1'])
    assert.deepEqual(result.duplicates, [])
    assert.deepEqual([...result.balances], [[user.id, 99_999_999_992n]])
    assert.equal(await readBalance(pool, user.id), 99_999_999_992n)
    const { rows } = await pageLedgerEntries(pool, { userEmail: user.email }, ALL)
    assert.deepEqual(
      rows.map(({ kind, sourceId, amountNano, balanceAfterNano }) => [kind, sourceId, amountNano, balanceAfterNano]),
      [
        ['usage', 'wallet-c.1', 0n, 99_999_999_992n],
        ['usage', 'wallet-b.1', -6n, 99_999_999_992n],
        ['usage', 'wallet-a.1', -2n, 99_999_999_998n],
        ['top-up', `opening:${user.id}`, 100_000_000_000n, 100_000_000_000n]
      ]
    )
  })

  await t.test('what was settled is not counted again, alone or in a batch with new ones', async () => {
    const { user, walletUse, planUse, plan } = await provision(pool, 'again')
    const wallet = pricedAttempt('again-1.1', { sent: walletUse })
    const planned = pricedAttempt('again-2.1', { sent: planUse })
    await settleAttempts(pool, [wallet, wallet, planned])
    const result = await settleAttempts(pool, [planned, wallet, pricedAttempt('again-3.1', { sent: walletUse })])
    assert.deepEqual(result.settled, ['again-3.1'])
    assert.deepEqual(result.duplicates.sort(), ['again-1.1', 'again-2.1'])
    assert.equal(await readBalance(pool, user.id), 98_000_000_000n)
    const windows = (await readSubscription(pool, user.id, plan.id))?.windows
    assert.deepEqual(
      windows?.map(({ usedNano }) => usedNano),
      [1_000_000_000n, 1_000_000_000n, 1_000_000_000n]
    )
    assert.equal((await settleAttempts(pool, [planned])).settled.length, 0)
  })

  await t.test('a subscription counts the list cost in its windows, and the wallet pays nothing', async () => {
    const { user, planUse, plan, subscription } = await provision(pool, 'plan')
    const result = await settleAttempts(pool, [
      pricedAttempt('plan-1.1', { sent: { ...planUse, createdAt: NOON }, costNano: 5n, chargedNano: 50n }),
      pricedAttempt('plan-2.1', { sent: { ...planUse, createdAt: NOON + 25 * HOUR_MS }, costNano: 7n, chargedNano: 70n })
    ])
    const windows = [
      { kind: 'day', startedAt: NOON + 25 * HOUR_MS, usedNano: 7n },
      { kind: 'week', startedAt: NOON, usedNano: 12n },
      { kind: 'month', startedAt: NOON, usedNano: 12n }
    ]
    assert.deepEqual([...result.subscriptions], [[subscription.id, windows]])
    assert.deepEqual((await readSubscription(pool, user.id, plan.id))?.windows, windows)
    assert.equal(await readBalance(pool, user.id), 100_000_000_000n)
  })

  await t.test(
    'a key counts what is charged, to its wallet and beside its subscription, whether it has limits or not',
    async () => {
      const { key, walletUse, planUse } = await provision(pool, 'key')
      const first = pricedAttempt('key-1.1', { sent: { ...walletUse, createdAt: NOON }, costNano: 1n, chargedNano: 5n })
      const second = { sent: { ...planUse, createdAt: NOON + 25 * HOUR_MS }, costNano: 1n, chargedNano: 7n }
      const result = await settleAttempts(pool, [first, pricedAttempt('key-2.1', second)])
      const spending = {
        windows: [
          { kind: 'day', startedAt: NOON + 25 * HOUR_MS, usedNano: 7n },
          { kind: 'week', startedAt: NOON, usedNano: 12n },
          { kind: 'month', startedAt: NOON, usedNano: 12n }
        ],
        totalNano: 12n
      }
      assert.deepEqual([...result.keys], [[key.id, spending]])
      assert.deepEqual(await readKeySpending(pool, key.id), spending)
      assert.equal((await settleAttempts(pool, [first])).keys.size, 0)
      assert.deepEqual(await readKeySpending(pool, key.id), spending)
    }
  )

  await t.test('batches of one key that are settled at once are all counted', async () => {
    const { key, walletUse, planUse } = await provision(pool, 'busy-key')
    const batches = Array.from({ length: 8 }, (_, index) => [
      pricedAttempt(`busy-key-a${index}.1`, { sent: { ...walletUse, createdAt: NOON }, chargedNano: 1n }),
      pricedAttempt(`busy-key-b${index}.1`, { sent: { ...planUse, createdAt: NOON }, chargedNano: 2n })
    ])
    await Promise.all(batches.map((batch) => settleAttempts(pool, batch)))
    const spending = await readKeySpending(pool, key.id)
    assert.deepEqual([spending?.totalNano, ...spending!.windows.map(({ usedNano }) => usedNano)], [24n, 24n, 24n, 24n])
  })

  await t.test('an event of a user, key and account that are gone is settled all the same', async () => {
    const gone = { userId: '999999', keyId: '999999', groupId: '999999', accountId: '999999' }
    const result = await settleAttempts(pool, [
      pricedAttempt('gone-1.1', { sent: gone }),
      pricedAttempt('gone-2.1', { sent: { ...gone, subscriptionId: '999999' } })
    ])
    assert.deepEqual(result.settled, ['gone-1.1', 'gone-2.1'])
    assert.deepEqual([result.balances.size, result.subscriptions.size, result.keys.size], [0, 0, 0])
    const { rows } = await pageUsageEvents(pool, { model: 'claude-opus-5-5' }, ALL)
    assert.equal(rows.find(({ id }) => id === 'gone-1.1')?.userEmail, null)
  })

  await t.test('an event of a month that nobody prepared is settled', async () => {
    const { walletUse } = await provision(pool, 'months')
    const months = [Date.UTC(2019, 0, 31, 23, 59, 59, 999), Date.UTC(2019, 1, 1), Date.UTC(2031, 11, 31)]
    const attempts = months.map((createdAt, index) => pricedAttempt(`months-${index}.1`, { sent: { ...walletUse, createdAt } }))
    assert.equal((await settleAttempts(pool, attempts)).settled.length, 3)
  })

  await t.test('hostile text and numbers are stored as what can be stored', async () => {
    const { walletUse } = await provision(pool, 'hostile')
    const text = `nul\0 lone\uD800 "quoted" back\\slash {a,b} NULL ${'é'.repeat(5000)}`
    const attempt = pricedAttempt('hostile-1.1', {
      sent: { ...walletUse, requestedModel: text, upstreamModel: text, queueMs: 1.5, subject: text },
      closed: {
        model: null,
        upstreamRequestId: text,
        durationMs: 1e15,
        usage: {
          ...NO_USAGE,
          inputTokens: Number.MAX_SAFE_INTEGER,
          serviceTier: text,
          iterations: [{ ...NO_USAGE, type: text, model: text }]
        }
      }
    })
    const empty = pricedAttempt('hostile-2.1', { sent: { ...walletUse, requestedModel: '' }, closed: { model: '' } })
    const nullish = pricedAttempt('hostile-3.1', {
      sent: { ...walletUse, requestedModel: 'NULL' },
      closed: { model: 'null' }
    })
    assert.equal((await settleAttempts(pool, [attempt, empty, nullish])).settled.length, 3)
    const { rows } = await pageUsageEvents(pool, { userEmail: 'hostile@example.com' }, ALL)
    const models = new Map(rows.map(({ id, model, requestedModel }) => [id, [model, requestedModel]]))
    const stored = text.slice(0, 256).replace('\0', '\uFFFD').replace('\uD800', '\uFFFD')
    assert.deepEqual(models.get('hostile-1.1'), [stored, stored])
    assert.deepEqual(models.get('hostile-2.1'), ['', ''])
    assert.deepEqual(models.get('hostile-3.1'), ['null', 'NULL'])
  })

  await t.test('an event says all that is known of its attempt', async () => {
    const { walletUse } = await provision(pool, 'whole')
    const iteration = { ...NO_USAGE, type: 'message', model: 'm', inputTokens: 1 }
    const tokens = {
      inputTokens: 1,
      outputTokens: 2,
      cacheCreation5mTokens: 3,
      cacheCreation1hTokens: 4,
      cacheReadTokens: 5,
      webSearchRequests: 6
    }
    await settleAttempts(pool, [
      {
        ...pricedAttempt('whole-1.2', {
          sent: {
            ...walletUse,
            attempt: 2,
            requestedModel: 'asked',
            upstreamModel: 'sent',
            stream: false,
            rateMultiplier: '1.25',
            queueMs: 7,
            subject: 'repo:acme/app:ref:refs/heads/main'
          },
          closed: {
            outcome: 'upstream_cut',
            basis: 'partial',
            status: null,
            model: null,
            firstByteMs: null,
            upstreamRequestId: null,
            durationMs: 8,
            usage: {
              ...NO_USAGE,
              ...tokens,
              speed: 'fast',
              iterations: [iteration]
            }
          },
          costNano: 123n,
          chargedNano: 154n
        }),
        priceVersion: 'v2',
        priceUnknown: true
      }
    ])
    const { rows } = await pageUsageEvents(pool, { userEmail: 'whole@example.com' }, ALL)
    assert.deepEqual(rows, [
      {
        id: 'whole-1.2',
        exchangeId: 'whole-1',
        attempt: 2,
        createdAt: NOON,
        userEmail: 'whole@example.com',
        keyName: 'whole-key',
        groupName: 'whole-wallet',
        accountName: 'whole-account',
        requestedModel: 'asked',
        model: 'sent',
        stream: false,
        outcome: 'upstream_cut',
        basis: 'partial',
        status: null,
        ...tokens,
        costNano: 123n,
        chargedNano: 154n,
        rateMultiplier: '1.25',
        priceVersion: 'v2',
        priceUnknown: true,
        upstreamRequestId: null,
        queueMs: 7,
        firstByteMs: null,
        durationMs: 8,
        subject: 'repo:acme/app:ref:refs/heads/main',
        teamName: null
      }
    ])
    const { rows: bySubject } = await pageUsageEvents(pool, { subject: rows[0]?.subject ?? '' }, ALL)
    assert.deepEqual(bySubject, rows)
    const { rows: raw } = await pool.query("select usage from usage_events where id = 'whole-1.2'")
    assert.deepEqual(raw, [
      {
        usage: {
          speed: 'fast',
          iterations: [
            { ...iteration, serviceTier: undefined, speed: undefined, inferenceGeo: undefined, iterations: undefined }
          ].map((entry) => JSON.parse(JSON.stringify(entry))),
          upstreamModel: 'sent'
        }
      }
    ])
  })

  await t.test('a key shows when it was last used, also when older events are settled later', async () => {
    const { walletUse } = await provision(pool, 'used')
    await settleAttempts(pool, [pricedAttempt('used-1.1', { sent: { ...walletUse, createdAt: NOON } })])
    await settleAttempts(pool, [pricedAttempt('used-0.1', { sent: { ...walletUse, createdAt: NOON - 1 } })])
    const { rows } = await pool.query('select last_used_at from api_keys where id = $1', [walletUse.keyId])
    assert.deepEqual(rows, [{ last_used_at: new Date(NOON) }])
  })

  await t.test(
    'a batch that the database refuses leaves nothing, and can be told from one that may succeed later',
    async () => {
      const { user, walletUse } = await provision(pool, 'refused')
      const good = pricedAttempt('refused-1.1', { sent: walletUse })
      const bad = pricedAttempt('refused-2.1', { sent: walletUse, closed: { outcome: 'no such outcome' as 'completed' } })
      await assert.rejects(settleAttempts(pool, [good, bad]), (error) => !isTransientDatabaseError(error))
      assert.equal(await readBalance(pool, user.id), 100_000_000_000n)
      assert.deepEqual((await settleAttempts(pool, [good])).settled, ['refused-1.1'])
    }
  )

  await t.test('whatever is settled in whatever batches, by several at once, the books agree', async () => {
    const owners = [await provision(pool, 'random-0'), await provision(pool, 'random-1'), await provision(pool, 'random-2')]
    let run = 0
    const attempt = fc.record({
      owner: fc.nat(2),
      planned: fc.boolean(),
      hours: fc.integer({ min: 0, max: 2000 }),
      costNano: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      chargedNano: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      repeats: fc.integer({ min: 1, max: 3 })
    })
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { maxLength: 40 }), fc.integer({ min: 1, max: 10 }), async (specs, batchSize) => {
        run++
        const attempts = specs.flatMap(({ owner, planned, hours, repeats, ...prices }, index) => {
          const use = planned ? owners[owner]!.planUse : owners[owner]!.walletUse
          const sent = { ...use, createdAt: NOON + run * 3000 * HOUR_MS + hours * HOUR_MS }
          return Array.from({ length: repeats }, () => pricedAttempt(`random-${run}-${index}.1`, { sent, ...prices }))
        })
        const batches: PricedAttempt[][] = []
        for (let begin = 0; begin < attempts.length; begin += batchSize) batches.push(attempts.slice(begin, begin + batchSize))
        const results = await Promise.all(batches.map((batch) => settleAttempts(pool, batch)))
        assert.equal(results.flatMap(({ settled }) => settled).length, specs.length)
        await assertBooksAgree(pool)
      }),
      // A race that was lost would not be lost again in the same way.
      { numRuns: 15, endOnFailure: true }
    )
  })

  await t.test('several that settle for the same owners at once neither fail nor lose anything', async () => {
    const owners: Awaited<ReturnType<typeof provision>>[] = []
    for (let index = 0; index < 12; index++) owners.push(await provision(pool, `busy-${index}`))
    await Promise.all(Array.from({ length: 10 }, () => pool.query('select pg_sleep(0.01)')))
    const use = (kind: 'walletUse' | 'planUse', costNano: bigint) =>
      Array.from({ length: 30 }, (_, batch) =>
        owners.map((owner, index) => pricedAttempt(`busy-${kind}-${batch}-${index}.1`, { sent: owner[kind], costNano }))
      )
    // Apart, so that neither kind is kept in turn by the locks of the other.
    await Promise.all(use('walletUse', 3n).map((batch) => settleAttempts(pool, batch)))
    await Promise.all(use('planUse', 5n).map((batch) => settleAttempts(pool, batch)))
    for (const { user, plan } of owners) {
      assert.equal(await readBalance(pool, user.id), 100_000_000_000n - 90n)
      const windows = (await readSubscription(pool, user.id, plan.id))?.windows
      assert.deepEqual(
        windows?.map(({ usedNano }) => usedNano),
        [150n, 150n, 150n]
      )
    }
    await assertBooksAgree(pool)
  })

  await t.test('a window holds the sum of its events however they are spread over batches', async () => {
    const { user, planUse, plan } = await provision(pool, 'windows')
    const times = [0, 5, 23, 24, 30, 100, 169, 400, 721].map((hours) => NOON + hours * HOUR_MS)
    const attempts = times.map((createdAt, index) =>
      pricedAttempt(`windows-${index}.1`, { sent: { ...planUse, createdAt }, costNano: BigInt(index + 1) })
    )
    await settleAttempts(pool, attempts.slice(0, 4))
    await settleAttempts(pool, attempts.slice(4))
    const expected = (['day', 'week', 'month'] as const).map((kind) =>
      times.reduce((window, at, index) => addToWindow(window, { anchor: 'first-use' }, at, BigInt(index + 1)), {
        kind,
        startedAt: null as number | null,
        usedNano: 0n
      })
    )
    assert.deepEqual((await readSubscription(pool, user.id, plan.id))?.windows, expected)
  })
})
