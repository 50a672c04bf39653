import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watchNetworks } from '../../../../services/gateway/request/far-apart.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const MINUTE_MS = 60_000
const [HOME, NEAR_HOME, AWAY, THIRD] = ['203.0.113.5', '203.0.7.9', '198.51.100.7', '192.0.2.1']

function setUp() {
  const clock = createVirtualClock()
  const look = watchNetworks(clock)
  /** Uses a sign-in from one address after the other, a minute apart; returns what is told. */
  const use = (addresses: readonly string[], { id = '1', everyMs = MINUTE_MS } = {}) =>
    addresses.flatMap((address) => {
      clock.leap(everyMs)
      const told = look(id, address)
      return told === null ? [] : [told]
    })
  return { clock, use }
}

test('two networks by turns are told once an hour, with both addresses', () => {
  const { clock, use } = setUp()
  assert.deepEqual(use([HOME, AWAY, NEAR_HOME, AWAY, HOME]), [[NEAR_HOME, AWAY]])
  clock.leap(55 * MINUTE_MS)
  assert.deepEqual(use([HOME, AWAY, HOME, AWAY]), [[HOME, AWAY]])
})

test('three networks in a ring are told, too', () => {
  assert.equal(setUp().use([HOME, AWAY, THIRD, HOME]).length, 1)
})

test('who moves on, moves about in one network, or comes back later is not told of', () => {
  assert.deepEqual(setUp().use([HOME, NEAR_HOME, HOME, AWAY, AWAY, THIRD]), [])
  assert.deepEqual(setUp().use([HOME, AWAY, HOME], { everyMs: 6 * MINUTE_MS }), [])
  assert.equal(setUp().use([HOME, AWAY, HOME], { everyMs: 5 * MINUTE_MS }).length, 1)
})

test('private networks are one, and the internet is another', () => {
  const { use } = setUp()
  assert.deepEqual(use(['10.1.2.3', '192.168.1.1', '10.1.2.3', '100.64.0.1', '127.0.0.1', '172.16.0.1']), [])
  assert.deepEqual(use([HOME, '::ffff:10.1.2.3']), [['::ffff:10.1.2.3', HOME]])
})

test('a machine with IPv4 and IPv6 is one machine, and one of IPv6 in two networks is two', () => {
  const [here, near, far] = ['2001:db8::1', '2001:db8:ffff::1', '2a00:1::1']
  assert.deepEqual(setUp().use([HOME, here, HOME, near, HOME, 'fe80::1%eth0']), [])
  assert.deepEqual(setUp().use([HOME, here, HOME, far, HOME, near]), [[near, far]])
})

test('each sign-in is looked at by itself, and what is no address says nothing', () => {
  const { use } = setUp()
  assert.deepEqual([use([HOME], { id: '1' }), use([AWAY], { id: '2' }), use([HOME], { id: '1' })].flat(), [])
  assert.deepEqual(use(['', 'unknown', 'a.b.c.d'], { id: '3' }), [])
  for (let n = 0; n < 11_000; n++) use([HOME, AWAY], { id: `many ${n}`, everyMs: 0 })
  assert.deepEqual(use([HOME], { id: 'many 0', everyMs: 0 }), [], 'no more is kept than fits')
})
