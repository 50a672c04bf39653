import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { connectRedis } from '../../services/gateway/slots/redis-client.ts'
import { systemClock as clock } from '../../services/platform/clock.ts'
import { createFailedAuthentications, createRedisFailures } from '../../services/platform/failed-authentications.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

test('replicas count failures together, and each for itself while Redis is away', async (t) => {
  const server = await startRedisServer(t)
  const prefix = `test-${randomUUID()}`
  const connections = [0, 1].map(() => connectRedis({ urls: [server.url], onFault: () => {} }))
  t.after(() => connections.forEach((connection) => connection.close()))
  await Promise.all(connections.map((connection) => connection.connected(clock, 20_000)))
  const [here, there] = connections.map(({ redis }) => {
    const shared = createRedisFailures(redis, prefix)
    return createFailedAuthentications({ clock, kind: 'key', max: 3, windowMs: 60_000, shared: () => shared })
  })
  assert.ok(here !== undefined && there !== undefined)
  const isRefused = async (replica: typeof here, address: string) => (await replica.count(address)) !== null

  assert.deepEqual([await isRefused(here, '192.0.2.1'), await isRefused(here, '192.0.2.1')], [false, false])
  here.takeBack('192.0.2.1')
  assert.deepEqual([await isRefused(there, '192.0.2.1'), await isRefused(there, '192.0.2.1')], [false, false])
  assert.equal(await isRefused(there, '192.0.2.1'), true)
  assert.equal(await isRefused(there, '192.0.2.2'), false)
  for (const key of await server.client.keys(`${prefix}:*`)) assert.ok((await server.client.pttl(key)) > 0)

  await server.stop()
  await until('the connection is seen to be gone', () => connections.every(({ redis }) => redis.status !== 'ready'))
  const alone = []
  for (let n = 0; n < 4; n++) alone.push(await isRefused(here, '192.0.2.3'))
  assert.deepEqual(alone, [false, false, false, true])
})
