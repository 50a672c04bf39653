import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFailedAuthentications, type SharedFailures } from '../../../services/platform/failed-authentications.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function make({ maxAddresses = 100, shared = null }: { maxAddresses?: number; shared?: SharedFailures | null } = {}) {
  const clock = createVirtualClock()
  const options = { clock, kind: 'key', max: 2, windowMs: 1000, shared: () => shared, maxAddresses }
  return { clock, ...createFailedAuthentications(options) }
}

test('an address has its share in each window, and learns when the next begins', async () => {
  const { clock, count } = make()
  assert.deepEqual([await count('192.0.2.1'), await count('192.0.2.1')], [null, null])
  await clock.advance(400)
  assert.equal(await count('192.0.2.1'), 600)
  assert.equal(await count('192.0.2.2'), null)
  await clock.advance(600)
  assert.equal(await count('192.0.2.1'), null)
})

test('the addresses of one IPv6 network, and the two spellings of an IPv4 address, share theirs', async () => {
  const { count } = make()
  for (const address of ['2001:db8:0:1::1', '2001:db8:0:1:2:3:4:5']) assert.equal(await count(address), null)
  assert.equal(await count('2001:db8::1:0:0:0:9'), 1000)
  assert.equal(await count('2001:db8:0:2::1'), null)
  for (const address of ['192.0.2.1', '::ffff:192.0.2.1']) assert.equal(await count(address), null)
  assert.equal(await count('192.0.2.1'), 1000)
})

test('no more addresses are remembered than its bound', async () => {
  const { count } = make({ maxAddresses: 2 })
  for (let n = 0; n < 3; n++) await count('192.0.2.1')
  await count('192.0.2.2')
  await count('192.0.2.3')
  assert.equal(await count('192.0.2.1'), null)
})

test('one that is taken back was none, and there are never fewer than none', async () => {
  const { count, takeBack } = make()
  takeBack('192.0.2.1')
  await count('192.0.2.1')
  await count('192.0.2.1')
  takeBack('192.0.2.1')
  assert.equal(await count('192.0.2.1'), null)
  assert.equal(await count('192.0.2.1'), 1000)
})

test('what other replicas have counted counts too', async () => {
  const { count } = make({ shared: { add: () => Promise.resolve({ failures: 3, leftMs: 700 }) } })
  assert.equal(await count('192.0.2.1'), 700)
})

test('a Redis that fails, or has forgotten, leaves the limit of the process', async () => {
  const adds: SharedFailures['add'][] = [
    () => Promise.reject(new Error('away')),
    () => Promise.resolve({ failures: 1, leftMs: 1000 })
  ]
  for (const add of adds) {
    const { count } = make({ shared: { add } })
    assert.deepEqual([await count('192.0.2.1'), await count('192.0.2.1'), await count('192.0.2.1')], [null, null, 1000])
  }
})

test('a Redis that does not answer is not waited for', async () => {
  const { clock, count } = make({ shared: { add: () => new Promise(() => {}) } })
  const counted = count('192.0.2.1')
  await clock.advance(500)
  assert.equal(await counted, null)
})
