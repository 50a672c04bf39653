import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { startRoundRobinProxy } from './round-robin-proxy.ts'
import { until } from './until.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

await suite('the round-robin proxy', async () => {
  test('new requests take turns among the replicas that are ready', async (t) => {
    const { proxy, replicas } = await proxied(t, 3)
    await ask(proxy.url, 6)
    assert.deepEqual(
      proxy.replicas.map(({ total }) => total),
      [2, 2, 2]
    )
    replicas[1]!.isReady = false
    await until('the proxy has noticed', () => !proxy.replicas[1]!.ready)
    await ask(proxy.url, 6)
    assert.deepEqual(
      proxy.replicas.map(({ total, inFlight }) => [total, inFlight]),
      [
        [5, 0],
        [2, 0],
        [5, 0]
      ]
    )
    for (const replica of replicas) replica.isReady = false
    await until('the proxy has noticed', () => proxy.replicas.every(({ ready }) => !ready))
    assert.equal((await fetch(proxy.url)).status, 503)
  })

  test('bytes pass as they come, and a replica that breaks off shows as a break', async (t) => {
    const { proxy, replicas } = await proxied(t, 1)
    const answering = Promise.withResolvers<ServerResponse>()
    replicas[0]!.handle = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      answering.resolve(response)
    }
    const { body } = await fetch(proxy.url, { method: 'POST', body: 'a question' })
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    const response = await answering.promise
    for (const text of ['one', 'two']) {
      response.write(text)
      assert.equal((await reader.read()).value, text)
    }
    response.destroy()
    await assert.rejects(reader.read())
  })

  test('a client that leaves is gone for the replica, and nothing is sent twice', async (t) => {
    const { proxy, replicas } = await proxied(t, 1)
    const asked: ServerResponse[] = []
    replicas[0]!.handle = (_request, response) => void asked.push(response)
    const leaving = new AbortController()
    const response = fetch(proxy.url, { signal: leaving.signal })
    await until('the replica is asked', () => asked.length === 1)
    const gone = once(asked[0]!, 'close')
    leaving.abort()
    await assert.rejects(response)
    await gone

    replicas[0]!.handle = (request) => request.socket.destroy()
    assert.equal((await fetch(proxy.url)).status, 502)
    assert.deepEqual([asked.length, proxy.replicas[0]!.total], [1, 2])
  })
})

async function proxied(t: TestContext, count: number) {
  const replicas = await Promise.all(Array.from({ length: count }, () => startReplica(t)))
  const proxy = await startRoundRobinProxy({ replicaUrls: replicas.map(({ url }) => url), pollMs: 5 })
  t.after(() => proxy.close())
  await until('all are ready', () => proxy.replicas.every(({ ready }) => ready))
  return { proxy, replicas }
}

async function startReplica(t: TestContext) {
  const replica: { url: string; isReady: boolean; handle: Handler } = {
    url: '',
    isReady: true,
    handle: (_request, response) => void response.end()
  }
  const server = createServer((request, response) => {
    if (request.url !== '/readyz') return replica.handle(request, response)
    response.writeHead(replica.isReady ? 200 : 503).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  replica.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return replica
}

async function ask(url: string, times: number) {
  for (let n = 0; n < times; n++) {
    const response = await fetch(url)
    assert.equal(response.status, 200)
    await response.arrayBuffer()
  }
}
