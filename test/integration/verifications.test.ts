import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type pg from 'pg'
import { createVerifier } from '../../services/operations/office/verifier.ts'
import { inTransaction, type Connectable, type Queryable } from '../../services/platform/database/queryable.ts'
import { createDayReconciler } from '../../services/resources/admin/reconcile-days.ts'
import { NOTHING_VERIFIED, verifyLedger } from '../../services/resources/admin/verify-ledger.ts'
import { appendAudit, verifyAudits } from '../../services/resources/records/audit-log.ts'
import { listReconciledDays } from '../../services/resources/records/reconciled-days.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import {
  beginDueVerification,
  beginVerification,
  endVerification,
  findVerification,
  pageVerifications,
  renewVerification
} from '../../services/resources/records/verifications.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { migratedUrl, postgresPool } from '../support/databases.ts'
import { startGateway, user } from '../support/gateway.ts'
import { createTestLog, keptAliveClock } from '../support/journal-fixtures.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'
import { provision } from '../support/provisioned.ts'
import { until } from '../support/until.ts'

const DAY_MS = 86_400_000
const NOON = Date.UTC(2026, 10, 23, 12)
const ANN = { startedBy: 'ann@example.com', replica: 'one' }
const NOTHING = { ...NOTHING_VERIFIED, audit: null }

/** What has been verified, the newest first. */
const all = async (pool: pg.Pool) => (await pageVerifications(pool, {}, { limit: 100, cursor: null })).rows

function verifierOf(
  t: TestContext,
  pool: pg.Pool,
  { books = pool, replica = 'one' }: { books?: Connectable; replica?: string } = {}
) {
  const log = createTestLog()
  const verifier = createVerifier({ db: pool, books, clock: keptAliveClock, replica, lookMs: null, random: () => 0.5, log })
  t.after(() => verifier.close())
  return { ...verifier, log }
}

test('one runs at a time, whoever begins it and wherever', async (t) => {
  const pool = await postgresPool(t)
  const begun = await Promise.all(
    Array.from({ length: 8 }, (_, index) => beginVerification(pool, { ...ANN, replica: `${index}` }))
  )
  assert.equal(begun.filter(({ isNew }) => isNew).length, 1)
  assert.equal(new Set(begun.map(({ id }) => id)).size, 1)
  const id = begun[0]!.id
  assert.equal(await beginDueVerification(pool, ANN, DAY_MS), null, 'one is running')
  await endVerification(pool, id, NOTHING, { result: 'failed', problem: 'no' })
  const due = await Promise.all(Array.from({ length: 8 }, () => beginDueVerification(pool, ANN, DAY_MS)))
  const [next, ...more] = due.filter((id) => id !== null)
  assert.deepEqual([typeof next, more], ['string', []], 'one that failed is tried again, once')
  await endVerification(pool, next!, NOTHING, { result: 'agrees' })
  assert.equal(await beginDueVerification(pool, ANN, DAY_MS), null, 'it was verified today')
  await pool.query("update verifications set started_at = started_at - interval '1 day'")
  assert.notEqual(await beginDueVerification(pool, ANN, DAY_MS), null)
})

test('one whose process is gone is interrupted, and the next can begin', async (t) => {
  const pool = await postgresPool(t)
  const { id } = await beginVerification(pool, ANN)
  assert.equal(await renewVerification(pool, id, { ...NOTHING, found: 3 }), true)
  assert.deepEqual((await findVerification(pool, id))?.state, 'running')
  await pool.query("update verifications set expires_at = clock_timestamp() - interval '1 second'")
  assert.deepEqual((await findVerification(pool, id))?.state, 'interrupted')
  const next = await beginVerification(pool, ANN)
  assert.equal(next.isNew, true)
  assert.equal(await renewVerification(pool, id, NOTHING), false, 'it comes back too late')
  await endVerification(pool, id, NOTHING, { result: 'agrees' })
  const [, first] = await all(pool)
  assert.deepEqual([first?.state, first?.found], ['interrupted', 3], 'what it says then is not heard')
})

