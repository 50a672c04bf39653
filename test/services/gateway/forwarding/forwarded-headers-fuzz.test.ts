import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientHeaders, upstreamHeaders } from '../../../../services/gateway/forwarding/forwarded-headers.ts'
import { fc, times } from '../../../support/fuzz.ts'

const RUNS = times(2000)
const SECRET = 'sk-sluice-the-key-of-the-client'
const CREDENTIAL = { 'x-api-key': 'sk-ant-the-key-of-the-account' }

const name = fc.oneof(
  fc.constantFrom('authorization', 'x-api-key', 'cookie', 'host', 'connection', 'proxy-authorization', 'set-cookie', 'te'),
  fc.constantFrom('anthropic-beta', 'anthropic-version', 'x-stainless-os', 'user-agent', 'accept', 'content-length', 'upgrade'),
  fc.constantFrom(
    'x-forwarded-for',
    'anthropic-ratelimit-x',
    'transfer-encoding',
    'content-encoding',
    '__proto__',
    'constructor'
  ),
  fc.string({ unit: fc.constantFrom(...'abcxyz-_'.split('')), minLength: 1, maxLength: 20 })
)
const value = fc.oneof(fc.constant(SECRET), fc.string({ maxLength: 40 }), fc.array(fc.string(), { maxLength: 3 }))
const headers = fc.dictionary(name, value, { maxKeys: 20 })
const isOpen = /^(anthropic-|x-stainless-|x-claude-code-)/

test('whatever a client sends, the upstream gets the credential of the account alone, and nothing of the hop', () => {
  fc.assert(
    fc.property(headers, fc.boolean(), fc.boolean(), (sent, oauth, keepContentEncoding) => {
      const list = upstreamHeaders(sent, CREDENTIAL, { oauth, keepContentEncoding })
      assert.equal(list.length % 2, 0)
      const names = list.filter((_, at) => at % 2 === 0)
      assert.equal(names.filter((each) => each === 'x-api-key').length, 1)
      assert.equal(list[names.indexOf('x-api-key') * 2 + 1], CREDENTIAL['x-api-key'])
      for (const kept of ['authorization', 'cookie', 'host', 'connection', 'proxy-authorization', 'content-length', 'te']) {
        assert.ok(!names.includes(kept), kept)
      }
      for (const [at, each] of names.entries()) {
        if (!isOpen.test(each) && list[at * 2 + 1] === SECRET) {
          assert.match(each, /^(x-app|user-agent|accept|accept-language|content-type|content-encoding)$/)
        }
      }
    }),
    RUNS
  )
})

test('whatever an upstream sends, its client gets no cookie, no limit of the account and nothing of the hop', () => {
  fc.assert(
    fc.property(headers, (sent) => {
      for (const each of Object.keys(clientHeaders(sent))) {
        assert.doesNotMatch(each, /^(set-cookie|connection|transfer-encoding|te|upgrade|anthropic-ratelimit-.*)$/)
      }
    }),
    RUNS
  )
})
