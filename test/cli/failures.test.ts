import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NegativeAnswer, OperationError, reportFailure, UsageError } from '../../cli/failures.ts'

test('every failure is told in a line, without a stack, and with its exit code', (t) => {
  const printed = t.mock.method(console, 'error', () => {})
  const told = (error: unknown) => {
    const code = reportFailure(error)
    return [code, ...(printed.mock.calls.at(-1)?.arguments ?? [])]
  }
  assert.deepEqual(told(new UsageError('--limit: say a number')), [2, '--limit: say a number'])
  assert.deepEqual(told(new NegativeAnswer('they differ')), [1, 'sluice: they differ'])
  assert.deepEqual(told(new OperationError('the server is away')), [3, 'sluice: the server is away'])
  assert.deepEqual(told(new TypeError('x is not a function')), [3, 'sluice: unexpected error: x is not a function'])
  // It might hold a secret.
  assert.deepEqual(told('thrown text'), [3, 'sluice: unexpected error: something that is no error was thrown'])
})