test('so many are kept, and come in pages', async (t) => {
  const pool = await postgresPool(t)
  for (let count = 0; count < 63; count++) {
    const { id } = await beginVerification(pool, ANN)
    await endVerification(pool, id, NOTHING, { result: count % 2 === 0 ? 'agrees' : 'drifted' })
  }
  const first = await pageVerifications(pool, {}, { limit: 50, cursor: null })
  const second = await pageVerifications(pool, {}, { limit: 50, cursor: first.nextCursor })
  assert.deepEqual([first.rows.length, second.rows.length, second.nextCursor], [50, 10, null])
  const drifted = await pageVerifications(pool, { states: ['drifted', 'failed'] }, { limit: 100, cursor: null })
  assert.equal(drifted.rows.length, 30)
})

test('what is found is kept: what was looked at, what drifted, the audit chain and the sums of each day', async (t) => {
  const pool = await postgresPool(t)
  await pool.query("update migrations set applied_at = '2020-01-01'")
  const { walletUse, planUse } = await provision(pool)
  await settleAttempts(
    pool,
    Array.from({ length: 10 }, (_, index) =>
      pricedAttempt(`event-${index}.1`, {
        sent: { ...(index < 6 ? walletUse : planUse), createdAt: NOON + (index % 2) * DAY_MS }
      })
    )
  )
  await appendAudit(pool, {
    at: NOON,
    actor: 'admin',
    action: 'user.changed',
    subject: 'user ann',
    detail: {},
    exchangeId: null
  })
  const verifier = verifierOf(t, pool)
  await verifier.look()
  const [agrees] = await all(pool)
  assert.deepEqual(
    [agrees?.state, agrees?.startedBy, agrees?.replica, agrees?.found, agrees?.drifts, agrees?.problem],
    ['agrees', 'sluice', 'one', 0, [], null]
  )
  assert.deepEqual(agrees?.checked, { users: 1, entries: 7, subscriptions: 1, keys: 1, teams: 0, events: 10, hours: 2 })
  assert.deepEqual([agrees?.audit?.ok, agrees?.audit?.entries, agrees?.audit?.head.seq], [true, 1, '1'])
  const five = { requests: 5, costNano: 5_000_000_000n, chargedNano: 5_000_000_000n }
  const books = { events: five, hourly: five, daily: five, chargedNano: 3_000_000_000n, enteredNano: 3_000_000_000n }
  const days = await listReconciledDays(pool, NOON - 10 * DAY_MS)
  assert.deepEqual(
    days.map(({ verifiedAt: _at, ...day }) => day),
    [24, 23].map((date) => ({ day: Date.UTC(2026, 10, date), ...books, summedUp: 0, found: 0 }))
  )

  await pool.query("update ledger_entries set amount_usd = amount_usd - 0.25 where source_id = 'event-1.1'")
  await pool.query("update usage_daily set charged_usd = charged_usd + 1 where day = '2026-11-23'")
  await verifier.look()
  assert.equal((await all(pool)).length, 1, 'it was verified today')
  await verifier.run((await beginVerification(pool, ANN)).id)
  const [drifted] = await all(pool)
  assert.deepEqual([drifted?.state, drifted?.startedBy], ['drifted', 'ann@example.com'])
  assert.equal(drifted?.drifts.find(({ kind }) => kind === 'charge')?.recorded, '-1.25')
  assert.deepEqual(drifted?.kinds.charge, { found: 1, differenceNano: 250_000_000n })
  assert.deepEqual(drifted?.kinds.day?.differenceNano, 2_000_000_000n, 'of both groups')
  const [later, earlier] = await listReconciledDays(pool, 0)
  assert.deepEqual([later?.enteredNano, later?.found], [3_250_000_000n, 1])
  assert.deepEqual([earlier?.daily.chargedNano, earlier?.found], [7_000_000_000n, 2])
  assert.deepEqual(verifier.log.lines.at(-1), { level: 'error', message: 'the books do not agree: see sluice ledger verify' })
  const { entries } = await verifyAudits(pool)
  assert.equal(entries, 2, 'that it was known is in the chain')

  await pool.query('alter table audit_log disable trigger user')
  await pool.query("update audit_log set actor = 'nobody' where seq = 1")
  await verifier.run((await beginVerification(pool, ANN)).id)
  assert.deepEqual((await all(pool))[0]?.audit?.broken, { id: '1', seq: '1', problem: 'its content is not what was hashed' })
})

