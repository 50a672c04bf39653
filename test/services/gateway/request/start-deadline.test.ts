import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDeadline } from '../../../../services/gateway/request/start-deadline.ts'

function waits(timeout: string | undefined, stream = false) {
  const headers = timeout === undefined ? {} : { 'x-stainless-timeout': timeout }
  return startDeadline({ envelope: { stream }, arrivedUptime: 1_000_000, headers }, { startTimeoutMs: 240_000 }) - 1_000_000
}

test('a client that says how long it waits, with the rest of a second cut off, times out first', () => {
  assert.ok(waits('1') > 2000)
  assert.ok(waits('0') > 1000)
  assert.ok(waits('600') > 601_000)
})

test('what says nothing, or nothing sound, is waited for as long as the SDKs do by default', () => {
  for (const timeout of [undefined, '', ' ', 'NaN', '-1', 'Infinity', 'soon']) assert.equal(waits(timeout), 600_000, timeout)
  assert.equal(waits('99999999'), 3_600_000)
})

test('a stream has its own time, whatever the client says', () => {
  assert.equal(waits('1', true), 240_000)
})
