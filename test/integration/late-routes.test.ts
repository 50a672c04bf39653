import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ADMIN_TOKEN, startGateway } from '../support/gateway.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The packages that are loaded with a module of this repository. */
async function packagesOf(path: string): Promise<Set<string>> {
  const script = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    await import(${JSON.stringify(ROOT + path)})
    console.log(JSON.stringify(urls))
    process.exit(0)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { maxBuffer: 2 ** 24 })
  const urls = JSON.parse(stdout) as string[]
  assert.ok(urls.length > 20)
  return new Set(urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))
}

await suite('what is loaded when it is asked for', async () => {
  const late = [
    'typebox',
    'yaml',
    'ajv',
    'ioredis',
    '@fastify/swagger',
    '@fastify/swagger-ui',
    'openid-client',
    'commander',
    'helmet'
  ]

  test('is not loaded at a start', async () => {
    const loaded = await packagesOf('app.ts')
    assert.ok(loaded.has('fastify'))
    assert.deepEqual(
      late.filter((name) => loaded.has(name)),
      []
    )
  })

  test('is not loaded by a command that does not need it', async () => {
    const loaded = await packagesOf('cli/program.ts')
    assert.ok(loaded.has('commander'))
    assert.deepEqual(
      ['typebox', 'yaml', 'ajv', 'ioredis', 'undici', 'fastify'].filter((name) => loaded.has(name)),
      []
    )
  })

  test('tells browsers to run and frame nothing of what it answers', async (t) => {
    const { url, adminUrl } = await startGateway(t)
    for (const path of [`${adminUrl}/admin/v1/users`, `${url}/me/v1`, `${url}/me/v1/keys`]) {
      const { headers } = await fetch(path)
      assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none';.*frame-ancestors 'none'/, path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
      assert.equal(headers.get('strict-transport-security'), null, path)
    }
  })

  test('answers several first requests at once as it answers later ones', async (t) => {
    const gateway = await startGateway(t)
    const authorization = `Bearer ${ADMIN_TOKEN}`
    const ask = async (method: string, path: string, body?: object) => {
      const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
      const response = await fetch(gateway.adminUrl + path, init)
      assert.match(response.headers.get('x-sluice-exchange-id') ?? '', /^[0-9a-f-]{36}$/)
      return { status: response.status, text: await response.text() }
    }
    for (const round of ['first', 'later']) {
      const note = 'x'.repeat(100_000)
      const responses = await Promise.all([
        ask('GET', '/admin/v1/users'),
        ask('HEAD', '/admin/v1/users'),
        ask('POST', '/admin/v1/users', { email: `${round}@example.com` }),
        ask('POST', '/admin/v1/users', { email: `${round}@example.com`, note }),
        ask('OPTIONS', '/admin/v1/users'),
        ask('DELETE', '/admin/v1/nothing'),
        ask('GET', '/me/v1/nothing'),
        ask('GET', '/me/v1'),
        ask('GET', '/admin/v1')
      ])
      assert.deepEqual(
        responses.map(({ status }) => status),
        [200, 200, 201, 400, 404, 404, 404, 401, 404],
        round
      )
      assert.match(responses[5].text, /"Not found: DELETE \/admin\/v1\/nothing"/)
    }
  })

  test('is loaded while the gateway closes, and keeps it from nothing', async (t) => {
    const gateway = await startGateway(t)
    const asked = gateway.app.inject({ url: '/admin/v1/users', headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
    const [response] = await Promise.all([asked, gateway.stop()])
    assert.ok([200, 503].includes(response.statusCode), response.body)
    await gateway.start()
  })
})
