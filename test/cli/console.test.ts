import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADMIN_TOKEN, startGateway } from '../support/gateway.ts'
import { runSluice } from '../support/sluice-command.ts'

test('console prints a link that is good once, under the name of who ran it', async (t) => {
  const gateway = await startGateway(t)
  const env = { SLUICE_URL: gateway.url, SLUICE_ADMIN_TOKEN: ADMIN_TOKEN }
  const { code, out, err } = await runSluice(['console'], env)
  assert.deepEqual([code, err], [0, ''])
  const [link = ''] = out.split('\n')
  assert.ok(link.startsWith(`${gateway.url}/console/enter#`), out)

  const enter = () =>
    fetch(`${gateway.url}/me/v1/console-link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: link.split('#')[1] })
    })
  const entered = await enter()
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  const session = (await entered.json()) as Record<string, unknown>
  assert.match(String(session['name']), /^console:/)
  assert.deepEqual([session['role'], session['is_user'], session['method']], ['admin', false, 'link'])
  assert.equal((await enter()).status, 401, 'it was used')

  // An operator by a link may do all that an admin may, under their own name, and has nothing of their own.
  const response = await fetch(`${gateway.url}/admin/v1/groups`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'more', kind: 'balance' })
  })
  assert.equal(response.status, 201, await response.text())
  const [entry] = (await gateway.admin<{ data: { actor: string; action: string }[] }>('/audit-log?limit=1')).data
  assert.deepEqual([entry?.actor, entry?.action], [session['name'], 'group.created'])
  assert.equal((await fetch(`${gateway.url}/me/v1/keys`, { headers: { cookie } })).status, 403)

  assert.equal(
    (
      await fetch(`${gateway.url}/me/v1/sign-out`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: '{}'
      })
    ).status,
    204
  )
  assert.equal((await fetch(`${gateway.url}/me/v1/session`, { headers: { cookie } })).status, 401)
})

test('a session says where clients reach Sluice, as far as that is known', async (t) => {
  const where = async (gateway: Awaited<ReturnType<typeof startGateway>>) => {
    const link = await fetch(`${gateway.adminUrl}/admin/v1/console-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` }
    })
    const { code } = (await link.json()) as { code: string }
    const entered = await fetch(`${gateway.adminUrl}/me/v1/console-link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code })
    })
    const session = (await entered.json()) as { clients_url: string | null; clients_port: number | null }
    return [session.clients_url, session.clients_port]
  }
  assert.deepEqual(await where(await startGateway(t)), [null, null])
  const apart = await startGateway(t, { env: { ADMIN_PORT: '0', CLIENTS_URL: 'https://sluice.example.com/' } })
  assert.deepEqual(await where(apart), ['https://sluice.example.com', Number(new URL(apart.url).port)])
})

test('PUBLIC_URL begins the link, an expired one lets nobody in, and guessing is slowed down', async (t) => {
  const gateway = await startGateway(t, { env: { PUBLIC_URL: 'https://example.com/sluice/', SIGN_IN_FAILURES_MAX: '3' } })
  const env = { SLUICE_URL: gateway.url, SLUICE_ADMIN_TOKEN: ADMIN_TOKEN }
  const { out } = await runSluice(['console', '--json'], env)
  const { url } = JSON.parse(out) as { url: string }
  assert.ok(url.startsWith('https://example.com/sluice/console/enter#'), url)

  await gateway.app.pg.pool.query("update console_links set expires_at = now() - interval '1 second'")
  const statusOf = async (code: string) =>
    (
      await fetch(`${gateway.url}/me/v1/console-link`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code })
      })
    ).status
  assert.equal(await statusOf(url.split('#')[1] ?? ''), 401)
  assert.deepEqual([await statusOf('a'), await statusOf('b'), await statusOf('c')], [401, 401, 429])
})

test('console without a server says that none runs', async () => {
  const { code, err } = await runSluice(['console'], { DATA_DIR: '/nonexistent' })
  assert.notEqual(code, 0)
  assert.match(err, /No server runs/)
})
