import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import {
  createAccountHealth,
  type AccountHealth,
  type HealthChange,
  type Sign
} from '../../services/gateway/accounts/account-health.ts'
import type { AccountWindow, Cooldown } from '../../services/resources/accounts/cooldowns.ts'
import { createHealthStore } from '../../services/gateway/accounts/health-store.ts'
import { verdict } from '../../services/gateway/accounts/verdicts.ts'
import type { Clock } from '../../services/platform/clock.ts'
import { systemClock } from '../../services/platform/clock.ts'
import { migrate } from '../../services/platform/database/migrations.ts'
import { putCooldown, putWindows, removeCooldown } from '../../services/resources/records/account-health.ts'
import { findAccount, listAccounts } from '../../services/resources/records/accounts.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { postgresPool, postgresUrl } from '../support/databases.ts'
import { account, createAccount } from '../support/provisioned.ts'
import { until } from '../support/until.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'
import { openPool } from '../support/open-pool.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const OPUS = 'claude-opus-5-5'
const SILENT = { warn: () => {}, error: () => {} }
const SELF = { actor: 'sluice', exchangeId: 'exchange-1' }

const healthOn = (clock: Clock) =>
  createAccountHealth({
    clock,
    cooldownMinMs: 5000,
    cooldownMaxMs: 28_800_000,
    cooldownUnnamedMs: 300_000,
    overloadCooldownMs: 600_000,
    breakerFailures: 2,
    breakerOpenMs: 60_000,
    originProbeMs: 10_000,
    cooldownProbeMs: 900_000,
    peersOf: (id) => [id, 'another'],
    utilizationThreshold: 0.95
  })

const tell = (health: AccountHealth, id: string, sign: Sign, headers: Record<string, string> = {}) =>
  health.report(id, OPUS, sign, { headers, isLastUsable: false, holder: 'a' })

const cooldown = (changes: Partial<Cooldown> = {}): Cooldown => ({
  kind: 'rate_limit',
  scope: '',
  reason: '429',
  since: NOON,
  until: NOON + 60_000,
  probeAt: null,
  level: 1,
  ...changes
})

async function auditsOf(pool: pg.Pool, name: string) {
  const { rows } = await pool.query<{ action: string; actor: string; detail: Record<string, unknown>; exchange_id: string }>(
    'select action, actor, detail, exchange_id from audit_log where subject = $1 order by id',
    [`account ${name}`]
  )
  return rows
}

