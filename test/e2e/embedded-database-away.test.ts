import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, startGateway } from '../support/gateway.ts'
import { postmasterOf } from '../support/embedded-processes.ts'
import { until } from '../support/until.ts'

test('the database that Sluice brings is away for a moment when it is killed: a stream and known keys go on, nothing is lost', async (t) => {
  const gateway = await startGateway(t, { embedded: true })
  const { upstream, dataDir } = gateway
  const known = await gateway.messages(ask())
  assert.equal(known.status, 200, await known.text())
  upstream.setBehaviour([{ stream: true, behaviour: { deltas: 30, paceMs: 20 } }, { behaviour: {} }])
  const stream = await gateway.messages(ask({ stream: true }))
  const before = postmasterOf(dataDir)
  process.kill(before, 'SIGKILL')
  for (let n = 0; n < 5; n++) {
    const response = await gateway.messages(ask())
    assert.equal(response.status, 200, await response.text())
  }
  assert.match(await stream.text(), /event: message_stop/)
  await until('it is there again', async () =>
    gateway.logs.some((line) => line.includes('the embedded database is there again'))
  )
  assert.notEqual(postmasterOf(dataDir), before)
  const events = await gateway.settledEvents(7)
  assert.deepEqual(
    events.map(({ outcome, basis }) => [outcome, basis]),
    events.map(() => ['completed', 'final'])
  )
})
