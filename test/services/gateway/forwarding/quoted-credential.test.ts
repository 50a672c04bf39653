import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutCredential } from '../../../../services/gateway/forwarding/quoted-credential.ts'

const CREDENTIAL = { authorization: 'Bearer sk-ant-oat01-quoted' }

test('a credential that an error quotes is masked in its body and headers, at the same length', () => {
  const body = Buffer.from('{"message":"Grüße, sk-ant-oat01-quoted"}')
  const masked = withoutCredential({ headers: { 'www-authenticate': 'x sk-ant-oat01-quoted' }, body }, CREDENTIAL)
  assert.equal(masked.body.toString(), `{"message":"Grüße, ${'*'.repeat(19)}"}`)
  assert.equal(masked.body.length, body.length)
  assert.deepEqual(masked.headers, { 'www-authenticate': `x ${'*'.repeat(19)}` })
})

test('an error that quotes none passes as it came', () => {
  const response = { headers: { 'request-id': 'req_1' }, body: Buffer.from([0x7b, 0xff, 0x7d]) }
  assert.equal(withoutCredential(response, CREDENTIAL), response)
})

test('so is a fixed header, as it is and as it stands in JSON, unless it is too short to be a secret', () => {
  const credential = {
    'x-region': 'message',
    'x-pass': 'se"cret\\words',
    'x-login': 'Basic se"cret\\words, more',
    'x-api-key': 'k'
  }
  const quoting = (text: string) => {
    const body = Buffer.from(JSON.stringify({ message: text }))
    return withoutCredential({ headers: {}, body }, credential).body.toString()
  }
  assert.equal(quoting('se"cret\\words'), `{"message":"${'*'.repeat(15)}"}`)
  assert.equal(quoting('se"cret\\words, more'), `{"message":"${'*'.repeat(21)}"}`)
  assert.equal(quoting('no k'), '{"message":"no *"}')
})
