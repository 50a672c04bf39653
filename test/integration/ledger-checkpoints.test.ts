import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { readBalance } from '../../services/resources/records/client-keys.ts'
import { checkpointLedger } from '../../services/money/records/ledger-checkpoints.ts'
import { addLedgerEntry, pageLedgerEntries } from '../../services/money/records/ledger-entries.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { assertBooksAgree } from '../support/books.ts'
import { postgresPool } from '../support/databases.ts'
import { provision } from '../support/provisioned.ts'

const ALL = { limit: 1000, cursor: null }
const MARCH = Date.UTC(2026, 2, 1)
type Owner = Awaited<ReturnType<typeof provision>>

/** As if what came last had been entered at this time. */
async function enteredAt(pool: pg.Pool, { user }: Owner, at: number) {
  await pool.query(
    "update ledger_entries set created_at = $2 where user_id = $1 and created_at > now() - interval '1 minute'",
    [user.id, new Date(at)]
  )
}

async function use(pool: pg.Pool, owner: Owner, ids: string[], at: number) {
  const attempts = ids.map((id, index) =>
    pricedAttempt(`${owner.user.id}-${id}.1`, { sent: { ...owner.walletUse, createdAt: at + index }, chargedNano: 3n })
  )
  await settleAttempts(pool, attempts)
  await enteredAt(pool, owner, at)
  return attempts
}

async function entriesOf(pool: pg.Pool, { user }: Owner) {
  const { rows } = await pageLedgerEntries(pool, { userEmail: user.email }, ALL)
  return rows
    .toReversed()
    .map(({ kind, sourceId, amountNano, balanceAfterNano }) => [
      kind,
      sourceId,
      amountNano,
      100_000_000_000n - balanceAfterNano
    ])
}

/** January and February of use, with a top-up between, and March. */
async function history(pool: pg.Pool, name: string, february = ['feb-1']) {
  const owner = await provision(pool, name)
  const { id } = owner.user
  await enteredAt(pool, owner, Date.UTC(2026, 0, 1))
  await use(pool, owner, ['jan-1', 'jan-2', 'jan-3'], Date.UTC(2026, 0, 10))
  await addLedgerEntry(pool, { userId: id, kind: 'adjustment', amountNano: -5n, sourceId: `adjustment:${name}` })
  await enteredAt(pool, owner, Date.UTC(2026, 0, 11))
  const late = await use(pool, owner, ['jan-4', 'jan-5'], Date.UTC(2026, 0, 31, 23, 59, 59, 0))
  await use(pool, owner, february, Date.UTC(2026, 1, 1))
  await use(pool, owner, ['mar-1'], MARCH)
  return { owner, late }
}

test('old usage in the ledger', async (t) => {
  const pool = await postgresPool(t)

  await t.test('becomes one entry a month, and what operators entered stays', async () => {
    const { owner } = await history(pool, 'kept')
    const { id } = owner.user
    const balance = await readBalance(pool, id)
    await checkpointLedger(pool, Date.UTC(2026, 1, 28))
    assert.deepEqual(await entriesOf(pool, owner), [
      ['top-up', `opening:${id}`, 100_000_000_000n, 0n],
      ['adjustment', 'adjustment:kept', -5n, 14n],
      ['checkpoint', `checkpoint:${id}:2026-01`, -15n, 20n],
      ['usage', `${id}-feb-1.1`, -3n, 23n],
      ['usage', `${id}-mar-1.1`, -3n, 26n]
    ])
    await checkpointLedger(pool, MARCH)
    assert.deepEqual((await entriesOf(pool, owner)).slice(2), [
      ['checkpoint', `checkpoint:${id}:2026-01`, -15n, 20n],
      ['checkpoint', `checkpoint:${id}:2026-02`, -3n, 23n],
      ['usage', `${id}-mar-1.1`, -3n, 26n]
    ])
    assert.equal(await readBalance(pool, id), balance)
    const again = await entriesOf(pool, owner)
    await checkpointLedger(pool, MARCH)
    assert.deepEqual(await entriesOf(pool, owner), again)
    await assertBooksAgree(pool)
  })

  await t.test('is added up in steps, and goes on where it was interrupted', async () => {
    const { owner } = await history(pool, 'steps')
    let left = 2
    await checkpointLedger(pool, MARCH, { batchSize: 2, isStopped: () => left-- === 0 })
    const { id } = owner.user
    assert.deepEqual((await entriesOf(pool, owner)).slice(2), [
      ['checkpoint', `checkpoint:${id}:2026-01`, -12n, 17n],
      ['usage', `${id}-jan-5.1`, -3n, 20n],
      ['usage', `${id}-feb-1.1`, -3n, 23n],
      ['usage', `${id}-mar-1.1`, -3n, 26n]
    ])
    await assertBooksAgree(pool)
    await checkpointLedger(pool, MARCH, { batchSize: 2 })
    assert.deepEqual((await entriesOf(pool, owner)).slice(2, 4), [
      ['checkpoint', `checkpoint:${id}:2026-01`, -15n, 20n],
      ['checkpoint', `checkpoint:${id}:2026-02`, -3n, 23n]
    ])
    await assertBooksAgree(pool)
  })

  await t.test('is not charged again while its events are there, nor is an adjustment', async () => {
    const { owner, late } = await history(pool, 'again')
    await checkpointLedger(pool, MARCH)
    const before = await entriesOf(pool, owner)
    assert.equal((await settleAttempts(pool, late)).settled.length, 0)
    const repeated = { userId: owner.user.id, kind: 'adjustment' as const, amountNano: -5n, sourceId: 'adjustment:again' }
    assert.equal((await addLedgerEntry(pool, repeated))?.created, false)
    assert.deepEqual(await entriesOf(pool, owner), before)
  })
})

