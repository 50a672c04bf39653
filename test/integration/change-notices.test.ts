import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../services/platform/clock.ts'
import { CHANGE_TOPICS, listenForChanges } from '../../services/platform/database/change-listener.ts'
import { migrate } from '../../services/platform/database/migrations.ts'
import { postgresUrl } from '../support/databases.ts'
import { account, ask, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { openPool } from '../support/open-pool.ts'

async function listening(t: TestContext) {
  const connectionString = await postgresUrl(t)
  const pool = openPool(connectionString)
  t.after(() => pool.end())
  const client = await pool.connect()
  await migrate(client)
  client.release()
  const heard: string[] = []
  const aways: unknown[] = []
  const listener = listenForChanges({
    connectionString,
    clock: systemClock,
    onChange: (topic) => void heard.push(topic),
    onAway: (error) => void aways.push(error),
    retryMs: 20,
    checkMs: 50
  })
  t.after(() => listener.close())
  await until('it listens', () => heard.length === CHANGE_TOPICS.length)
  heard.length = 0
  /** What was heard of these statements, in one transaction: that of a last notice is behind all others. */
  async function noticesOf(...statements: string[]): Promise<string[]> {
    heard.length = 0
    for (const statement of statements) await pool.query(statement)
    await pool.query("select pg_notify('sluice_changes', 'profiles')")
    await until('the last notice came', () => heard.at(-1) === 'profiles')
    return heard.slice(0, -1)
  }
  return { pool, heard, aways, noticesOf }
}

test('what changes who may ask is told, and what the settler moves each second is not', async (t) => {
  const { noticesOf } = await listening(t)
  assert.deepEqual(await noticesOf("insert into groups (name, kind) values ('default', 'balance')"), ['directory'])
  assert.deepEqual(await noticesOf("insert into users (email) values ('ann@example.com')"), ['directory'])
  assert.deepEqual(
    await noticesOf(
      "insert into api_keys (user_id, group_id, name, key_hash, key_prefix) select u.id, g.id, 'k', sha256('k'), 'sk' from users u, groups g"
    ),
    ['directory']
  )
  assert.deepEqual(await noticesOf("update users set status = 'disabled'"), ['directory'])
  assert.deepEqual(await noticesOf('update users set concurrency = 3'), ['directory'])
  assert.deepEqual(await noticesOf("update api_keys set status = 'disabled'"), ['directory'])
  assert.deepEqual(await noticesOf('update api_keys set revoked_at = now()'), ['directory'])
  assert.deepEqual(await noticesOf('update users set balance_usd = 1', 'update api_keys set last_used_at = now()'), [])

  const tokens = `with begun as (insert into sign_ins (key_id, user_id, refresh_hash, created_at)
      select id, user_id, sha256('r'), now() from api_keys returning id, key_id)
    insert into access_tokens (token_hash, key_id, sign_in_id, issued_at, expires_at) select sha256('t'), key_id, id, now(), now() from begun`
  assert.deepEqual(await noticesOf(tokens, 'update sign_ins set refreshed_at = now()'), [])
  assert.deepEqual(await noticesOf('update sign_ins set revoked_at = now()'), ['directory'])
  assert.deepEqual(await noticesOf('update access_tokens set revoked_at = now()'), ['directory'])
  assert.deepEqual(await noticesOf('delete from access_tokens'), [])

  const subscribed = `insert into subscriptions (user_id, group_id, starts_at, expires_at)
    select u.id, g.id, now(), now() + interval '1 day' from users u, groups g`
  assert.deepEqual(await noticesOf(subscribed), ['directory'])
  assert.deepEqual(await noticesOf("update subscriptions set status = 'suspended'"), ['directory'])
  assert.deepEqual(await noticesOf('update subscriptions set day_used_usd = 1, day_started_at = now()'), [])

  const entry = (kind: string) =>
    `insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd) select id, '${kind}', 1, '${kind}', 1 from users`
  assert.deepEqual(await noticesOf(entry('usage')), [])
  assert.deepEqual(await noticesOf(entry('top-up')), ['directory'])
})

test('what changes where requests may go is told', async (t) => {
  const { noticesOf } = await listening(t)
  assert.deepEqual(await noticesOf("insert into accounts (name, type, credentials) values ('main', 'api-key', '')"), [
    'accounts'
  ])
  assert.deepEqual(await noticesOf("update accounts set status = 'disabled'"), ['accounts'])
  assert.deepEqual(await noticesOf('update accounts set concurrency = 1'), ['accounts'])
  assert.deepEqual(await noticesOf("update accounts set refresh_holder = 'me', refresh_until = now()"), [])
  const cooldown = `insert into account_cooldowns (account_id, kind, reason, since, until)
    select id, 'billing', 'no credit', now(), now() from accounts`
  assert.deepEqual(await noticesOf(cooldown), ['accounts'])
  assert.deepEqual(await noticesOf('delete from account_cooldowns'), ['accounts'])
  assert.deepEqual(await noticesOf("insert into proxies (name, url) values ('p', '')"), ['accounts'])
})

test('a change that is rolled back is not told', async (t) => {
  const { pool, noticesOf, heard } = await listening(t)
  const client = await pool.connect()
  await client.query('begin')
  await client.query("insert into groups (name, kind) values ('default', 'balance')")
  await client.query('rollback')
  client.release()
  assert.deepEqual([...heard, ...(await noticesOf())], [])
})

test('when its connection is back, everything counts as changed', async (t) => {
  const { pool, heard, aways, noticesOf } = await listening(t)
  await pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen sluice_changes' or query = 'select 1'"
  )
  await until('it listens again', () => heard.length >= CHANGE_TOPICS.length)
  assert.deepEqual(heard.toSorted(), [...CHANGE_TOPICS].toSorted())
  assert.equal(aways.length, 1)
  assert.deepEqual(await noticesOf("insert into groups (name, kind) values ('default', 'balance')"), ['directory'])
})

test('what no notice told is known after CACHE_FRESH_MS', async (t) => {
  const gateway = await startGateway(t, {
    env: { CACHE_FRESH_MS: '2000' },
    declared: (url) => ({ accounts: [account('first', url, { priority: 1 }), account('second', url, { priority: 2 })] })
  })
  const { app, upstream } = gateway
  async function served() {
    const response = await gateway.messages(ask())
    await response.arrayBuffer()
    return response.status === 200 ? upstream.requests.at(-1)?.headers['x-api-key'] : response.status
  }
  // As behind a pooler that passes no notices on.
  await app.pg.query("create or replace function notify_change() returns trigger language plpgsql as 'begin return null; end'")
  assert.equal(await served(), 'sk-ant-upstream-key-of-first')
  await app.pg.query("update accounts set status = 'disabled' where name = 'first'")
  await until('the account is used no more', async () => (await served()) === 'sk-ant-upstream-key-of-second')
  const before = app.prices.current().version
  await app.pg.query("insert into runtime_settings (name, value) values ('QUEUE_EXTRA', '7')")
  await app.pg.query(
    "with v as (insert into price_versions (id, data) select 'another', data from price_versions limit 1 returning id) insert into price_timeline (version) select id from v"
  )
  await until('settings and prices hold', async () => {
    await served()
    return app.config.queueExtra === 7 && app.prices.current().version !== before
  })
  await app.pg.query("update api_keys set status = 'disabled'")
  await until('the key is refused', async () => (await served()) === 401)
})
