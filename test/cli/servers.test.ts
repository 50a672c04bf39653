import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isInTheClear } from '../../cli/remote-server.ts'
import { lockDataDir } from '../../services/platform/database/data-dir-lock.ts'
import { ADMIN_TOKEN, startGateway, USER } from '../support/gateway.ts'
import { runSluice, spawnSluice } from '../support/sluice-command.ts'
import { certificate } from '../support/test-certificates.ts'

const AUTHORITY = fileURLToPath(new URL('../support/tls/ca.pem', import.meta.url))
const SECRET_KEY = Buffer.alloc(32, 7).toString('hex')

async function emptyFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

async function listening(t: TestContext, server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

const emails = (out: string) => (JSON.parse(out) as { email: string }[]).map(({ email }) => email).toSorted()

await suite('which server sluice speaks to', async () => {
  test('none while the data folder is held by somebody who cannot be asked, such as a server that is only starting', async (t) => {
    const dir = await emptyFolder(t)
    const lock = lockDataDir(dir)
    t.after(() => lock.release())
    const refused = await runSluice(['users', 'list'], { DATA_DIR: dir })
    assert.deepEqual([refused.code, refused.out], [3, ''])
    assert.match(
      refused.err,
      /^sluice: \S+ is in use, by a server that is only starting or stopping, .*: try again in a moment\n$/
    )
  })

  test('the one that --url or SLUICE_URL names, wherever the option stands', async (t) => {
    const { url } = await startGateway(t)
    const env = { DATA_DIR: await emptyFolder(t), SLUICE_ADMIN_TOKEN: ADMIN_TOKEN }
    const other = { ...env, SLUICE_URL: 'http://127.0.0.1:1' }
    const runs = await Promise.all([
      runSluice(['--url', url, 'users', 'list', '--json'], env),
      runSluice(['users', 'list', '--json', '--url', `${url}/`], env),
      runSluice(['users', `--url=${url}`, 'list', '--json'], other),
      runSluice(['users', 'list', '--json'], { ...env, SLUICE_URL: url })
    ])
    for (const { code, out, err } of runs) assert.deepEqual([code, err, emails(out)], [0, '', [USER]])
    const help = await runSluice(['users', 'list', '--help'], {})
    assert.match(help.out, /--url <url> [^]*--local/)

    const mapped = url.replace('127.0.0.1', '[::ffff:127.0.0.1]')
    const warned = await runSluice(['users', 'list', '--json', '--url', mapped], env)
    assert.deepEqual([warned.code, emails(warned.out)], [0, [USER]])
    assert.match(warned.err, /^warning: the admin token goes to http:\/\/\S+ in the clear: use https\n$/)
  })

  test('over TLS, when its certificate can be verified', async (t) => {
    const { url } = await startGateway(t)
    const port = await listening(
      t,
      createHttpsServer(certificate('loopback'), (request, response) => {
        const { authorization = '' } = request.headers
        void fetch(`${url}${request.url}`, { headers: { authorization } }).then(async (upstream) =>
          response.writeHead(upstream.status).end(await upstream.text())
        )
      })
    )
    const env = { DATA_DIR: await emptyFolder(t), SLUICE_ADMIN_TOKEN: ADMIN_TOKEN, SLUICE_URL: `https://127.0.0.1:${port}` }
    // It reads which certificates to trust when it starts.
    const trusted = await spawnSluice(['users', 'list', '--json'], { ...env, NODE_EXTRA_CA_CERTS: AUTHORITY })
    assert.deepEqual([trusted.code, trusted.err, emails(trusted.out)], [0, '', [USER]])
    const { code, out, err } = await spawnSluice(['users', 'list'], env)
    assert.deepEqual([code, out], [3, ''])
    assert.match(
      err,
      /^sluice: the server does not answer at https:\S+: [^\n]*certificate[^\n]*; NODE_EXTRA_CA_CERTS may name [^\n]*\n$/
    )
  })

  test('what is wrong with it is told in one line, without the token', async (t) => {
    const { url } = await startGateway(t)
    const html: RequestListener = (_request, response) => response.end('<html>a page\u001B[2J</html>')
    const hostile: RequestListener = (_request, response) =>
      response.writeHead(409).end(JSON.stringify({ error: { message: 'no\u001B[2J' } }))
    const at = async (listener: RequestListener) => `http://127.0.0.1:${await listening(t, createHttpServer(listener))}`
    const env = { DATA_DIR: await emptyFolder(t), SLUICE_ADMIN_TOKEN: ADMIN_TOKEN }
    const failures: [env: Record<string, string>, code: number, message: RegExp][] = [
      [{ SLUICE_URL: url, SLUICE_ADMIN_TOKEN: '' }, 2, /^set SLUICE_ADMIN_TOKEN to the admin token of http/],
      [
        { SLUICE_URL: url, SLUICE_ADMIN_TOKEN: 'another-token-than-that' },
        3,
        /^sluice: the server at \S+ answered: invalid admin/
      ],
      [{ SLUICE_URL: 'http://127.0.0.1:1' }, 3, /^sluice: the server does not answer at http:\/\/127.0.0.1:1: \S/],
      [{ SLUICE_URL: await at(html) }, 3, /^sluice: the server at \S+ answered: status 200, which is not a response of/],
      [{ SLUICE_URL: await at(hostile) }, 2, /^no\uFFFD\[2J\n$/],
      [{ SLUICE_URL: 'ftp://127.0.0.1' }, 2, /SLUICE_URL must be the http/],
      [{ SLUICE_URL: 'https://u:canary@127.0.0.1' }, 2, /SLUICE_URL must not contain a user name/]
    ]
    for (const [changes, expected, message] of failures) {
      const { code, out, err } = await runSluice(['users', 'list'], { ...env, ...changes })
      assert.deepEqual([code, out], [expected, ''], err)
      assert.match(err, message)
      assert.doesNotMatch(err, /\n +at |canary|another-token-than-that/)
      assert.ok(!err.includes('\u001B'))
      assert.ok(!err.includes(ADMIN_TOKEN))
    }
    const both = await runSluice(['users', 'list', '--url', url, '--local'], env)
    assert.deepEqual([both.code, both.out], [2, ''])
    const without = await runSluice(['migrate', '--url', url], env)
    assert.deepEqual(without, {
      code: 2,
      out: '',
      err: 'sluice migrate uses the settings and data of this machine, not a server\n'
    })
  })

  test('only a token on its way to this machine, or through TLS, is not in the clear', () => {
    const clear = ['http://sluice.example', 'http://10.0.0.1:80', 'http://127.0.0.1.example', 'http://localhost.example']
    const safe = ['https://sluice.example', 'http://localhost:8080', 'http://127.0.0.1', 'http://127.1.2.3', 'http://[::1]:80']
    for (const url of clear) assert.equal(isInTheClear(new URL(url)), true, url)
    for (const url of safe) assert.equal(isInTheClear(new URL(url)), false, url)
  })

  test('none with --local: on a Postgres it works beside the server, which stays the only instance', async (t) => {
    const gateway = await startGateway(t, { env: { USAGE_RETENTION_DAYS: '0' } })
    const { databaseUrl } = gateway.app.config
    assert.ok(databaseUrl)
    const { pool } = gateway.app.pg
    const instances = async () => (await pool.query('select id, life from instances')).rows
    const before = await instances()
    let calls = 0
    const hook = createHttpServer((_request, response) => {
      calls += 1
      response.end()
    })
    await pool.query(`insert into webhook_outbox (type, data) values ('sluice.budget.reached', '{}')`)
    const env = {
      DATA_DIR: gateway.dataDir,
      DATABASE_URL: databaseUrl,
      SLUICE_SECRET_KEY: SECRET_KEY,
      SLUICE_URL: 'http://127.0.0.1:1',
      // A server with these settings would drop what is older, and tell of what is in the outbox.
      USAGE_RETENTION_DAYS: '40',
      WEBHOOK_URL: `http://127.0.0.1:${await listening(t, hook)}/hook`,
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 3).toString('base64')}`
    }
    await pool.query(
      "create table usage_events_2020_01 partition of usage_events for values from ('2020-01-01') to ('2020-02-01')"
    )
    const added = await runSluice(['users', 'add', 'ann@example.com', '--local', '--json'], env)
    assert.deepEqual([added.code, added.err], [0, ''])
    const listed = await runSluice(['--local', 'users', 'list', '--json'], { ...env, DATA_DIR: await emptyFolder(t) })
    assert.deepEqual(emails(listed.out), ['ann@example.com', USER])
    assert.deepEqual(await instances(), before)
    assert.deepEqual([before.length, calls], [1, 0])
    const { rows } = await pool.query("select to_regclass('usage_events_2020_01') is not null as there")
    assert.deepEqual(rows, [{ there: true }])
    assert.equal((await fetch(`${gateway.url}/readyz`)).status, 200)
  })

  test('with --local the embedded database of a running server is refused', async (t) => {
    const { dataDir, app } = await startGateway(t, { embedded: true })
    const { code, out, err } = await runSluice(['users', 'list', '--local'], { DATA_DIR: dataDir })
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, /^the embedded database in \S+ is in use by its server: stop the server, or leave out --local\n$/)
    await app.close()
    const alone = await runSluice(['users', 'list', '--local', '--json'], { DATA_DIR: dataDir })
    assert.deepEqual([alone.code, alone.err, emails(alone.out)], [0, '', [USER]])
  })
})