test('account health', async (t) => {
  const pool = await postgresPool(t)
  const add = (name: string) => createAccount(pool, account(name))

  await t.test('survives a restart', async () => {
    const clock = createVirtualClock(NOON)
    const health = healthOn(clock)
    const store = createHealthStore({ db: pool, clock, log: SILENT })
    const ids = await Promise.all(['limited', 'broken', 'loaded', 'well'].map(add))
    const [limited = '', broken = '', loaded = ''] = ids
    const resetS = String(NOON / 1000 + 7200)
    const windows = { 'anthropic-ratelimit-unified-5h-reset': resetS, 'anthropic-ratelimit-unified-5h-utilization': '0.97' }
    const changes: HealthChange[] = [
      ...tell(health, limited, { ...verdict('limit of a family', '429'), until: NOON + 90_000 }, windows),
      ...tell(health, limited, { ...verdict('not permitted', '403'), consequence: 'forbidden' }),
      ...tell(health, broken, verdict('server error', '500')),
      ...tell(health, broken, verdict('server error', '500')),
      ...tell(health, loaded, verdict('overload', '529'))
    ]
    for (const change of changes) store.record('any', [change], SELF)
    await store.flush()

    const restarted = healthOn(clock)
    for (const record of await listAccounts(pool)) restarted.replace(record.id, record)
    for (const passedMs of [0, 70_000, 300_000, 400_000]) {
      clock.leap(passedMs)
      for (const id of ids) {
        assert.deepEqual(restarted.standing(id, OPUS), health.standing(id, OPUS))
        assert.deepEqual(new Set(restarted.cooldownsOf(id)), new Set(health.cooldownsOf(id)))
        assert.deepEqual(restarted.windowsOf(id), health.windowsOf(id))
        assert.deepEqual(restarted.rank(id), health.rank(id))
      }
    }
    assert.equal(restarted.standing(broken, OPUS).state, 'probe')
    assert.equal(restarted.rank(limited).usedLast, true)
  })

  await t.test('is in the audit log with what was before and after', async () => {
    const clock = createVirtualClock(NOON)
    const health = healthOn(clock)
    const store = createHealthStore({ db: pool, clock, log: SILENT })
    const id = await add('audited')
    for (let count = 0; count < 2; count++) store.record('audited', tell(health, id, verdict('server error', '500')), SELF)
    store.record('audited', tell(health, id, 'alive'), SELF)
    store.record('audited', tell(health, id, verdict('money or standing', '402')), SELF)
    store.record('audited', health.clear(id), { actor: 'admin', exchangeId: null })
    store.record('audited', tell(health, id, verdict('credential refused', '401 no')), SELF)
    await store.flush()
    const audits = await auditsOf(pool, 'audited')
    assert.deepEqual(
      audits.map(({ action, actor, exchange_id }) => [action, actor, exchange_id]),
      [
        ['account.cooldown', 'sluice', 'exchange-1'],
        ['account.cooldown_ended', 'sluice', 'exchange-1'],
        ['account.cooldown', 'sluice', 'exchange-1'],
        ['account.cleared', 'admin', null],
        ['account.error', 'sluice', 'exchange-1']
      ]
    )
    const opened = {
      kind: 'failures',
      scope: '',
      reason: '500',
      since: '2026-11-23T12:00:00.000Z',
      until: '2026-11-23T12:01:00.000Z',
      probe_at: null,
      level: 1
    }
    assert.deepEqual(audits[0]?.detail, { before: null, after: opened })
    assert.deepEqual(audits[1]?.detail, { before: opened, after: null })
    const stored = await findAccount(pool, id)
    assert.deepEqual([stored?.status, stored?.error, stored?.cooldowns], ['error', '401 no', []])
  })

  await t.test('does not disturb an account that was disabled, or one that is gone', async () => {
    const clock = createVirtualClock(NOON)
    const health = healthOn(clock)
    const store = createHealthStore({ db: pool, clock, log: SILENT })
    const disabled = await createAccount(pool, account('disabled', { status: 'disabled' }))
    const gone = await add('gone')
    await pool.query('delete from accounts where id = $1', [gone])
    const headers = { 'anthropic-ratelimit-unified-5h-status': 'allowed' }
    store.record('gone', tell(health, gone, verdict('overload', '529')), SELF)
    store.record('gone', tell(health, gone, 'alive', headers), SELF)
    store.record('disabled', tell(health, disabled, verdict('credential refused', '401')), SELF)
    await store.flush()
    assert.equal((await findAccount(pool, disabled))?.status, 'disabled')
    assert.deepEqual(await auditsOf(pool, 'gone'), [])
    assert.equal(store.isPending(gone), false)
  })

  await t.test('what another process knows to last longer stays, but for an operator', async () => {
    const id = await add('shared-knowledge')
    const stored = async () => (await findAccount(pool, id))?.cooldowns.map((known) => known.until - NOON)
    await putCooldown(pool, id, cooldown({ until: NOON + 90_000 }))
    await putCooldown(pool, id, cooldown({ until: NOON + 60_000 }))
    assert.deepEqual(await stored(), [90_000])
    await removeCooldown(pool, id, 'rate_limit', '', NOON + 60_000)
    assert.deepEqual(await stored(), [90_000])
    await putCooldown(pool, id, cooldown({ until: NOON + 60_000 }), NOON + 90_000)
    assert.deepEqual(await stored(), [60_000])
    await putCooldown(pool, id, cooldown({ until: NOON + 30_000 }), null)
    assert.deepEqual(await stored(), [30_000])

    const clock = createVirtualClock(NOON)
    const store = createHealthStore({ db: pool, clock, log: SILENT })
    const before = cooldown({ until: NOON + 10_000 })
    store.record('shared-knowledge', [{ accountId: id, type: 'cooldown', before, after: null }], SELF)
    await store.flush()
    assert.deepEqual(await stored(), [30_000])
    const admin = { actor: 'admin', exchangeId: null }
    store.record('shared-knowledge', [{ accountId: id, type: 'cooldown', before, after: null }], admin)
    await store.flush()
    assert.deepEqual(await stored(), [])
  })

  await t.test('cooldowns that are over are tidied up with the next change; open breakers are not', async () => {
    const clock = createVirtualClock(NOON)
    const store = createHealthStore({ db: pool, clock, log: SILENT })
    const id = await add('tidied')
    await putCooldown(pool, id, cooldown({ until: NOON }))
    await putCooldown(pool, id, cooldown({ scope: 'family:opus', until: NOON + 1 }))
    await putCooldown(pool, id, cooldown({ kind: 'failures', until: NOON - 1 }))
    const after = cooldown({ kind: 'billing' })
    store.record('tidied', [{ accountId: id, type: 'cooldown', before: null, after }], SELF)
    await store.flush()
    const kinds = (await findAccount(pool, id))?.cooldowns.map(({ kind, scope }) => `${kind} ${scope}`)
    assert.deepEqual(kinds, ['failures ', 'rate_limit family:opus', 'billing '])
  })

  await t.test('windows: the newest statement counts, and old names go', async () => {
    const id = await add('windows')
    const window = (name: string, seenAt: number, utilization: number | null = null): AccountWindow => ({
      name,
      status: 'allowed',
      utilization,
      resetsAt: NOON + 1000,
      seenAt
    })
    const stored = async () => (await findAccount(pool, id))?.windows
    await putWindows(pool, id, [window('5h', NOON, 0.5), window('7d', NOON)])
    await putWindows(pool, id, [window('5h', NOON - 1, 0.4)])
    assert.deepEqual(await stored(), [window('5h', NOON, 0.5), window('7d', NOON)])
    await putWindows(pool, id, [window('5h', NOON + 1, 0.6)])
    assert.deepEqual(await stored(), [window('5h', NOON + 1, 0.6)])
  })
})

