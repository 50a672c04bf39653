import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { migrate } from '../../services/platform/database/migrations.ts'
import { appendAudit, pageAudits, verifyAudits } from '../../services/resources/records/audit-log.ts'
import { inTransaction } from '../../services/platform/database/queryable.ts'
import { postgresPool, postgresUrl } from '../support/databases.ts'
import { openPool } from '../support/open-pool.ts'

const entry = (subject: string) => ({
  at: 1_764_000_000_123,
  actor: 'admin',
  action: 'user.changed',
  subject,
  detail: { before: { note: 'ü "quoted"\n' }, after: { zz: 1.5, a: null } },
  exchangeId: null,
  origin: { requestId: 'r-1', clientAddress: '127.0.0.1', userAgent: 'curl/8' }
})

/** What the replicas of the version before insert. */
const oldInsert = (db: Pick<pg.Pool, 'query'>, subject: string) =>
  db.query("insert into audit_log (at, actor, action, subject, detail) values (now(), 'sluice', 'account.error', $1, '{}')", [
    subject
  ])

async function filled(pool: pg.Pool, count: number) {
  for (let nth = 1; nth <= count; nth++) await appendAudit(pool, entry(`user ${nth}`))
}

test('entries form a chain, with those of a replica that knows nothing of it', async (t) => {
  const pool = await postgresPool(t)
  assert.deepEqual((await verifyAudits(pool)).ok, true)
  await filled(pool, 2)
  await oldInsert(pool, 'account main')
  await filled(pool, 1)
  const { ok, entries, oldEntries, head, broken } = await verifyAudits(pool)
  assert.deepEqual([ok, entries, oldEntries, broken, head.seq], [true, 4, 0, null, '4'])
  const { rows } = await pageAudits(pool, { subject: 'user 2' }, { limit: 10, cursor: null })
  assert.deepEqual(
    rows.map(({ requestId, clientAddress, userAgent, at }) => [requestId, clientAddress, userAgent, at]),
    [['r-1', '127.0.0.1', 'curl/8', entry('').at]]
  )
})

test('nothing of the log can be changed or removed', async (t) => {
  const pool = await postgresPool(t)
  await filled(pool, 1)
  for (const sql of [
    "update audit_log set actor = 'nobody'",
    'delete from audit_log',
    'truncate audit_log',
    'update audit_chain set seq = 0',
    'delete from audit_chain',
    'truncate audit_chain'
  ]) {
    await assert.rejects(pool.query(sql), /only ever added to/, sql)
  }
})

const TAMPERINGS: [what: string, sql: string, id: string | null, problem: RegExp][] = [
  ['a changed subject', "update audit_log set subject = 'x' where id = 3", '3', /content/],
  ['a changed detail', `update audit_log set detail = '{"a":1}' where id = 3`, '3', /content/],
  ['a changed time', "update audit_log set at = at + interval '1 microsecond' where id = 3", '3', /content/],
  ['a changed address', "update audit_log set client_address = '127.0.0.2' where id = 3", '3', /content/],
  ['a changed hash', "update audit_log set hash = sha256('x') where id = 3", '3', /content/],
  ['a removed entry', 'delete from audit_log where id = 3', '4', /seq 3 before it is gone/],
  ['a removed first entry', 'delete from audit_log where id = 1', '2', /seq 1 before it is gone/],
  ['a removed last entry', 'delete from audit_log where id = 5', null, /what follows is gone/],
  [
    'two that changed places',
    'update audit_log set seq = -seq where id in (2, 3); update audit_log set seq = case id when 2 then 3 else 2 end where id in (2, 3)',
    '3',
    /follow/
  ],
  [
    'one put in the middle',
    `update audit_log set seq = -seq where id > 2; update audit_log set seq = 1 - seq where id > 2;
     insert into audit_log (id, at, actor, action, subject, detail, seq, prev_hash, hash) overriding system value
       select 6, at, actor, action, 'forged', detail, 3, hash, hash from audit_log where id = 2`,
    '6',
    /content/
  ],
  [
    'one put in past the chain',
    "insert into audit_log (id, at, actor, action, subject, detail) overriding system value values (6, now(), 'admin', 'x', 'forged', '{}')",
    '6',
    /past the chain/
  ],
  [
    'one beyond the end',
    `insert into audit_log (at, actor, action, subject, detail, seq, prev_hash, hash)
       select at, actor, action, 'forged', detail, 6, hash, hash from audit_log where id = 5`,
    null,
    /beyond the end/
  ]
]

test('what somebody with the rights of the owner does to the log is found', async (t) => {
  const pool = await postgresPool(t)
  await filled(pool, 5)
  for (const [what, sql, id, problem] of TAMPERINGS) {
    await t.test(what, async () => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await client.query('alter table audit_log disable trigger all')
        await client.query(sql)
        const { ok, broken } = await verifyAudits(client)
        assert.equal(ok, false)
        assert.equal(broken?.id, id)
        assert.match(broken?.problem ?? '', problem)
      } finally {
        await client.query('rollback')
        client.release()
      }
    })
  }
  assert.equal((await verifyAudits(pool)).ok, true)
})

test('many who write at once, in transactions that also fail, make one chain', async (t) => {
  const url = await postgresUrl(t)
  const pools = [1, 2, 3].map(() => openPool(url, { max: 5 }))
  for (const pool of pools) pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}))
  t.after(() => Promise.all(pools.map((pool) => pool.end())))
  const first = await pools[0]!.connect()
  await migrate(first)
  first.release()
  const outcomes = await Promise.allSettled(
    Array.from({ length: 300 }, (_, nth) =>
      inTransaction(pools[nth % 3]!, async (client) => {
        await appendAudit(client, entry(`user ${nth}`))
        await appendAudit(client, entry(`user ${nth} again`))
        if (nth % 5 === 0) throw new Error('rolled back')
      })
    )
  )
  const failures = outcomes.filter(({ status }) => status === 'rejected')
  assert.equal(failures.length, 60)
  const { ok, entries } = await verifyAudits(pools[0]!)
  assert.deepEqual([ok, entries], [true, 480])
})

test('entries from before the chain are kept by one hash over them all', async (t) => {
  const pool = openPool(await postgresUrl(t))
  t.after(() => pool.end())
  const client = await pool.connect()
  await migrate(client, await migrationsBefore(t, '0006'))
  for (let nth = 0; nth < 1203; nth++) await oldInsert(client, `account ${nth}`)
  await migrate(client)
  await appendAudit(client, entry('user 1'))
  const { ok, entries, oldEntries } = await verifyAudits(client)
  assert.deepEqual([ok, entries, oldEntries], [true, 1, 1203])
  for (const sql of [
    "update audit_log set subject = 'x' where id = 1100",
    'delete from audit_log where id = 1',
    'delete from audit_log where id = 1203'
  ]) {
    await client.query('begin')
    await client.query('alter table audit_log disable trigger all')
    await client.query(sql)
    assert.match((await verifyAudits(client)).broken?.problem ?? '', /up to id 1203, from before the chain/)
    await client.query('rollback')
  }
  client.release()
})

/** A folder with the migrations that the version before had. */
async function migrationsBefore(t: TestContext, number: string): Promise<string> {
  const source = fileURLToPath(new URL('../../migrations/', import.meta.url))
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-migrations-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  for (const name of await readdir(source)) if (name < number) await cp(join(source, name), join(dir, name))
  return dir
}
