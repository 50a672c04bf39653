import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADMIN_TOKEN, CLIENT_KEY, MODEL, UPSTREAM_KEY, USER } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'
import { openPool } from '../support/open-pool.ts'

interface Verification {
  ok: boolean
  checked: { users: number; subscriptions: number; hours: number }
  found: number
  drifts: { kind: string; subject: string; recorded: string | null }[]
}

test('ledger list, and verify before a running server and without one', async (t) => {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const place = await serverPlace(t, {
    declared: {
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'pro', kind: 'subscription', monthly_limit_usd: '100' }
      ],
      accounts: [
        {
          name: 'main',
          type: 'api-key',
          credentials: { api_key: UPSTREAM_KEY },
          base_url: upstream.url,
          groups: ['default', 'pro']
        }
      ],
      users: [
        {
          email: USER,
          balance_usd: '100',
          keys: [
            { name: 'laptop', key: CLIENT_KEY },
            { name: 'plan', key: `${CLIENT_KEY}-plan`, group: 'pro' }
          ],
          subscriptions: [{ group: 'pro', days: 30 }]
        }
      ]
    }
  })
  const server = await place.start()
  const verify = async (...options: string[]) => await runSluice(['ledger', 'verify', ...options], place.env)
  const ask = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] }
  for (const key of [CLIENT_KEY, `${CLIENT_KEY}-plan`, CLIENT_KEY, `${CLIENT_KEY}-plan`]) {
    for (const stream of [true, false]) {
      const response = await place.messages({ ...ask, stream }, { headers: { 'x-api-key': key } })
      assert.equal(response.status, 200, await response.text())
    }
  }
  await until('all is settled', async () => (await place.list('/usage-events')).length === 8)

  const listed = await runSluice(['ledger', 'list', '--user', USER, '--limit', '5'], place.env)
  const [heading = '', ...entries] = listed.out.trim().split('\n')
  assert.match(heading, /^CREATED_AT +USER_EMAIL +KIND +AMOUNT_USD +BALANCE_AFTER_USD +SOURCE_ID +NOTE$/)
  assert.deepEqual(
    entries.map((line) => /^\S+Z +dev@example\.com +(\S+) /.exec(line)?.[1]),
    ['usage', 'usage', 'usage', 'usage', 'top-up'],
    listed.out
  )
  const unknown = await runSluice(['ledger', 'list', '--user', 'dav@example.com'], place.env)
  assert.deepEqual(unknown, {
    code: 2,
    out: '',
    err: '--user: there is no user dav@example.com; did you mean dev@example.com?\n'
  })

  const running = await verify('--json')
  assert.deepEqual([running.code, running.err], [0, ''])
  const { ok, checked, drifts } = JSON.parse(running.out) as Verification
  assert.deepEqual([ok, checked.users, checked.subscriptions, checked.hours > 0, drifts], [true, 1, 1, true, []])

  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  const refused = await fetch(`${place.url}/admin/v1/ledger-verification?cursor=bm90IG9uZQ`, { headers })
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /cursor: The cursor was not issued by this list/)
  assert.equal((await fetch(`${place.url}/admin/v1/ledger-verification`)).status, 401)

  server.kill('SIGTERM')
  await server.exited
  const direct = await verify()
  assert.equal(direct.code, 0, direct.err)
  assert.match(
    direct.out,
    /^The books agree: 1 user, 5 entries, 1 subscription, 2 keys, 0 teams, 8 events, (1 hour|2 hours)\.\n$/
  )
  assert.match(direct.err, /^No server runs on .*: using its database directly\.\n$/)

  const pool = openPool(place.env['DATABASE_URL']!)
  await pool.query('update users set balance_usd = 7')
  await pool.query('update subscriptions set month_used_usd = 9')
  await pool.query('update usage_hourly set requests = 11')
  await pool.end()
  const drifted = await verify()
  assert.equal(drifted.code, 1)
  assert.match(drifted.err, /\nsluice: the ledger is wrong in \d places?\n$/)
  assert.match(drifted.out, /\nbalance +7 +99\.\d+ +balance_usd +user dev@example\.com\n/)
  assert.match(drifted.out, /\nwindow +9 +0\.\d+ +month_used_usd +subscription dev@example\.com\/pro\n/)
  assert.match(drifted.out, /\nhour +11 +\d +requests +\S+Z dev@example\.com\/laptop default main \S+\n/)
  const asJson = await verify('--json')
  const report = JSON.parse(asJson.out) as Verification
  assert.deepEqual([asJson.code, report.ok, report.found === report.drifts.length], [1, false, true])
  assert.deepEqual([...new Set(report.drifts.map(({ kind }) => kind))], ['balance', 'window', 'hour'])
})
