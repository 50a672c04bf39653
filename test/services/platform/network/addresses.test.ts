import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createAddressCheck,
  parseRange,
  rangeProblem,
  withoutStrayBits
} from '../../../../services/platform/network/addresses.ts'

const inside: [network: string, address: string][] = [
  ['10.1.2.3', '10.1.2.3'],
  ['10.1.2.3', '::ffff:10.1.2.3'],
  ['10.1.2.3', '::FFFF:0A01:203'],
  ['10.0.0.0/8', '10.255.255.255'],
  ['10.0.0.0/8', '::ffff:10.9.9.9'],
  ['10.1.2.3/8', '10.200.0.1'],
  ['0.0.0.0/0', '203.0.113.9'],
  ['::ffff:10.0.0.0/104', '10.9.9.9'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::ffff:0:0/96', '::ffff:203.0.113.9'],
  ['2001:db8::/32', '2001:db8:ffff::1'],
  ['2001:DB8::1', '2001:db8:0:0:0:0:0:1'],
  ['fe80::/10', 'fe80::1%eth0']
]
for (const [network, address] of inside) {
  test(`${address} is in ${network}`, () => assert.equal(createAddressCheck(['192.0.2.1', network])(address), true))
}

const outside: [network: string, address: string][] = [
  ['10.1.2.3', '10.1.2.4'],
  ['10.0.0.0/8', '11.0.0.0'],
  ['10.0.0.0/8', '::ffff:11.0.0.0'],
  ['::/0', '10.1.2.3'],
  ['0.0.0.0/0', '2001:db8::1'],
  ['2001:db8::/32', '2001:db9::1'],
  ['10.0.0.0/8', '10.1.2.3:5678'],
  ['0.0.0.0/0', 'unknown'],
  ['0.0.0.0/0', '']
]
for (const [network, address] of outside) {
  test(`${address === '' ? 'nothing' : address} is not in ${network}`, () =>
    assert.equal(createAddressCheck([network])(address), false))
}

test('what is neither an address nor a network is none', () => {
  for (const text of [
    '',
    '10.1.2',
    '10.1.2.3/33',
    '10.1.2.3/',
    '10.1.2.3/08',
    '10.1.2.3/8/8',
    '10.1.2.3/-1',
    '::/129',
    'fe80::1%eth0',
    'localhost',
    '010.1.2.3',
    ' 10.1.2.3'
  ]) {
    assert.equal(parseRange(text), null, text)
  }
})

const networks: [text: string, network: string][] = [
  ['10.0.0.5/8', '10.0.0.0/8'],
  ['10.0.0.1/0', '0.0.0.0/0'],
  ['2001:db8::1/32', '2001:db8::/32'],
  ['::ffff:10.0.0.5/104', '10.0.0.0/8']
]
for (const [text, network] of networks) {
  test(`${text} is refused, and ${network} named`, () => {
    assert.equal(withoutStrayBits(text), network)
    assert.match(rangeProblem(text) ?? '', /must not have bits behind the prefix/)
    assert.ok(rangeProblem(text)?.includes(`write ${network} for the network`))
    assert.equal(rangeProblem(network), null)
  })
}

test('an address, and a network that begins where it says, are taken as they are', () => {
  for (const text of ['10.0.0.5', '10.0.0.5/32', '10.0.0.0/8', '2001:db8::/32', '::1', '::1/128', '::ffff:10.0.0.5']) {
    assert.deepEqual([rangeProblem(text), withoutStrayBits(text)], [null, text])
  }
  assert.equal(rangeProblem('10.0.0.300'), 'must be an address or a network such as 10.0.0.0/8, not "10.0.0.300"')
})
