import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createArrivals } from '../../../../services/gateway/request/arrivals.ts'
import type { ClientKeyRecord } from '../../../../services/resources/records/client-keys.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const CLIENT = { user: { id: 'u1' } } as ClientKeyRecord

function setUp(t: TestContext) {
  const clock = createVirtualClock()
  const config = { pingIntervalMs: 5000, keepAliveMs: 0, clientStallTimeoutMs: 60_000 }
  const asked: unknown[] = []
  const arrive = createArrivals({
    config,
    clock,
    clients: {
      async clientOf(asker) {
        asked.push(asker)
        return CLIENT
      }
    }
  })
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  t.after(() => response.destroy())
  const headers = { 'x-api-key': 'sk-ann' }
  const exchange = () => arrive({ id: 'x-1', kind: 'count_tokens', headers, ip: '192.0.2.7', response, elapsedMs: 3 })
  return { clock, config, asked, exchange }
}

test('an exchange is made of a request and its client', async (t) => {
  const { asked, exchange } = setUp(t)
  const { id, kind, client, headers, address } = await exchange()
  assert.deepEqual(asked, [{ ip: '192.0.2.7', headers: { 'x-api-key': 'sk-ann' } }])
  assert.deepEqual(
    [id, kind, client, headers, address],
    ['x-1', 'count_tokens', CLIENT, { 'x-api-key': 'sk-ann' }, '192.0.2.7']
  )
})

test('times between pings are those of the settings when it arrives', async (t) => {
  const { clock, config, exchange } = setUp(t)
  config.pingIntervalMs = 100
  const { stream } = await exchange()
  stream.startPings()
  await clock.advance(99)
  assert.equal(stream.begun, false)
  await clock.advance(20)
  assert.equal(stream.begun, true)
})
