import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAddressCheck, parseRange } from '../../../../services/platform/network/addresses.ts'

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
