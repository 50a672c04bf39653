import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startHaproxy } from '../support/haproxy.ts'
import { certificate, trustTestAuthority } from '../support/test-certificates.ts'
import { until } from '../support/until.ts'

const BODY_BYTES = 32 * 2 ** 20

/** Stands for a Sluice: ready or not, it counts what reaches it and streams when told. */
async function startReplica(t: TestContext) {
  const state = { ready: true, messages: 0, hangsUp: false, streams: [] as ServerResponse[], forwardedProto: '' }
  const server = createServer((request, response) => {
    if (request.url === '/readyz') {
      response.writeHead(state.ready ? 200 : 503).end()
      return
    }
    state.messages++
    state.forwardedProto = String(request.headers['x-forwarded-proto'])
    if (state.hangsUp) {
      request.socket.destroy()
      return
    }
    if (request.url === '/v1/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      state.streams.push(response)
      return
    }
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => response.end(String(bytes)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  t.after(close)
  return { state, address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

async function startBoth(t: TestContext, certificate?: string) {
  const first = await startReplica(t)
  const second = await startReplica(t)
  const url = await startHaproxy(t, {
    replicas: [first.address, second.address],
    ...(certificate === undefined ? {} : { certificate })
  })
  const post = (path = '/v1/messages', body: Buffer | string = '{}') => fetch(url + path, { method: 'POST', body })
  return { first, second, url, post }
}

test('each byte of a stream is there before the next is sent', async (t) => {
  const { first, second, post } = await startBoth(t)
  const response = await post('/v1/stream')
  const stream = [...first.state.streams, ...second.state.streams][0]
  assert.ok(stream !== undefined && response.body !== null)
  const reader = response.body.getReader()
  for (const byte of 'event: ping\n\n') {
    stream.write(byte)
    const { value } = await reader.read()
    assert.equal(Buffer.from(value ?? []).toString(), byte)
  }
  stream.end()
  assert.equal((await reader.read()).done, true)
})

test('a body of 32 MiB passes', async (t) => {
  const { post } = await startBoth(t)
  const response = await post('/v1/messages', Buffer.alloc(BODY_BYTES, 'x'))
  assert.equal(await response.text(), String(BODY_BYTES))
})

test('a replica that is not ready is sent nothing new, and keeps the stream it has', async (t) => {
  const { first, second, post } = await startBoth(t)
  // The one with fewer streams drains: it is the one that would be sent what comes.
  const responses = [await post('/v1/stream'), await post('/v1/stream'), await post('/v1/stream')]
  const [draining, other] = first.state.streams.length === 1 ? [first, second] : [second, first]
  assert.deepEqual([draining.state.streams.length, other.state.streams.length], [1, 2])
  draining.state.ready = false
  await until('the proxy knows', async () => {
    const before = draining.state.messages
    for (let sent = 0; sent < 4; sent++) await (await post()).text()
    return draining.state.messages === before
  })
  const before = other.state.messages
  for (let sent = 0; sent < 10; sent++) await (await post()).text()
  assert.equal(other.state.messages, before + 10)
  for (const stream of [...draining.state.streams, ...other.state.streams]) stream.end('the end')
  for (const response of responses) assert.equal(await response.text(), 'the end')
})

test('a request that cannot connect goes to the other replica', async (t) => {
  const { first, second, post } = await startBoth(t)
  await first.close()
  for (let sent = 0; sent < 6; sent++) assert.equal((await post()).status, 200)
  assert.equal(second.state.messages, 6)
})

test('a request that was sent is never sent again', async (t) => {
  const { first, second, post } = await startBoth(t)
  first.state.hangsUp = second.state.hangsUp = true
  assert.equal((await post()).status, 502)
  assert.equal(first.state.messages + second.state.messages, 1)
})

const REACHABLE = [
  '/ /v1 /v1/messages?beta=true /v1/models /user/balance /api/hello /livez /healthz /health',
  '/oauth/token /oauth/device_authorization /.well-known/oauth-authorization-server /managed/settings',
  '/me /me/v1 /me/v1/sign-in /me/v1/oidc/callback?code=x'
].flatMap((paths) => paths.split(' '))
const CLOSED = [
  '/admin /admin/v1/users /%61dmin/v1/users //admin/v1/users /metrics /readyz',
  '/mexico /ME/v1 //me/v1 /%6de/v1 /me. /v1x /oauth /.well-known/security.txt'
].flatMap((paths) => paths.split(' '))

test('only what clients and people need is reachable', async (t) => {
  const { first, second, url } = await startBoth(t)
  for (const path of CLOSED) assert.equal((await fetch(url + path)).status, 404, path)
  assert.equal(first.state.messages + second.state.messages, 0)
  for (const path of REACHABLE) assert.equal((await fetch(url + path)).status, 200, path)
  assert.equal(first.state.messages + second.state.messages, REACHABLE.length)
})

test('with a certificate it speaks TLS alone, and tells the replicas', async (t) => {
  trustTestAuthority(t)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-certificate-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const { key, cert } = certificate('loopback')
  await writeFile(join(folder, 'certificate.pem'), cert + key)
  const { first, second, url, post } = await startBoth(t, join(folder, 'certificate.pem'))
  assert.match(url, /^https:/)
  const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'x-forwarded-proto': 'http' }, body: '{}' })
  assert.equal(response.status, 200)
  assert.equal(first.state.forwardedProto || second.state.forwardedProto, 'https')
  assert.equal((await post()).status, 200)
  await assert.rejects(fetch(url.replace('https', 'http')))
})
