import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { Client } from 'pg'
import { systemClock } from '../../services/clock.ts'
import { startEmbeddedDatabase } from '../../services/database/embedded-database.ts'
import { migrate } from '../../services/database/migrations.ts'
import { examine } from '../../services/doctor/examine.ts'
import { createSecretBox } from '../../services/secrets.ts'
import { postgresUrl } from '../support/databases.ts'
import { freePort } from '../support/free-port.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { runSluice } from '../support/sluice-command.ts'

const KEY = Buffer.alloc(32, 7).toString('hex')
const OTHER_KEY = Buffer.alloc(32, 9).toString('hex')

async function soundPlace(t: TestContext) {
  const upstream = await startSimulatedUpstream()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-doctor-'))
  t.after(async () => {
    await upstream.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  const env: Record<string, string> = {
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    DATABASE_URL: await postgresUrl(t),
    SLUICE_SECRET_KEY: KEY,
    ANTHROPIC_BASE_URL: upstream.url,
    JOURNAL_MAX_BYTES: '1MiB'
  }
  const client = new Client({ connectionString: env['DATABASE_URL']! })
  await client.connect()
  t.after(() => client.end())
  await migrate(client)
  return { env, dataDir, client }
}

const problemsWith = async (env: Record<string, string>, clock = systemClock) =>
  (await examine(env, { clock, timeoutMs: 2000 })).filter(({ ok }) => !ok)

await suite('sluice doctor', async () => {
  test('finds nothing where all is well, and each of what is wrong, with a remedy', async (t) => {
    const { env, dataDir, client } = await soundPlace(t)
    assert.deepEqual(await problemsWith(env), [])

    const file = join(dataDir, 'a-file')
    await writeFile(file, 'groups: [{ name: 1 }]')
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    t.after(() => busy.close())
    const { port } = busy.address() as AddressInfo
    const misconfigured: [check: string, changes: Record<string, string>][] = [
      ['settings', { PORT: 'eighty' }],
      ['settings', { SLUICE_SECRET_KEY: '' }],
      ['settings', { SLUICE_ADMIN_TOKEN: 'change-me' }],
      ['data folder', { DATA_DIR: join(file, 'below') }],
      ['disk space', { JOURNAL_MAX_BYTES: '7000TiB' }],
      ['database', { DATABASE_URL: 'postgres://u:canary-password@127.0.0.1:1/none' }],
      ['redis', { REDIS_URL: 'redis://:canary-password@127.0.0.1:1' }],
      ['port', { PORT: String(port) }],
      ['declarative file', { SLUICE_CONFIG: file }],
      ['upstream', { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' }]
    ]
    for (const [check, changes] of misconfigured) {
      const problems = await problemsWith({ ...env, ...changes })
      assert.deepEqual(
        problems.map((problem) => problem.check),
        [check],
        JSON.stringify([changes, problems])
      )
      assert.ok(problems[0]!.remedy!.length > 10)
      assert.ok(!JSON.stringify(problems).includes('canary-password'))
    }

    const slow = { ...systemClock, now: () => Date.now() - 60_000 }
    assert.deepEqual(
      (await problemsWith(env, slow)).map(({ check }) => check),
      ['clock', 'clock and upstream']
    )
    const sealed = createSecretBox([OTHER_KEY]).seal('http://proxy.example', 'proxy:exit')
    await client.query("insert into proxies (name, url) values ('exit', $1)", [sealed])
    assert.deepEqual(
      (await problemsWith(env)).map(({ message }) => message),
      ['cannot be opened: proxy exit']
    )
    await client.query('delete from proxies')
    await client.query("update migrations set checksum = 'x' where name like '0001%'")
    assert.deepEqual(
      (await problemsWith(env)).map(({ check }) => check),
      ['migrations']
    )
  })

  test('looks into the embedded database when no server has it', async (t) => {
    const { env, dataDir } = await soundPlace(t)
    const { DATABASE_URL: _url, SLUICE_SECRET_KEY: _key, ...embedded } = env
    const database = async () =>
      (await examine(embedded, { clock: systemClock, timeoutMs: 5000 })).filter(({ check }) =>
        ['database', 'migrations', 'secrets'].includes(check)
      )
    assert.deepEqual(
      (await database()).map(({ message }) => message),
      ['is made at the first start, in DATA_DIR']
    )
    await (await startEmbeddedDatabase({ dataDir })).stop()
    assert.match((await database())[1]!.message, /^[1-9]\d* will be applied at the next start$/)
    assert.ok(!existsSync(join(dataDir, 'secret-key')))

    const engine = await startEmbeddedDatabase({ dataDir })
    assert.deepEqual(
      (await database()).map(({ message }) => message),
      ['is the embedded one, and in use by its server']
    )
    const client = new Client({ connectionString: engine.url })
    await client.connect()
    await migrate(client)
    const sealed = createSecretBox([OTHER_KEY]).seal('http://proxy.example', 'proxy:exit')
    await client.query("insert into proxies (name, url) values ('exit', $1)", [sealed])
    await client.end()
    await engine.stop()
    assert.deepEqual(
      (await database()).map(({ ok, message }) => [ok, message]),
      [
        [true, 'is the embedded one, and answers'],
        [true, 'all are applied'],
        [false, 'cannot be opened: proxy exit']
      ]
    )
    await rm(join(dataDir, 'database/global/pg_control'))
    const [broken] = await database()
    assert.deepEqual([broken!.ok, broken!.remedy], [false, 'restore a backup: docs/operations.md'])
  })

  test('exits 0 where all is well and 1 where not, as text and as JSON', async (t) => {
    const { env } = await soundPlace(t)
    const well = await runSluice(['doctor'], env)
    assert.equal(well.code, 0, well.out + well.err)
    assert.match(well.out, /^ok {6}settings/)
    const ill = await runSluice(['doctor', '--json'], { ...env, ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' })
    assert.equal(ill.code, 1)
    assert.match(ill.err, /there is 1 problem/)
    const findings = JSON.parse(ill.out) as { check: string; ok: boolean }[]
    assert.deepEqual(
      findings.filter(({ ok }) => !ok).map(({ check }) => check),
      ['upstream']
    )
  })
})
