import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Exchange } from '../../services/gateway/request/exchange.ts'
import { saying, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

// A process of its own: it measures the memory of its process.

test('a body is let go when the response begins, not when it ends', async (t) => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const bodies: WeakRef<Buffer>[] = []
  // Not a mock of the test runner's, which would keep what it is called with.
  const { keepRequest } = Exchange.prototype
  Exchange.prototype.keepRequest = function (envelope) {
    bodies.push(...envelope.body.pieces.map((piece) => new WeakRef(piece)))
    keepRequest.call(this, envelope)
  }
  t.after(() => {
    Exchange.prototype.keepRequest = keepRequest
  })
  const gateway = await startGateway(t)
  gateway.upstream.setBehaviour({ breakOff: { how: 'stall', at: 'middle' } })
  const hangUp = new AbortController()
  const response = await gateway.messages(saying('x'.repeat(2_000_000), { stream: true }), { signal: hangUp.signal })
  await response.body!.getReader().read()
  assert.ok(bodies.length > 1)
  await until('it is collected', async () => {
    collectGarbage()
    return bodies.every((body) => body.deref() === undefined)
  })
  assert.equal(gateway.upstream.stats.inFlight, 1)
  hangUp.abort()
})
