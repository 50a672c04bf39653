import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPasswords } from '../../../../services/resources/sign-in/passwords.ts'

const PASSWORD = 'correct horse battery'

test('a password is kept as Argon2id with what OWASP asks for, salted', async () => {
  const passwords = createPasswords()
  const [one, two] = await Promise.all([passwords.hash(PASSWORD), passwords.hash(PASSWORD)])
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(one, two)
  assert.deepEqual([await passwords.verify(PASSWORD, one), await passwords.verify(PASSWORD, two)], [true, true])
})

test('another password is not it, nor is any without a hash or with a broken one', async () => {
  const passwords = createPasswords()
  const stored = await passwords.hash(PASSWORD)
  for (const [password, hash] of [
    [`${PASSWORD} `, stored],
    ['', stored],
    [PASSWORD, null],
    [PASSWORD, ''],
    [PASSWORD, 'plain text'],
    [PASSWORD, stored.replace('argon2id', 'argon2i')],
    [PASSWORD, stored.slice(0, -10)]
  ] as const) {
    assert.equal(await passwords.verify(password, hash), false, `${password} ${hash}`)
  }
})

test('a password is the same in each way that a keyboard composes its letters', async () => {
  const passwords = createPasswords()
  assert.equal(await passwords.verify('Zoe\u0308 in the garden', await passwords.hash('Zo\u00EB in the garden')), true)
})

test('hashes of other costs still count, so that costs can be raised', async () => {
  const passwords = createPasswords()
  // The reference implementation's answer to "password" and "somesalt".
  const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.equal(await passwords.verify('password', stored), true)
  assert.equal(await passwords.verify('Password', stored), false)
})

test('more at once than there is room for are asked to come back, and the others are served', async () => {
  const passwords = createPasswords()
  const stored = await passwords.hash(PASSWORD)
  const results = await Promise.allSettled(Array.from({ length: 30 }, () => passwords.verify(PASSWORD, stored)))
  const refused = results
    .filter(({ status }) => status === 'rejected')
    .map((result) => (result as PromiseRejectedResult).reason)
  assert.equal(refused.length, 8)
  for (const error of refused) assert.deepEqual([(error as { status: number }).status], [429])
  assert.equal(await passwords.verify(PASSWORD, stored), true)
})