test('events that are gone with all that was made of them are missed from the next verification on', async (t) => {
  const pool = await postgresPool(t)
  await pool.query("update migrations set applied_at = '2020-01-01'")
  const { planUse } = await provision(pool)
  await settleAttempts(pool, [pricedAttempt('event-1.1', { sent: planUse }), pricedAttempt('event-2.1', { sent: planUse })])
  const verifier = verifierOf(t, pool)
  await verifier.look()
  await pool.query("delete from usage_events where id = 'event-1.1'")
  for (const table of ['usage_hourly', 'usage_daily']) {
    await pool.query(`update ${table} set requests = 1, input_tokens = 10, output_tokens = 5, cost_usd = 1, charged_usd = 1`)
  }
  await pool.query('update subscriptions set day_used_usd = 1, week_used_usd = 1, month_used_usd = 1')
  await pool.query('update api_keys set day_used_usd = 1, week_used_usd = 1, month_used_usd = 1, total_used_usd = 1')
  for (const again of [false, true]) {
    await verifier.run((await beginVerification(pool, ANN)).id)
    const [{ drifts, state } = { drifts: [], state: '' }] = await all(pool)
    assert.equal(state, 'drifted', again ? 'for as long as they are' : '')
    assert.deepEqual(drifts, [{ kind: 'lost', subject: '2026-11-23', field: 'requests', recorded: '2', recomputed: '1' }])
  }
})

test('a verification that meets a fault says so, and one that is stopped is interrupted', async (t) => {
  const pool = await postgresPool(t)
  const { walletUse } = await provision(pool)
  await settleAttempts(pool, [pricedAttempt('event-1.1', { sent: walletUse })])
  const failing = faulty(pool, async () => {
    throw new Error('the disk of the database is full')
  })
  const failed = verifierOf(t, pool, { books: failing })
  await failed.look()
  const [first] = await all(pool)
  assert.deepEqual([first?.state, first?.problem, first?.checked.users], ['failed', 'the disk of the database is full', 1])
  assert.equal(failed.log.lines[0]?.level, 'warn')

  const atHours = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const stopped = verifierOf(t, pool, {
    books: faulty(pool, async () => {
      atHours.resolve()
      await goOn.promise
    })
  })
  const looking = stopped.look()
  await atHours.promise
  const closing = stopped.close()
  goOn.resolve()
  await Promise.all([looking, closing])
  assert.deepEqual((await all(pool))[0]?.state, 'interrupted')
})

/** Does something before hours are compared. */
function faulty(pool: pg.Pool, fault: () => Promise<void>): Connectable {
  return {
    async query(text, values) {
      if (text.includes('usage_hourly')) await fault()
      return await pool.query(text, values)
    },
    connect: () => pool.connect()
  }
}

test('it locks nothing that settling needs', async (t) => {
  const pool = await postgresPool(t)
  const { walletUse, planUse } = await provision(pool)
  await settleAttempts(pool, [pricedAttempt('event-1.1', { sent: walletUse }), pricedAttempt('event-2.1', { sent: planUse })])
  const modes = await inTransaction(pool, async (client: Queryable) => {
    await verifyLedger(client, { now: NOON })
    await verifyAudits(client)
    const { rows } = await client.query<{ mode: string }>(
      'select distinct mode from pg_locks where pid = pg_backend_pid() and relation is not null'
    )
    return rows
  })
  assert.deepEqual(modes, [{ mode: 'AccessShareLock' }])
})

