import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { test, type TestContext } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { ADMIN_TOKEN, ask, CLIENT_KEY, startGateway } from '../support/gateway.ts'
import { certificate, trustTestAuthority } from '../support/test-certificates.ts'
import { until } from '../support/until.ts'

async function tlsFiles(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-tls-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const env = { TLS_CERT: join(folder, 'tls.crt'), TLS_KEY: join(folder, 'tls.key') }
  async function show(name: 'loopback' | 'elsewhere'): Promise<void> {
    const { cert, key } = certificate(name)
    await writeFile(env.TLS_CERT, cert)
    await writeFile(env.TLS_KEY, key)
  }
  await show('loopback')
  return { env, show }
}

/** Whose certificate a port shows to a connection that is opened now. */
async function shownAt(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

test('clients and operators are served over TLS, commands of this machine beside it', async (t) => {
  trustTestAuthority(t)
  const { env } = await tlsFiles(t)
  const gateway = await startGateway(t, { env })
  assert.match(gateway.url, /^https:/)
  const client = new Anthropic({ baseURL: gateway.url, apiKey: CLIENT_KEY, maxRetries: 0 })
  const message = await client.messages
    .stream({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] })
    .finalMessage()
  assert.equal(message.stop_reason, 'end_turn')
  await gateway.settledEvents(1)

  const authorization = `Bearer ${ADMIN_TOKEN}`
  assert.equal((await fetch(`${gateway.url}/admin/v1/overview`, { headers: { authorization } })).status, 200)
  assert.match(gateway.adminUrl, /^http:\/\/127\.0\.0\.1:/)
  assert.equal((await fetch(`${gateway.adminUrl}/admin/v1/overview`, { headers: { authorization } })).status, 200)
  assert.equal((await fetch(`${gateway.adminUrl}/v1/models`, { headers: { 'x-api-key': CLIENT_KEY } })).status, 404)
})

test('a certificate is renewed under an open stream, which goes on', async (t) => {
  trustTestAuthority(t)
  const { env, show } = await tlsFiles(t)
  const gateway = await startGateway(t, { env })
  const port = Number(new URL(gateway.url).port)
  gateway.upstream.setBehaviour({ deltas: 600, paceMs: 100 })
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify(ask({ stream: true }))
  })
  const reader = response.body!.getReader()
  assert.equal((await reader.read()).done, false)
  assert.equal(await shownAt(port), 'loopback')
  await show('elsewhere')
  await until('the renewed one is shown', async () => (await shownAt(port)) === 'elsewhere')
  const events = gateway.upstream.requests[0]!.bytesSent
  await until('the stream goes on', () => gateway.upstream.requests[0]!.bytesSent > events)
  assert.equal((await reader.read()).done, false)
  await reader.cancel()
})

test('with ADMIN_PORT both are over TLS; what is none is closed and hurts nobody', async (t) => {
  trustTestAuthority(t)
  const { env } = await tlsFiles(t)
  const gateway = await startGateway(t, { env: { ...env, ADMIN_PORT: '0' } })
  const port = Number(new URL(gateway.url).port)
  const socket = connectPlain(port, '127.0.0.1')
  socket.end('GET / HTTP/1.1\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
  assert.equal((await gateway.get('/v1/models')).status, 200)
  assert.equal((await fetch(`${gateway.url}/admin/v1/overview`)).status, 404)
})
