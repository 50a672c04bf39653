import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { limitConnections, openAdminPort } from '../../../services/platform/admin-port.ts'
import { createHttpServers, httpLimits } from '../../../services/platform/http-servers.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const NO_LOG = { warn() {} }

const responsePath: RequestListener = (request, response) => response.end(`path ${request.url}`)

async function opened({
  listener = responsePath,
  ...changes
}: { listener?: RequestListener; host?: string; port?: number } = {}) {
  const { create } = await createHttpServers({ bodyTimeoutMs: 30_000 }, null)
  const limit = { maxConnections: 10, clock: createVirtualClock(), log: NO_LOG as never }
  return await openAdminPort({ host: '127.0.0.1', port: 0, ...limit, ...changes, server: create(listener) })
}

test('what a client may take its time for follows the time for bodies, up to what Node does by itself', () => {
  const limitsAt = (bodyTimeoutMs: number) => Object.values(httpLimits({ bodyTimeoutMs }))
  assert.deepEqual(limitsAt(100), [100, 50, 100])
  assert.deepEqual(limitsAt(40_000), [40_000, 10_000, 40_000])
  assert.deepEqual(limitsAt(600_000), [600_000, 30_000, 60_000])
})

test('connections that are refused are reported once a minute, however many they are', () => {
  const clock = createVirtualClock()
  const server = new EventEmitter() as Server
  const told: object[] = []
  limitConnections(server, { port: 1, maxConnections: 2, clock, log: { warn: (fields: object) => told.push(fields) } as never })
  assert.equal(server.maxConnections, 2)
  for (const passedMs of [0, 0, 59_999, 1, 0]) {
    clock.leap(passedMs)
    server.emit('drop')
  }
  assert.deepEqual(told, [
    { port: 1, maxConnections: 2 },
    { port: 1, maxConnections: 2 }
  ])
})

test('the port is answered by its listener, under an address to connect to, until it is closed', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const port = await opened({ host })
    assert.match(port.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.equal(await (await fetch(`${port.url}/x`)).text(), 'path /x')
    await port.close()
    await assert.rejects(fetch(port.url))
  }
})

test('what is not HTTP is refused in the shape of the API', async () => {
  const port = await opened()
  const socket = connect(Number(new URL(port.url).port), '127.0.0.1')
  socket.write('hello\r\n\r\n')
  assert.match(await text(socket), /^HTTP\/1\.1 400 Bad Request\r\n[^]*"type":"invalid_request_error"/)
  await port.close()
})

test('closing breaks a connection whose response has not ended', async () => {
  const { promise: arrived, resolve: listener } = Promise.withResolvers<unknown>()
  const port = await opened({ listener })
  const response = assert.rejects(fetch(port.url))
  await arrived
  await port.close()
  await response
})

test('a port that is taken is an error', async () => {
  const port = await opened()
  await assert.rejects(opened({ port: Number(new URL(port.url).port) }), { code: 'EADDRINUSE' })
  await port.close()
})
