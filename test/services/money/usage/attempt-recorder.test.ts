import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttemptRecord, SentRecord } from '../../../../services/money/usage/attempt-records.ts'
import { createAttemptRecorder, type UsageReading } from '../../../../services/money/usage/attempt-recorder.ts'
import { NO_USAGE, type UsageBasis } from '../../../../services/money/usage/usage-facts.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const SENT = { type: 'sent', id: 'x.1', createdAt: 0 } as SentRecord

function reading(basis: UsageBasis, finalRevision: number, outputTokens: number): UsageReading {
  const usage = { ...NO_USAGE, inputTokens: 10, outputTokens }
  return { opened: true, messageId: 'msg_1', model: 'm', usage, basis, finalRevision, estimatedUsage: () => usage }
}

function record() {
  const journal: AttemptRecord[] = []
  const finished: string[] = []
  const charged: number[] = []
  const named: string[] = []
  const clock = createVirtualClock(0)
  const recorder = createAttemptRecorder(SENT, {
    journal: { append: (entry) => void journal.push(entry), finish: (id) => void finished.push(id) },
    clock,
    progressIntervalMs: 5000,
    onFirstByte() {},
    onNamed: (messageId) => void named.push(messageId),
    onClosed(_sent, closed) {
      charged.push(closed.usage.outputTokens)
      return { costNano: 1n, chargedNano: 1n, priceVersion: 'v1', priceUnknown: false }
    }
  })
  return { recorder, journal, finished, charged, named, clock, types: () => journal.map(({ type }) => type) }
}

test('the closing numbers are in the journal before anybody is told of the end, and are not written twice', () => {
  const { recorder, types, finished, charged } = record()
  recorder.observe(reading('partial', 0, 1))
  recorder.observe(reading('final', 1, 50))
  assert.deepEqual(types(), ['sent', 'opened', 'closed'])
  recorder.close('completed')
  recorder.close('client_closed')
  assert.deepEqual(types(), ['sent', 'opened', 'closed'])
  assert.deepEqual([finished, charged], [['x.1'], [50]])
})

test('usage that follows, or another end, is a later record, which wins', () => {
  const { recorder, journal } = record()
  recorder.observe(reading('final', 1, 50))
  recorder.observe(reading('final', 2, 60))
  recorder.close('client_closed')
  const closed = journal.filter((entry) => entry.type === 'closed')
  assert.deepEqual(
    closed.map(({ outcome, usage }) => [outcome, usage.outputTokens]),
    [
      ['completed', 50],
      ['completed', 60],
      ['client_closed', 60]
    ]
  )
})

test('progress is written now and then, not with every chunk', () => {
  const { recorder, clock, types } = record()
  recorder.observe(reading('partial', 0, 1))
  recorder.observe(reading('partial', 0, 2))
  assert.deepEqual(types(), ['sent', 'opened'])
  clock.leap(5000)
  recorder.observe(reading('partial', 0, 3))
  recorder.observe(reading('partial', 0, 4))
  assert.deepEqual(types(), ['sent', 'opened', 'progress'])
})

test('another model that goes on with the stream is written at once, since its prices count from there', () => {
  const { recorder, journal } = record()
  recorder.observe(reading('partial', 0, 1))
  recorder.observe({ ...reading('partial', 0, 1), model: 'fallback' })
  recorder.observe({ ...reading('partial', 0, 2), model: 'fallback' })
  assert.deepEqual(
    journal.flatMap((entry) => (entry.type === 'progress' ? entry.model : [])),
    ['fallback']
  )
})

test('an attempt that was refused leaves no event', () => {
  const { recorder, types, finished, charged } = record()
  recorder.void()
  recorder.close('completed')
  assert.deepEqual([types(), finished, charged], [['sent', 'void'], ['x.1'], []])
})

test('tokens that the upstream has stated cannot be voided', () => {
  const final = record()
  final.recorder.observe(reading('final', 1, 50))
  final.recorder.void()
  assert.deepEqual([final.types(), final.charged], [['sent', 'closed'], [50]])

  const begun = record()
  begun.recorder.observe(reading('partial', 0, 7))
  begun.recorder.void()
  assert.deepEqual([begun.types(), begun.charged], [['sent', 'opened', 'closed'], [7]])
})

test('the name of the message is told once, however often it is read', () => {
  const { recorder, named } = record()
  recorder.observe(reading('partial', 0, 1))
  recorder.observe(reading('final', 1, 5))
  recorder.close('completed')
  assert.deepEqual(named, ['msg_1'])
})
