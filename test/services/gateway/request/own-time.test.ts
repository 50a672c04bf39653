import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OwnTime } from '../../../../services/gateway/request/own-time.ts'

function watched(elapsedMs = 0) {
  const clock = { ms: 1000 }
  return { clock, ownTime: new OwnTime(elapsedMs, () => clock.ms) }
}

test('what the client and the upstream take is not ours, and what was before the exchange is', () => {
  const { clock, ownTime } = watched(2)
  clock.ms += 1
  ownTime.pause() // the body
  clock.ms += 500
  ownTime.resume()
  clock.ms += 3
  ownTime.pause() // the upstream
  clock.ms += 900
  const cameAt = ownTime.now()
  clock.ms += 4
  ownTime.began(cameAt)
  assert.equal(ownTime.firstByteMs, 2 + 1 + 3 + 4)
})

test("a call that failed is the upstream's time, and choosing the next account is ours", () => {
  const { clock, ownTime } = watched()
  ownTime.pause()
  clock.ms += 100
  ownTime.resume()
  clock.ms += 7
  ownTime.pause()
  clock.ms += 100
  ownTime.began(ownTime.now())
  assert.equal(ownTime.firstByteMs, 7)
})

test('only the first byte counts, and without a response there is none', () => {
  const { clock, ownTime } = watched()
  assert.equal(ownTime.firstByteMs, null)
  clock.ms += 1
  ownTime.began(ownTime.now())
  clock.ms += 50
  ownTime.began(ownTime.now())
  assert.equal(ownTime.firstByteMs, 1)
})

test('it keeps how long pieces were held, together and the longest', () => {
  const { clock, ownTime } = watched()
  for (const heldMs of [1, 5, 2]) {
    const cameAt = ownTime.now()
    clock.ms += heldMs
    ownTime.relayed(cameAt)
    clock.ms += 1000
  }
  assert.deepEqual([ownTime.relayedChunks, ownTime.relayMs, ownTime.longestGapMs], [3, 8, 5])
})
