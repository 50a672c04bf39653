import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { codeHashOf, newCode } from '../../../../services/resources/codes/code-text.ts'

test('a code is made of all its random bytes, in letters that are not taken for each other', () => {
  const counting = (bytes: number) => Uint8Array.from({ length: bytes }, (_, n) => n)
  assert.equal(newCode(counting).text, 'SLC-01234-56789-ABCDE-FGHJK-MNPQR')
  assert.equal(newCode(counting).hint, 'SLC-01234')
  const seen = new Set(Array.from({ length: 1000 }, () => newCode(randomBytes).text))
  assert.equal(seen.size, 1000)
  const letters = new Set([...seen].join('').replace(/SLC|-/g, ''))
  assert.equal([...letters].toSorted().join(''), '0123456789ABCDEFGHJKMNPQRSTVWXYZ')
})

test('a code is known however it is typed', () => {
  const { text, hash } = newCode((bytes) => new Uint8Array(bytes).fill(1))
  assert.equal(text, 'SLC-11111-11111-11111-11111-11111')
  for (const typed of [
    text,
    text.toLowerCase(),
    text.replaceAll('-', ''),
    ` ${text.replaceAll('-', ' ')}\n`,
    text.replaceAll('1', 'l'),
    text.replaceAll('1', 'I')
  ]) {
    assert.deepEqual(codeHashOf(typed), hash, typed)
  }
  const zeros = newCode((bytes) => new Uint8Array(bytes))
  assert.deepEqual(codeHashOf(zeros.text.replaceAll('0', 'o')), zeros.hash)
  assert.notDeepEqual(zeros.hash, hash)
})

test('what is no code has no hash', () => {
  const { text } = newCode(randomBytes)
  for (const typed of [
    '',
    'SLC',
    text.slice(4),
    `${text}0`,
    text.slice(0, -1),
    text.replace(/.$/, 'U'),
    text.replace(/.$/, 'é'),
    'x'.repeat(1e5)
  ]) {
    assert.equal(codeHashOf(typed), null, typed.slice(0, 50))
  }
})