test('days are put together of their parts, and what is settled meanwhile is no difference', () => {
  const reconciler = createDayReconciler()
  const totals = (requests: number) => ({ requests, costNano: BigInt(requests), chargedNano: BigInt(requests) })
  const part = (hours: object) => ({
    ...NOTHING_VERIFIED,
    kinds: { hour: { found: 1, differenceNano: 1n } },
    hours: { day: NOON, chargedNano: 1n, enteredNano: 2n, summedUp: 1, daily: null, ...hours } as never,
    nextCursor: null
  })
  assert.equal(reconciler.add({ ...part({}), hours: null }), null)
  assert.equal(reconciler.add(part({ events: totals(5), hourly: totals(6) })), null)
  const day = reconciler.add(
    part({ events: totals(2), hourly: totals(2), daily: { recorded: totals(20), ofHours: totals(17) } })
  )
  const expected = { events: totals(7), hourly: totals(8), daily: totals(11), chargedNano: 2n, enteredNano: 4n }
  assert.deepEqual(day, { day: NOON, ...expected, summedUp: 2, found: 2 })
  const next = reconciler.add(
    part({ events: totals(1), hourly: totals(1), daily: { recorded: totals(1), ofHours: totals(1) } })
  )
  assert.deepEqual([next?.events.requests, next?.found], [1, 1], 'another day begins anew')
})

interface Shown {
  id: string
  state: string
  started_by: string
  found: number
  kinds: { kind: string; found: number; difference_usd: string }[]
  drifts: { kind: string; subject: string }[]
}

test('operators have the books verified and read what came of it; two that ask at once get the same', async (t) => {
  const database = await databaseProxy(await migratedUrl(t))
  const gateway = await startGateway(t, {
    databaseUrl: database.url,
    declared: () => ({ accounts: [], users: [user(), { email: 'eve@example.com', role: 'viewer' }] })
  })
  t.after(() => database.close())
  const { call } = operatorOf(gateway)
  const viewer = await signIn(gateway, 'eve@example.com')
  const ended = async (id: string) => {
    const read = async () => (await viewer.call<Shown>('GET', `/admin/v1/verifications/${id}`)).body
    await until('it is over', async () => (await read()).state !== 'running')
    return await read()
  }
  assert.deepEqual((await viewer.refusal('POST', '/admin/v1/verifications'))[0], 403)
  assert.deepEqual((await viewer.call('GET', '/admin/v1/verifications')).body, { data: [], next_cursor: null })

  const both = await Promise.all([call('POST', '/verifications'), call('POST', '/verifications')])
  assert.deepEqual(statusesOf(both), [200, 201])
  assert.equal(both[0].body['id'], both[1].body['id'])
  const first = await ended(String(both[0].body['id']))
  assert.deepEqual([first.state, first.started_by, first.drifts], ['agrees', 'admin', []])

  await gateway.app.pg.pool.query("update users set balance_usd = balance_usd + 5 where email = 'dev@example.com'")
  const second = await ended(String((await call('POST', '/verifications')).body['id']))
  assert.deepEqual([second.state, second.found], ['drifted', 1])
  assert.deepEqual(second.kinds, [{ kind: 'balance', found: 1, difference_usd: '5' }])
  assert.equal(second.drifts[0]?.subject, 'user dev@example.com')
  const listed = await call('GET', '/verifications?state=drifted&state=failed')
  const { data } = listed.body as unknown as { data: Shown[] }
  assert.deepEqual(
    data.map((row) => [row.id, 'drifts' in row]),
    [[second.id, false]]
  )

  const { refusal } = operatorOf(gateway)
  assert.deepEqual(await refusal('GET', '/verifications/999'), [404, 'there is no verification with id 999'])
  assert.equal((await refusal('GET', '/verifications?state=lost'))[0], 400)
  database.cut()
  for (const method of ['GET', 'POST']) assert.equal((await refusal(method, '/verifications'))[0], 503)
  database.restore()
})