test('with the database away nothing is lost, and the last word counts', async (t) => {
  const proxy = await databaseProxy(await postgresUrl(t))
  const pool = openPool(proxy.url)
  t.after(async () => {
    await pool.end()
    proxy.close()
  })
  const client = await pool.connect()
  await migrate(client)
  client.release()
  const id = await createAccount(pool, account('main'))
  const other = await createAccount(pool, account('other'))

  const health = healthOn(systemClock)
  let warned = 0
  const log = { warn: () => void (warned += 1), error: () => assert.fail('nothing is given up') }
  const store = createHealthStore({ db: pool, clock: systemClock, log, retryMs: 5 })
  proxy.cut()
  store.record('main', tell(health, id, verdict('server error', '500')), SELF)
  store.record('main', tell(health, id, verdict('server error', '500')), SELF)
  await until('it was tried in vain', () => warned === 1 && proxy.connections() > 2)
  store.record('other', tell(health, other, verdict('overload', '529')), SELF)
  store.record('main', tell(health, id, 'alive'), SELF)
  const in20s = Date.now() + 20_000
  store.record('main', tell(health, id, { ...verdict('limit of the account', '429'), until: in20s }), SELF)
  assert.deepEqual([store.isPending(id), store.isPending(other)], [true, true])
  proxy.restore()
  await store.flush()

  for (const record of await listAccounts(pool)) assert.deepEqual(record.cooldowns, health.cooldownsOf(record.id))
  assert.deepEqual(
    health.cooldownsOf(id).map(({ kind, until: ends }) => [kind, ends]),
    [['rate_limit', in20s]]
  )
  const actions = (await auditsOf(pool, 'main')).map(({ action }) => action)
  assert.deepEqual(actions, ['account.cooldown', 'account.cooldown_ended', 'account.cooldown'])
  assert.equal((await auditsOf(pool, 'other')).length, 1)
  assert.equal(warned, 1)
  await store.stop()
})
