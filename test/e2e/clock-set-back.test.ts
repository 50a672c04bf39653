import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../services/clock.ts'
import { ask, startGateway } from '../support/gateway.ts'

test('with the clock set back after the start, a cost is counted once all the same', async (t) => {
  let offsetMs = 0
  const clock = { ...systemClock, now: () => systemClock.now() + offsetMs }
  const gateway = await startGateway(t, { clock })
  gateway.upstream.setBehaviour({ usage: { inputTokens: 0, outputTokens: 1_000_000 } })
  offsetMs = -3_600_000
  // Of 100 USD, 20 each: the last is paid with what is left.
  for (let number = 1; number <= 5; number += 1) {
    const response = await gateway.messages(ask())
    assert.equal(response.status, 200, `request ${number}: ${await response.text()}`)
    await gateway.settled()
  }
  assert.equal(await gateway.balance(), '0')
})