test('a failure in the middle leaves the entries as they were', async (t) => {
  const pool = await postgresPool(t)
  const { owner } = await history(pool, 'failing')
  const before = await entriesOf(pool, owner)
  await pool.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
     create trigger refuse before update on ledger_entries for each row execute function refuse()`
  )
  await assert.rejects(checkpointLedger(pool, MARCH), /killed/)
  assert.deepEqual(await entriesOf(pool, owner), before)
  await pool.query('drop trigger refuse on ledger_entries')
  await checkpointLedger(pool, MARCH)
  await assertBooksAgree(pool)
})

test('at each moment the balance is the sum, with several at it while usage is settled and balances are changed', async (t) => {
  const pool = await postgresPool(t)
  pool.options.max = 20
  const owners: Owner[] = []
  for (let index = 0; index < 4; index++) {
    const february = Array.from({ length: 60 }, (_, count) => `feb-${count}`)
    const { owner } = await history(pool, `busy-${index}`, february)
    owners.push(owner)
  }
  let working = true
  async function watch() {
    for (let looks = 0; ; looks++) {
      const { rows } = await pool.query(
        `select u.id from users u join ledger_entries l on l.user_id = u.id group by u.id having u.balance_usd <> sum(l.amount_usd)`
      )
      assert.deepEqual(rows, [])
      if (!working) return looks
    }
  }
  const watching = watch()
  const settling = Array.from({ length: 20 }, (_, batch) =>
    settleAttempts(
      pool,
      owners.map((owner) => pricedAttempt(`now-${batch}-${owner.user.id}.1`, { sent: owner.walletUse, chargedNano: 7n }))
    )
  )
  const adjusting = owners.map(async ({ user }) => {
    for (let count = 0; count < 10; count++) {
      const sourceId = `adjustment:${user.id}-${count}`
      await addLedgerEntry(pool, { userId: user.id, kind: 'refund', amountNano: 1n, sourceId })
    }
  })
  const folding = Array.from({ length: 4 }, () => checkpointLedger(pool, MARCH, { batchSize: 5 }))
  await Promise.all([...settling, ...adjusting, ...folding])
  working = false
  assert.ok((await watching) > 0)
  await assertBooksAgree(pool)
  const { rows } = await pool.query<{ kind: string; count: string }>(
    'select kind, count(*) from ledger_entries group by kind order by kind'
  )
  assert.deepEqual(rows, [
    { kind: 'adjustment', count: '4' },
    { kind: 'checkpoint', count: '8' },
    { kind: 'refund', count: '40' },
    { kind: 'top-up', count: '4' },
    { kind: 'usage', count: '84' }
  ])
})

test('more users than are looked for at once are all seen to', async (t) => {
  const pool = await postgresPool(t)
  for (let index = 0; index < 120; index++) {
    const owner = await provision(pool, `many-${index}`)
    await use(pool, owner, ['old'], Date.UTC(2026, 0, 2))
  }
  await checkpointLedger(pool, MARCH)
  const { rows } = await pool.query("select count(*)::int as count from ledger_entries where kind = 'checkpoint'")
  assert.deepEqual(rows, [{ count: 120 }])
})
