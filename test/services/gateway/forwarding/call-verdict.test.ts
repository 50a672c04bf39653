import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CredentialUnavailableError } from '../../../../services/gateway/accounts/credential-keeper.ts'
import { verdictOfCall } from '../../../../services/gateway/forwarding/call-verdict.ts'
import type { AttemptResult } from '../../../../services/gateway/forwarding/upstream-attempt.ts'

const PROMPT = 'a prompt that nobody else is to read'
const TOKEN = 'access-0123456789abcdef01234567'
const context = {
  nowMs: Date.UTC(2026, 0, 1),
  tookMs: 1000,
  shortestTimeoutMs: 500,
  model: 'claude-opus-5-5',
  speed: null,
  isSignIn: false,
  lacking: null as CredentialUnavailableError | null,
  body: [Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: PROMPT }] }))],
  credential: { authorization: `Bearer ${TOKEN}` }
}

const broken = (changes: Partial<Extract<AttemptResult, { kind: 'broken' }>> = {}): AttemptResult => ({
  kind: 'broken',
  reason: 'other side closed',
  mayHaveCost: true,
  timedOut: false,
  stage: 'waiting',
  isStale: false,
  ...changes
})

const refused = (status: number, message: string): AttemptResult => ({
  kind: 'refused',
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ type: 'error', error: { type: 'some_error', message } }))
})

const rulingOf = (result: AttemptResult, changes: Partial<typeof context> = {}) =>
  verdictOfCall(result, { ...context, ...changes })?.ruling

test('a response has no verdict, unless it failed in the middle', () => {
  const answered = { kind: 'answered', status: 200, fault: null, errorEvent: null } as const
  assert.equal(verdictOfCall(answered, context), null)
  const cut = { ...answered, fault: 'the stream was cut' }
  assert.deepEqual([rulingOf(cut), verdictOfCall(cut, context)?.reason], ['broken answer', 'the stream was cut'])
})

test('an error in the middle of a stream is judged like the status', () => {
  const held = (status: number, type: string, details: object | null = null): AttemptResult => ({
    kind: 'answered',
    status: 200,
    fault: 'the stream held an error',
    errorEvent: { status, body: Buffer.from(JSON.stringify({ error: { type, message: 'no', details } })) }
  })
  assert.equal(rulingOf(held(529, 'overloaded_error')), 'overload')
  assert.equal(rulingOf(held(529, 'overloaded_error', { error_code: 'compaction_unavailable' })), 'compaction')
  assert.equal(rulingOf(held(429, 'rate_limit_error')), 'limit of a family')
  assert.equal(rulingOf(held(500, 'api_error')), 'server error')
  assert.equal(rulingOf(held(400, 'invalid_request_error')), 'bad request')
})

test('a client that left says nothing of the account', () => {
  assert.equal(verdictOfCall({ kind: 'gone', mayHaveCost: true }, context), null)
})

test('what brought no response is told by how far it had come', () => {
  assert.equal(rulingOf(broken({ stage: 'connecting', mayHaveCost: false })), 'unreachable')
  assert.equal(rulingOf(broken()), 'no answer')
  assert.equal(rulingOf(broken({ stage: 'answering' })), 'broken answer')
  for (const [kind, ruling] of [
    ['failed', 'no credential'],
    ['ended', 'sign-in ended']
  ] as const) {
    const lacking = new CredentialUnavailableError(kind, 'no token')
    assert.equal(rulingOf(broken({ stage: 'connecting' }), { lacking }), ruling)
  }
})

test('a timeout counts when the account had its time', () => {
  const timedOut = broken({ timedOut: true })
  assert.equal(rulingOf(timedOut), 'no answer in time')
  assert.equal(rulingOf(timedOut, { tookMs: 499 }), 'own patience')
  assert.equal(rulingOf(broken(), { tookMs: 1 }), 'no answer')
})

test('wording that repeats the request is left out of the reason, whatever the kind', () => {
  for (const status of [400, 401, 402, 403, 404, 429, 500, 529]) {
    const reasonOf = (message: string, body: Buffer[] | 'compressed' | null = context.body) =>
      verdictOfCall(refused(status, message), { ...context, body })!.reason
    assert.equal(reasonOf(`cannot serve "${PROMPT}"`), `status ${status}, in words that may repeat the request`)
    assert.ok(reasonOf('something of the account').includes('something of the account'))
    assert.ok(!reasonOf('something of the account', null).includes('something of the account'))
    assert.ok(!reasonOf('something of the account', 'compressed').includes('something of the account'))
  }
})

test('wording that repeats the credential is left out too, also a part of it', () => {
  for (const message of [`no good: ${TOKEN}`, `${'x'.repeat(170)} ${TOKEN}`]) {
    assert.doesNotMatch(verdictOfCall(refused(401, message), context)!.reason, /access-/)
  }
})
