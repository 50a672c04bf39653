import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detailOfCall, reportOfCall } from '../../../services/forwarding/call-report.ts'
import type { AttemptResult } from '../../../services/forwarding/upstream-attempt.ts'

const PROMPT = 'a prompt that nobody else is to read'
const TOKEN = 'access-0123456789abcdef01234567'
const context = {
  nowMs: Date.UTC(2026, 0, 1),
  tookMs: 1000,
  shortestTimeoutMs: 500,
  body: Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: PROMPT }] })),
  credential: { authorization: `Bearer ${TOKEN}` }
}

const broken = ({ timedOut = false } = {}): AttemptResult => ({
  kind: 'broken',
  reason: 'other side closed',
  mayHaveCost: true,
  timedOut
})

const refused = (status: number, message: string): AttemptResult => ({
  kind: 'refused',
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ type: 'error', error: { type: 'api_error', message } }))
})

test('an answer says that the account is alive, unless it failed in the middle', () => {
  assert.deepEqual(reportOfCall({ kind: 'answered', status: 200, fault: null }, context), { kind: 'alive' })
  const cut: AttemptResult = { kind: 'answered', status: 200, fault: 'the stream was cut' }
  assert.deepEqual(reportOfCall(cut, context), { kind: 'failed', reason: 'the stream was cut' })
})

test('a client that left says nothing of the account', () => {
  assert.equal(reportOfCall({ kind: 'gone', mayHaveCost: true }, context), null)
})

test('a timeout counts when the account had its time', () => {
  const timedOut = broken({ timedOut: true })
  assert.equal(reportOfCall(timedOut, context)?.kind, 'failed')
  assert.equal(reportOfCall(timedOut, { ...context, tookMs: 499 }), null)
  assert.equal(reportOfCall(broken(), { ...context, tookMs: 1 })?.kind, 'failed')
})

test('wording that repeats the request is left out of the reason, whatever the kind', () => {
  for (const status of [401, 402, 403, 429, 500, 529]) {
    const quoting = reportOfCall(refused(status, `cannot serve "${PROMPT}"`), context)
    assert.ok(quoting !== null && 'reason' in quoting)
    assert.doesNotMatch(quoting.reason, /prompt that/)
    assert.match(quoting.reason, new RegExp(`^status ${status}`))
    const plain = reportOfCall(refused(status, 'something of the account'), context)
    assert.ok(plain !== null && 'reason' in plain && plain.reason.includes('something of the account'))
    const unknown = reportOfCall(refused(status, 'something of the account'), { ...context, body: null })
    assert.ok(unknown !== null && 'reason' in unknown && !unknown.reason.includes('something of the account'))
  }
})

test('wording that repeats the credential is left out too, also a part of it', () => {
  for (const message of [`no good: ${TOKEN}`, `${'x'.repeat(170)} ${TOKEN}`]) {
    const report = reportOfCall(refused(401, message), context)
    assert.ok(report !== null && 'reason' in report)
    assert.doesNotMatch(report.reason, /access-/)
  }
})

test('the log says of a call what was seen, also of one that doesn’t count', () => {
  assert.equal(detailOfCall(broken(), { kind: 'failed', reason: 'other side closed' }), 'other side closed')
  assert.equal(detailOfCall(broken({ timedOut: true }), null), 'other side closed')
  assert.equal(detailOfCall({ kind: 'gone', mayHaveCost: false }, null), null)
  assert.equal(detailOfCall({ kind: 'answered', status: 200, fault: null }, { kind: 'alive' }), null)
})
