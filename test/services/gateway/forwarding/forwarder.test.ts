import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { UpstreamAccount } from '../../../../services/gateway/accounts/account-directory.ts'
import { CredentialUnavailableError } from '../../../../services/gateway/accounts/credential-keeper.ts'
import { createForwarder, type ReportedSign, type WireOptions } from '../../../../services/gateway/forwarding/forwarder.ts'
import { refusalFor } from '../../../../services/gateway/forwarding/client-refusals.ts'
import type { Verdict } from '../../../../services/gateway/accounts/verdicts.ts'
import type { AttemptResult } from '../../../../services/gateway/forwarding/upstream-attempt.ts'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const OK: AttemptResult = { kind: 'answered', status: 200, fault: null, errorEvent: null }
const STALE: AttemptResult = {
  kind: 'broken',
  reason: 'other side closed',
  mayHaveCost: false,
  timedOut: false,
  stage: 'waiting',
  isStale: true
}

const UNRENEWED = new CredentialUnavailableError('failed', 'the token endpoint answered with status 500')
const ENDED = new CredentialUnavailableError('ended', 'sign-in has ended')

const refused = (status: number, type: string, message = 'no'): AttemptResult => ({
  kind: 'refused',
  status,
  headers: {},
  body: Buffer.from(JSON.stringify({ type: 'error', error: { type, message } }))
})

/** One request, and a wire on which each call ends with the next of the results. */
function setUp(
  t: TestContext,
  results: AttemptResult[],
  changes: {
    maxAttempts?: number
    renewal?: 'refreshed' | CredentialUnavailableError
    /** Why the accounts of this name have no credential. */
    lacking?: Record<string, CredentialUnavailableError>
  } = {}
) {
  const clock = createVirtualClock()
  const exchange = loneExchange(t, clock)
  const sent: { account: string; isFresh: boolean }[] = []
  const reported: ReportedSign[] = []
  const forwarder = createForwarder({
    config: { maxAttempts: changes.maxAttempts ?? 3, startTimeoutMs: 240_000 },
    clock,
    healthClock: clock,
    log: { warn() {} },
    credentials: {
      async headersFor({ name }) {
        const lacking = changes.lacking?.[name]
        if (lacking !== undefined) throw lacking
        return { authorization: 'Bearer at-1' }
      },
      refreshAfterRefusal: async () => changes.renewal ?? UNRENEWED
    },
    accounts: { find: async () => null },
    wire: async ({ chosen }, { isFresh, onCommitted }: WireOptions) => {
      sent.push({ account: chosen.account.id, isFresh })
      const result = results[sent.length - 1] ?? OK
      if (result.kind === 'answered') onCommitted({})
      return result
    },
    recorderFor: () => ({ answered() {}, firstByte() {}, observe() {}, close() {}, void() {} }),
    report: (_exchange, sign) => void reported.push(sign),
    chooser: {
      isLastUsable: async () => false,
      releaseProbe: async () => {},
      lastFailure: async () => refusalFor(exchange.attempts, clock.now(), null)
    },
    counted() {}
  })
  const forwardTo = (id: string, type: UpstreamAccount['type'] = 'api-key') =>
    forwarder.forward({
      exchange,
      chosen: { account: { id, name: id, type } as UpstreamAccount, upstreamModel: 'opus', releaseSlot: async () => {} },
      path: '/v1/messages',
      isRecorded: true
    })
  return { clock, exchange, sent, reported, forwardTo }
}

const signsOf = (reported: ReportedSign[]) =>
  reported.map(
    ({ accountId, sign }) => `${accountId} ${typeof sign === 'string' ? sign : `${sign.ruling}, ${sign.consequence}`}`
  )

test('what a stale connection took goes out once more on a fresh one, and counts as no try', async (t) => {
  const { exchange, sent, reported, forwardTo } = setUp(t, [STALE, OK], { maxAttempts: 1 })
  assert.equal(await forwardTo('a'), true)
  assert.deepEqual(sent, [
    { account: 'a', isFresh: false },
    { account: 'a', isFresh: true }
  ])
  assert.deepEqual([exchange.failedCalls, signsOf(reported)], [0, ['a answering', 'a alive']])
})

test('but only once', async (t) => {
  const { sent, reported, forwardTo } = setUp(t, [STALE, { ...STALE, isStale: false }])
  assert.equal(await forwardTo('a'), false)
  assert.deepEqual([sent.length, signsOf(reported)], [2, ['a no answer, failures']])
})

