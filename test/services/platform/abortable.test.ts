import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { unlessAborted } from '../../../services/platform/abortable.ts'

test('becomes what the promise becomes, and leaves no listener', async () => {
  const { signal } = new AbortController()
  assert.equal(await unlessAborted(signal, Promise.resolve(1)), 1)
  await assert.rejects(unlessAborted(signal, Promise.reject(new Error('no'))), /no/)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('ends with the signal’s reason, also where that came first', async () => {
  const controller = new AbortController()
  const never = new Promise<never>(() => {})
  const waiting = unlessAborted(controller.signal, never)
  controller.abort(new Error('gone'))
  await assert.rejects(waiting, /gone/)
  await assert.rejects(unlessAborted(controller.signal, never), /gone/)
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
})
