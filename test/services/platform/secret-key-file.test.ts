import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { addSecretKey, dropOldSecretKeys, loadOrCreateSecretKeys } from '../../../services/platform/secret-key-file.ts'
import { createSecretBox } from '../../../services/platform/secrets.ts'

function dataDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-test-secrets-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'data')
}

const modeOf = (dir: string) => statSync(join(dir, 'secret-key')).mode & 0o777

test('a generated secret key is kept in a file for its owner only, and stays the same', (t) => {
  const dir = dataDir(t)
  const keys = loadOrCreateSecretKeys(dir)
  assert.equal(keys.length, 1)
  createSecretBox(keys)
  assert.deepEqual(loadOrCreateSecretKeys(dir), keys)
  assert.equal(modeOf(dir), 0o600)
})

test('a new key goes before the old ones, which stay until they are dropped', (t) => {
  const dir = dataDir(t)
  const [oldKey] = loadOrCreateSecretKeys(dir)
  const newKey = addSecretKey(dir)
  createSecretBox([newKey])
  assert.deepEqual(loadOrCreateSecretKeys(dir), [newKey, oldKey])
  assert.equal(modeOf(dir), 0o600)
  dropOldSecretKeys(dir, newKey)
  assert.deepEqual(loadOrCreateSecretKeys(dir), [newKey])
  assert.equal(modeOf(dir), 0o600)
  assert.deepEqual(readdirSync(dir), ['secret-key'])
})

test('the keys of another rotation that began meanwhile are not dropped', (t) => {
  const dir = dataDir(t)
  const first = addSecretKey(dir)
  const second = addSecretKey(dir)
  dropOldSecretKeys(dir, first)
  assert.deepEqual(loadOrCreateSecretKeys(dir).slice(0, 2), [second, first])
})

test('keys in the file may be separated by commas or lines', (t) => {
  const dir = dataDir(t)
  const keys = [...loadOrCreateSecretKeys(dir), 'b'.repeat(64), 'c'.repeat(64)]
  writeFileSync(join(dir, 'secret-key'), `${keys[0]}, ${keys[1]}\n${keys[2]}\n`)
  assert.deepEqual(loadOrCreateSecretKeys(dir), keys)
})