test('what one account lacks and another has is held against the first one then', async (t) => {
  const { reported, forwardTo } = setUp(t, [refused(404, 'not_found_error', 'model: opus'), OK])
  assert.equal(await forwardTo('a'), false)
  assert.equal(await forwardTo('b'), true)
  assert.deepEqual(signsOf(reported), [
    'a lacks the model, forbidden, if another answers',
    'a lacks the model, forbidden',
    'b answering',
    'b alive'
  ])
})

test('a fault of the request asks as many others as it allows, then is told', async (t) => {
  const feature = refused(403, 'permission_error', 'web search is not enabled')
  const { sent, forwardTo } = setUp(t, [feature, feature])
  assert.equal(await forwardTo('a'), false)
  await assert.rejects(forwardTo('b'), /refused the request with status 403/)
  const at = setUp(t, [refused(400, 'invalid_request_error')])
  await assert.rejects(at.forwardTo('a'), /refused the request with status 400/)
  assert.deepEqual([sent.length, at.sent.length], [2, 1])
})

test('that another account is out tells less than what one said of the request', async (t) => {
  const { forwardTo } = setUp(
    t,
    [refused(403, 'permission_error', 'web search is not enabled'), refused(402, 'billing_error')],
    {
      maxAttempts: 2
    }
  )
  assert.equal(await forwardTo('a'), false)
  await assert.rejects(forwardTo('b'), /refused the request with status 403/)
})

test('a sign-in that may be renewed later is no reason for the client to give up', async (t) => {
  for (const renewal of [UNRENEWED, 'refreshed'] as const) {
    const { reported, forwardTo } = setUp(t, [refused(401, 'authentication_error')], { maxAttempts: 1, renewal })
    await assert.rejects(forwardTo('a', 'oauth'), (error) => {
      assert.ok(error instanceof GatewayError)
      assert.deepEqual([error.status, error.headers['x-should-retry']], [502, undefined])
      return true
    })
    assert.deepEqual(signsOf(reported), renewal === UNRENEWED ? ['a no credential, failures'] : [])
  }
})

const countsOf = (reported: ReportedSign[]) => reported.map(({ accountId, countsFailure }) => `${accountId} ${countsFailure}`)

test('a renewal that failed counts once, however many requests lack it, before or after a 401', async (t) => {
  const lacking = { a: UNRENEWED }
  const { reported, exchange, sent, forwardTo } = setUp(t, [], { lacking })
  for (let i = 0; i < 7; i++) assert.equal(await forwardTo('a', 'oauth'), false)
  lacking.a = new CredentialUnavailableError('failed', 'the same again, half a minute later')
  assert.equal(await forwardTo('a', 'oauth'), false)
  assert.deepEqual(new Set(signsOf(reported)), new Set(['a no credential, failures']))
  const again = Array<string>(6).fill('a false')
  assert.deepEqual(countsOf(reported), ['a true', ...again, 'a true'])
  assert.deepEqual([sent.length, exchange.failedCalls], [0, 0])

  const refusal = refused(401, 'authentication_error')
  const after = setUp(t, [refusal, refusal], { renewal: lacking.a })
  assert.equal(await after.forwardTo('a', 'oauth'), false)
  assert.equal(await after.forwardTo('a', 'oauth'), false)
  assert.deepEqual(countsOf(after.reported), ['a true', 'a false'])
})

test('it counts also where another account has failed the request before, whose own fault it is not', async (t) => {
  const { reported, forwardTo } = setUp(t, [refused(500, 'api_error'), refused(500, 'api_error')], {
    lacking: { a: UNRENEWED }
  })
  for (const id of ['b', 'a', 'c']) assert.equal(await forwardTo(id, 'oauth'), false)
  assert.deepEqual(countsOf(reported), ['b true', 'a true', 'c false'])
})

test('a sign-in that has ended puts its account in error with the way out, whatever showed it', async (t) => {
  const unsent = setUp(t, [], { lacking: { a: ENDED } })
  const refusedThen = setUp(t, [refused(401, 'authentication_error')], { renewal: ENDED })
  for (const { reported, forwardTo } of [unsent, refusedThen]) {
    assert.equal(await forwardTo('a', 'oauth'), false)
    assert.deepEqual(signsOf(reported), ['a sign-in ended, error'])
    assert.equal((reported[0]!.sign as Verdict).reason, 'sign-in has ended')
  }
})

test('nothing is sent any more once no response could begin in time', async (t) => {
  const { clock, sent, forwardTo } = setUp(t, [])
  clock.leap(240_000)
  await assert.rejects(forwardTo('a'), /did not start to answer in time/)
  assert.deepEqual(sent, [])
})
