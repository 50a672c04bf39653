import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createMessageHomes, type SharedMessageHomes } from '../../../../services/gateway/accounts/message-homes.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const MESSAGE = { userId: '1', messageId: 'msg_1' }

function sharedBetween() {
  const known = new Map<string, string>()
  const shared: SharedMessageHomes = {
    put: async (name, accountId) => void known.set(name, accountId),
    get: async (name) => known.get(name) ?? null
  }
  return { known, shared }
}

test('a message is found for five minutes, by the user it was given to, whatever the wall clock says', async () => {
  const clock = createVirtualClock()
  const homes = createMessageHomes({ clock, shared: () => null })
  homes.remember(MESSAGE, 'a', true)
  clock.step(3_600_000)
  assert.equal(await homes.homeOf(MESSAGE), 'a')
  assert.equal(await homes.homeOf({ ...MESSAGE, userId: '2' }), null)
  await clock.advance(300_000)
  assert.equal(await homes.homeOf(MESSAGE), null)
})

test('no more are remembered than there is room for', async () => {
  const homes = createMessageHomes({ clock: createVirtualClock(), shared: () => null, max: 2 })
  for (const messageId of ['one', 'two', 'three']) homes.remember({ userId: '1', messageId }, 'a', true)
  const found = await Promise.all(['one', 'two', 'three'].map((messageId) => homes.homeOf({ userId: '1', messageId })))
  assert.deepEqual(found, [null, 'a', 'a'])
})

test('replicas tell each other of threads, also of one told in this moment, and go on when nobody answers', async () => {
  const clock = createVirtualClock()
  const { shared, known } = sharedBetween()
  const one = createMessageHomes({ clock, shared: () => shared })
  const two = createMessageHomes({ clock, shared: () => shared })
  one.remember({ userId: '1', messageId: 'plain' }, 'a', false)
  assert.equal(known.size, 0)
  const early = two.homeOf(MESSAGE)
  await setImmediate()
  one.remember(MESSAGE, 'a', true)
  await clock.advance(1000)
  assert.equal(await early, 'a')
  const away = createMessageHomes({
    clock,
    shared: () => ({ put: async () => Promise.reject(new Error('away')), get: async () => Promise.reject(new Error('away')) })
  })
  away.remember(MESSAGE, 'b', true)
  assert.equal(await away.homeOf(MESSAGE), 'b')
  assert.equal(await away.homeOf({ userId: '1', messageId: 'unknown' }), null)
})
