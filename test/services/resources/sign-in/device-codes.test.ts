import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSecretBox } from '../../../../services/platform/secrets.ts'
import { createDeviceCodeSeal, DEVICE_CODE_MS } from '../../../../services/resources/sign-in/device-code-seal.ts'
import { keyNameOf } from '../../../../services/resources/sign-in/device-key.ts'
import { createPollingPace } from '../../../../services/resources/sign-in/polling-pace.ts'
import { generateUserCode, readUserCode } from '../../../../services/resources/sign-in/user-codes.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const ASKER = { client: 'claude_code', address: '10.1.2.3', userAgent: 'claude-code/2.1.330' }
const boxOf = (byte: number) => createSecretBox([Buffer.alloc(32, byte).toString('hex')])

test('a device code says what it is for to whoever has the secret key, and to nobody else', async () => {
  const clock = createVirtualClock()
  const { seal, open } = createDeviceCodeSeal({ secretBox: boxOf(1), clock })
  const { code, contents } = seal(ASKER, 'BCDF-GHJK')
  assert.deepEqual(createDeviceCodeSeal({ secretBox: boxOf(1), clock }).open(code), contents)
  assert.deepEqual([contents.userCode, contents.address], ['BCDF-GHJK', '10.1.2.3'])
  assert.notEqual(seal(ASKER, 'BCDF-GHJK').code, code)
  assert.equal(createDeviceCodeSeal({ secretBox: boxOf(2), clock }).open(code), null)
  assert.equal(open(boxOf(1).seal(JSON.stringify(contents), 'something else').toString('base64url')), null)
  for (const wrong of ['', 'x', code.slice(1), `${code} `, '\0']) assert.equal(open(wrong), null)

  await clock.advance(DEVICE_CODE_MS - 1)
  assert.notEqual(open(code), null)
  await clock.advance(1)
  assert.equal(open(code), null)
  clock.step(-2 * DEVICE_CODE_MS)
  assert.equal(open(code), null, 'a clock that is set back does not bring it back')
})

test('user codes are of 20 consonants, and read however they are typed', () => {
  const given = [0, 1, 2, 3, 4, 5, 6, 19]
  assert.equal(
    generateUserCode(() => given.shift() ?? 0),
    'BCDF-GHJZ'
  )
  const codes = new Set(Array.from({ length: 1000 }, () => generateUserCode()))
  assert.equal(codes.size, 1000)
  for (const code of codes) assert.equal(readUserCode(code), code)
  for (const typed of ['bcdf-ghjz', 'BCDFGHJZ', ' b c d f – g h j z ']) assert.equal(readUserCode(typed), 'BCDF-GHJZ')
  for (const wrong of ['', 'BCDF-GHJ', 'BCDF-GHJZZ', 'ACDF-GHJZ', 'BCDF-GHJ1']) assert.equal(readUserCode(wrong), null)
})

test('who asks too soon is told so, and not looked up more than once a second', async () => {
  const clock = createVirtualClock()
  const paceOf = createPollingPace(clock)
  const [one, other] = [Buffer.from('one'), Buffer.from('other')]
  assert.equal(paceOf(one), 'fine')
  assert.equal(paceOf(one), 'at-once')
  assert.equal(paceOf(other), 'fine')
  await clock.advance(1000)
  assert.equal(paceOf(one), 'early')
  await clock.advance(4000)
  assert.equal(paceOf(one), 'fine')
})

test('a key is named for what it was made for, whatever that says of itself', () => {
  const nameOf = (client: string | null) => keyNameOf({ client, clientAddress: '10.1.2.3' })
  assert.equal(nameOf('claude_code'), 'Claude Code on 10.1.2.3')
  assert.equal(nameOf('my-tool'), 'my-tool on 10.1.2.3')
  assert.equal(nameOf(null), 'A tool on 10.1.2.3')
  assert.equal(nameOf('<b>\u202e'), 'b on 10.1.2.3')
  assert.ok(nameOf('x'.repeat(500)).length < 100)
})
