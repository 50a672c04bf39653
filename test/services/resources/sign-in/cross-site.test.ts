import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBeCrossSite } from '../../../../services/resources/sign-in/cross-site.ts'

const HOST = 'sluice.example.com'

test('what a browser says of where a request comes from decides', () => {
  for (const [site, expected] of [
    ['same-origin', false],
    ['none', false],
    ['same-site', true],
    ['cross-site', true],
    ['', true]
  ] as const) {
    const headers = { host: HOST, origin: `https://${HOST}`, 'sec-fetch-site': site, 'content-type': 'application/json' }
    assert.equal(mayBeCrossSite('POST', headers), expected, site)
  }
})

test('an older browser names its origin, which must be this one', () => {
  for (const [origin, expected] of [
    [`https://${HOST}`, false],
    [`https://${HOST}.evil.example`, true],
    ['https://evil.example', true],
    ['null', true],
    ['', true]
  ] as const) {
    assert.equal(mayBeCrossSite('DELETE', { host: HOST, origin, 'content-type': 'application/json' }), expected, origin)
  }
  assert.equal(mayBeCrossSite('POST', { origin: 'https://a' }), true)
})

test('what says neither must send JSON, which a form cannot', () => {
  assert.equal(mayBeCrossSite('POST', { host: HOST, 'content-type': 'application/json; charset=utf-8' }), false)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp']) {
    assert.equal(mayBeCrossSite('POST', { host: HOST, 'content-type': type }), true, type)
  }
  assert.equal(mayBeCrossSite('POST', { host: HOST }), true)
})

test('looking changes nothing, wherever it comes from', () => {
  for (const method of ['GET', 'HEAD']) assert.equal(mayBeCrossSite(method, { 'sec-fetch-site': 'cross-site' }), false)
})
