import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fc } from '../../support/fuzz.ts'
import {
  createSecretBox,
  generateClientKey,
  hashClientKey,
  prefixForDisplay,
  SecretKeyInvalidError,
  SecretKeyMissingError,
  SecretUnreadableError
} from '../../../services/platform/secrets.ts'

const newKey = () => randomBytes(32).toString('hex')

test('what was sealed opens again, in its own context only', () => {
  const box = createSecretBox([newKey()])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (secret, name) => {
      const sealed = box.seal(secret, `account:${name}`)
      assert.equal(box.open(sealed, `account:${name}`), secret)
      assert.throws(() => box.open(sealed, `account:${name}x`), SecretUnreadableError)
    })
  )
})

test('a sealed secret does not contain the plaintext, and no two are alike', () => {
  const box = createSecretBox([newKey()])
  const sealed = box.seal('sk-ant-secret', 'a')
  assert.equal(sealed.includes('sk-ant-secret'), false)
  assert.notDeepEqual(sealed, box.seal('sk-ant-secret', 'a'))
})

test('a sealed secret that was changed anywhere does not open', () => {
  const box = createSecretBox([newKey()])
  const sealed = box.seal('secret', 'a')
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed)
    changed[index]! ^= 1
    assert.throws(() => box.open(changed, 'a'), `byte ${index}`)
  }
  assert.throws(() => box.open(sealed.subarray(0, 20), 'a'), SecretUnreadableError)
})

test('after a rotation the old key still opens, and the new one seals', () => {
  const [oldKey, rotatedKey] = [newKey(), newKey()]
  const sealedBefore = createSecretBox([oldKey]).seal('secret', 'a')
  const rotated = createSecretBox([rotatedKey, oldKey])
  assert.equal(rotated.open(sealedBefore, 'a'), 'secret')
  assert.equal(createSecretBox([rotatedKey]).open(rotated.seal('secret', 'a'), 'a'), 'secret')
})

test('a secret whose key was lost says so, naming the key', () => {
  const sealed = createSecretBox([newKey()]).seal('secret', 'account:main')
  const keyId = sealed.subarray(1, 9).toString('hex')
  assert.throws(
    () => createSecretBox([newKey()]).open(sealed, 'account:main'),
    (error) => error instanceof SecretKeyMissingError && error.message.includes(keyId) && error.message.includes('account:main')
  )
})

test('a key is 32 bytes as hex or base64; anything else is refused without being repeated', () => {
  const bytes = randomBytes(32)
  const sealed = createSecretBox([bytes.toString('hex')]).seal('secret', 'a')
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    assert.equal(createSecretBox([bytes.toString(encoding)]).open(sealed, 'a'), 'secret')
  }
  for (const wrong of ['my-very-secret-passphrase', bytes.toString('hex').slice(2), '']) {
    assert.throws(
      () => createSecretBox([wrong]),
      (error) => error instanceof SecretKeyInvalidError && (wrong === '' || !error.message.includes(wrong))
    )
  }
  assert.throws(() => createSecretBox([]), SecretKeyInvalidError)
})

test('a key added while it runs seals from then on, and what was sealed before still opens', () => {
  const [oldKey, added] = [newKey(), newKey()]
  const box = createSecretBox([oldKey])
  const before = box.seal('secret', 'a')
  assert.equal(box.isCurrent(before), true)
  box.addKey(added)
  const after = box.seal('secret', 'a')
  assert.deepEqual([box.isCurrent(before), box.isCurrent(after)], [false, true])
  assert.deepEqual([box.open(before, 'a'), createSecretBox([added]).open(after, 'a')], ['secret', 'secret'])
  assert.throws(() => box.addKey('no key'), SecretKeyInvalidError)
  assert.equal(box.isCurrent(box.seal('secret', 'a')), true)
  assert.deepEqual([box.isCurrent(Buffer.alloc(0)), box.isCurrent(Buffer.alloc(60))], [false, false])
})

test('without a key one is made when something is sealed, and not before', () => {
  const foreign = createSecretBox([newKey()]).seal('secret', 'a')
  const made: string[] = []
  const box = createSecretBox([], () => {
    const key = newKey()
    made.push(key)
    return key
  })
  assert.equal(box.isCurrent(foreign), false)
  assert.throws(() => box.open(foreign, 'a'), SecretKeyMissingError)
  assert.deepEqual(made, [])
  const sealed = [box.seal('one', 'a'), box.seal('two', 'a')]
  assert.equal(made.length, 1)
  assert.deepEqual(
    sealed.map((bytes) => createSecretBox(made).open(bytes, 'a')),
    ['one', 'two']
  )
})

test('client keys are long, recognisable, different, and stored as a hash', () => {
  const key = generateClientKey()
  assert.match(key, /^sk-sluice-[A-Za-z0-9_-]{43}$/)
  assert.notEqual(generateClientKey(), key)
  assert.equal(hashClientKey(key).length, 32)
  assert.equal(prefixForDisplay(key), `${key.slice(0, 14)}…`)
})
