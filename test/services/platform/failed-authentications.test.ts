import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFailedAuthentications } from '../../../services/platform/failed-authentications.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function make(maxAddresses = 100) {
  const clock = createVirtualClock()
  return { clock, ...createFailedAuthentications({ clock, max: 2, windowMs: 1000, maxAddresses }) }
}

test('an address has its share in each window, and learns when the next begins', async () => {
  const { clock, count } = make()
  assert.deepEqual([count('192.0.2.1'), count('192.0.2.1')], [null, null])
  await clock.advance(400)
  assert.equal(count('192.0.2.1'), 600)
  assert.equal(count('192.0.2.2'), null)
  await clock.advance(600)
  assert.equal(count('192.0.2.1'), null)
})

test('the addresses of one IPv6 network, and the two spellings of an IPv4 address, share theirs', () => {
  const { count } = make()
  for (const address of ['2001:db8:0:1::1', '2001:db8:0:1:2:3:4:5']) assert.equal(count(address), null)
  assert.equal(count('2001:db8::1:0:0:0:9'), 1000)
  assert.equal(count('2001:db8:0:2::1'), null)
  for (const address of ['192.0.2.1', '::ffff:192.0.2.1']) assert.equal(count(address), null)
  assert.equal(count('192.0.2.1'), 1000)
})

test('no more addresses are remembered than its bound', () => {
  const { count } = make(2)
  for (let n = 0; n < 3; n++) count('192.0.2.1')
  count('192.0.2.2')
  count('192.0.2.3')
  assert.equal(count('192.0.2.1'), null)
})

test('one that is taken back was none, and there are never fewer than none', () => {
  const { count, takeBack, isSpent } = make()
  takeBack('192.0.2.1')
  count('192.0.2.1')
  count('192.0.2.1')
  takeBack('192.0.2.1')
  assert.equal(isSpent('192.0.2.1'), null)
  count('192.0.2.1')
  assert.equal(isSpent('192.0.2.1'), 1000)
})
