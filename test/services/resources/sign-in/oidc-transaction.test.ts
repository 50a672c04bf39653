import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { createSecretBox, type SecretBox } from '../../../../services/platform/secrets.ts'
import { createTransactionSeal, TRANSACTION_MS } from '../../../../services/resources/sign-in/oidc-transaction.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const TRANSACTION = { state: 's', nonce: 'n', verifier: 'v', returnTo: null }
const boxOf = (digit: string) => createSecretBox([digit.repeat(64)])

function setUp(secretBox: SecretBox = boxOf('a')) {
  const clock = createVirtualClock()
  return { clock, secretBox, seal: createTransactionSeal({ secretBox, clock }) }
}

function isExpired(error: unknown): boolean {
  assert.ok(error instanceof GatewayError)
  assert.deepEqual([error.status, error.type], [401, 'authentication_error'])
  return true
}

test('what one replica has sealed another with the same key opens, within ten minutes', () => {
  const { clock, secretBox, seal } = setUp()
  const sealed = seal.seal(TRANSACTION)
  assert.match(sealed, /^[\w-]+$/)
  clock.leap(TRANSACTION_MS - 1)
  assert.deepEqual(createTransactionSeal({ secretBox, clock }).open(sealed), TRANSACTION)
  clock.leap(1)
  assert.throws(() => seal.open(sealed), isExpired)
})

test('a clock that was set back gives nobody more time', () => {
  const { clock, seal } = setUp()
  const sealed = seal.seal(TRANSACTION)
  clock.step(-1)
  assert.throws(() => seal.open(sealed), isExpired)
})

test('what was sealed elsewhere, for something else, or not at all is refused', () => {
  const { clock, secretBox, seal } = setUp()
  const foreign = createTransactionSeal({ secretBox: boxOf('b'), clock }).seal(TRANSACTION)
  const content = JSON.stringify({ ...TRANSACTION, endsAt: clock.now() + 1000 })
  const other = secretBox.seal(content, 'proxy').toString('base64url')
  for (const sealed of [foreign, other, '', 'x', Buffer.from(content).toString('base64url')]) {
    assert.throws(() => seal.open(sealed), isExpired)
  }
})
