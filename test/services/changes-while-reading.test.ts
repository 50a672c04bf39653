import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createAccountDirectory } from '../../services/accounts/account-directory.ts'
import type { AccountRecord } from '../../services/records/accounts.ts'
import { createClientKeyDirectory } from '../../services/request/client-key-directory.ts'
import { createSecretBox } from '../../services/secrets.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'

/** Reads that end when the test says so. */
function heldReads<T>() {
  const reads: PromiseWithResolvers<T>[] = []
  const read = () => {
    const held = Promise.withResolvers<T>()
    reads.push(held)
    return held.promise
  }
  return { reads, read }
}

test('what changes while a key is read is read again before it is believed', async () => {
  const { reads, read } = heldReads<null>()
  const clock = createVirtualClock()
  const directory = createClientKeyDirectory({ read, clock, freshMs: 10_000, staleMs: 60_000 })
  const before = directory.find('key')
  await clock.advance(5)
  directory.expire()
  await clock.advance(5)
  let isAnswered = false
  const after = directory.find('key').then((record) => {
    isAnswered = true
    return record
  })
  reads[0]?.resolve(null)
  assert.equal(await before, null)
  await setImmediate()
  assert.deepEqual([reads.length, isAnswered], [2, false])
  reads[1]?.resolve(null)
  assert.equal(await after, null)
})

test('what changes while the accounts are read is read again before it is believed', async () => {
  const { reads, read } = heldReads<AccountRecord[]>()
  const directory = createAccountDirectory({
    read,
    secretBox: createSecretBox([Buffer.alloc(32, 7).toString('hex')]),
    defaultBaseUrl: 'https://api.example.com',
    clock: createVirtualClock(),
    freshMs: 10_000,
    onUnreadable: () => {},
    onRead: () => {}
  })
  const before = directory.load()
  directory.expire()
  let isLoaded = false
  const after = directory.load().then(() => {
    isLoaded = true
  })
  reads[0]?.resolve([])
  await before
  await setImmediate()
  assert.deepEqual([reads.length, isLoaded], [2, false])
  reads[1]?.resolve([])
  await after
})
