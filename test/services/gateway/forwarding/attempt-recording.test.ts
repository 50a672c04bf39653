import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ChosenAccount } from '../../../../services/gateway/forwarding/account-chooser.ts'
import { createAttemptRecording } from '../../../../services/gateway/forwarding/attempt-recording.ts'
import type { HeldRequest } from '../../../../services/gateway/request/outgoing-body.ts'
import type { SessionUse } from '../../../../services/gateway/slots/slots.ts'
import type { Journal } from '../../../../services/money/journal/journal.ts'
import type { AttemptCharge } from '../../../../services/money/journal/journal-lines.ts'
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import prices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import type { AttemptRecord } from '../../../../services/money/usage/attempt-records.ts'
import type { UsageReading } from '../../../../services/money/usage/attempt-recorder.ts'
import { NO_USAGE, type UsageFacts } from '../../../../services/money/usage/usage-facts.ts'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const MODEL = 'claude-opus-5-5'
const HOUR_MS = 3_600_000
const CHOSEN = { account: { id: 'a1' }, upstreamModel: 'upstream-model' } as ChosenAccount
const CLIENT = { user: { id: 'u1' }, key: { id: 'k1' }, group: { id: 'g1', rateMultiplier: '2' } }

interface Case {
  thread?: HeldRequest['thread']
  isFull?: boolean
  failsToNote?: boolean
  session?: string | null
}

function setUp(t: TestContext, { thread = null, isFull = false, failsToNote = false, session = 's' }: Case = {}) {
  const clock = createVirtualClock()
  const journal: AttemptRecord[] = []
  const finished: [id: string, charge: AttemptCharge | null | undefined][] = []
  const seen = {
    charged: [] as bigint[],
    labels: [] as string[],
    costs: [] as unknown[],
    uses: [] as SessionUse[],
    homes: [] as unknown[],
    warnings: 0
  }
  const pricedAt: number[] = []
  const book = createPriceBook(prices)
  const recordAttempt = createAttemptRecording({
    journal: {
      append(record: AttemptRecord) {
        if (isFull) throw new Error('no space left')
        journal.push(record)
      },
      finish: (id: string, charge?: AttemptCharge | null) => void finished.push([id, charge])
    } as Journal,
    clock,
    progressIntervalMs: 5000,
    prices: {
      at(instant) {
        pricedAt.push(instant)
        return book
      },
      current: () => book
    },
    eligibility: { charged: (_sent, { chargedNano }) => void seen.charged.push(chargedNano) },
    brakes: { charged: () => {} },
    recentCosts: { note: (...cost) => void seen.costs.push(cost) },
    messageHomes: { remember: (...home) => void seen.homes.push(home) },
    metrics: { used: (_priced, labelOf) => void seen.labels.push(labelOf(MODEL), labelOf('made-up')) },
    slots: {
      async noteUse(use) {
        if (failsToNote) throw new Error('Redis is away')
        seen.uses.push(use)
      }
    },
    log: { warn: () => void seen.warnings++ } as never
  })
  const exchange = loneExchange(t, clock, { client: CLIENT })
  exchange.keepRequest({ model: MODEL, stream: true, pinned: false, thread, speed: null } as HeldRequest)
  if (session !== null) exchange.session = { key: session } as typeof exchange.session
  return { clock, exchange, journal, finished, seen, pricedAt, recordAttempt }
}

const reading = (usage: Partial<UsageFacts>): UsageReading => {
  const all = { ...NO_USAGE, ...usage }
  return {
    opened: true,
    messageId: 'msg_1',
    model: MODEL,
    usage: all,
    basis: 'final',
    finalRevision: 1,
    estimatedUsage: () => all
  }
}

test('what is sent is journaled with who pays for it and whose job it is, numbered by the attempts before it', (t) => {
  const { clock, exchange, journal, recordAttempt } = setUp(t)
  exchange.attempts.push({} as (typeof exchange.attempts)[number])
  exchange.subscription = { id: 'sub-1' } as typeof exchange.subscription
  exchange.queueMs = 30
  exchange.client = { ...exchange.client, token: { signInId: null, subject: 'repo:acme/app', expiresAt: 0, isRevoked: false } }
  recordAttempt(exchange, CHOSEN)
  assert.deepEqual(journal, [
    {
      type: 'sent',
      id: 'x.2',
      exchangeId: 'x',
      attempt: 2,
      createdAt: clock.now(),
      userId: 'u1',
      keyId: 'k1',
      groupId: 'g1',
      subscriptionId: 'sub-1',
      accountId: 'a1',
      requestedModel: MODEL,
      upstreamModel: 'upstream-model',
      stream: true,
      rateMultiplier: '2',
      queueMs: 30,
      subject: 'repo:acme/app'
    }
  ])
})

test('what was used is priced as of when it was sent, charged at once and finished with its price', (t) => {
  const { clock, exchange, finished, seen, pricedAt, recordAttempt } = setUp(t)
  const sentAt = clock.now()
  const recorder = recordAttempt(exchange, CHOSEN)
  clock.leap(HOUR_MS)
  recorder.observe(reading({ outputTokens: 1_000_000 }))
  recorder.close('completed')
  assert.deepEqual(pricedAt, [sentAt])
  const [[id, charge] = []] = finished
  assert.equal(id, 'x.1')
  assert.equal(charge!.chargedNano, 2n * charge!.costNano)
  assert.deepEqual(seen.charged, [charge!.chargedNano])
  assert.deepEqual(seen.labels, [MODEL, 'other'])
  assert.deepEqual(
    exchange.uses.map(({ usage, basis, costNano }) => [usage.outputTokens, basis, costNano]),
    [[1_000_000, 'final', charge!.costNano]]
  )
})

test('what an attempt cost takes the place of what was reserved, and is remembered for the next estimate', (t) => {
  const { exchange, seen, recordAttempt } = setUp(t)
  let released = 0
  const reservation = { release: () => void released++ }
  exchange.reservation = reservation
  recordAttempt(exchange, CHOSEN).close('upstream_cut')
  assert.deepEqual([released, exchange.reservation], [0, reservation], 'what cost nothing leaves it to the next attempt')
  const recorder = recordAttempt(exchange, CHOSEN)
  recorder.observe(reading({ outputTokens: 1_000_000 }))
  recorder.close('completed')
  assert.deepEqual([released, exchange.reservation], [1, null])
  assert.deepEqual(seen.costs.at(-1), ['k1', MODEL, exchange.uses.at(-1)!.costNano])
})

test("the session's binding is renewed by what the response said of its prompt cache", (t) => {
  const { exchange, seen, recordAttempt } = setUp(t)
  for (const cacheCreation1hTokens of [0, 5]) {
    const recorder = recordAttempt(exchange, CHOSEN)
    recorder.observe(reading({ cacheReadTokens: 7, cacheCreation1hTokens }))
    recorder.close('completed')
  }
  const use = { session: 's', accountId: 'a1', model: MODEL, cacheReadTokens: 7 }
  assert.deepEqual(seen.uses, [
    { ...use, cacheTtlMs: 0 },
    { ...use, cacheTtlMs: HOUR_MS }
  ])
})

test('no binding is renewed without a session, or by an attempt of which no usage is known', (t) => {
  const without = setUp(t, { session: null })
  const recorder = without.recordAttempt(without.exchange, CHOSEN)
  recorder.observe(reading({}))
  recorder.close('completed')
  const unknown = setUp(t)
  unknown.recordAttempt(unknown.exchange, CHOSEN).close('upstream_cut')
  assert.deepEqual([without.seen.uses, unknown.seen.uses], [[], []])
  assert.deepEqual(unknown.finished.length, 1)
})

test('a binding that cannot be renewed is logged, and harms nothing', async (t) => {
  const { clock, exchange, finished, seen, recordAttempt } = setUp(t, { failsToNote: true })
  const recorder = recordAttempt(exchange, CHOSEN)
  recorder.observe(reading({}))
  recorder.close('completed')
  await clock.advance(0)
  assert.deepEqual([finished.length, seen.warnings], [1, 1])
})

test('where a message came from is remembered, for other replicas only within a thread', (t) => {
  for (const thread of [null, { id: 't1' } as unknown as HeldRequest['thread']]) {
    const { exchange, seen, recordAttempt } = setUp(t, { thread })
    recordAttempt(exchange, CHOSEN).observe(reading({}))
    assert.deepEqual(seen.homes, [[{ userId: 'u1', messageId: 'msg_1' }, 'a1', thread !== null]])
  }
})

test('the body is given back with the first byte', (t) => {
  const { exchange, recordAttempt } = setUp(t)
  const recorder = recordAttempt(exchange, CHOSEN)
  assert.notEqual(exchange.requestIfHeld, null)
  recorder.firstByte()
  assert.equal(exchange.requestIfHeld, null)
})

test('what cannot be journaled must not go out', (t) => {
  const { exchange, recordAttempt } = setUp(t, { isFull: true })
  assert.throws(
    () => recordAttempt(exchange, CHOSEN),
    (error) => error instanceof GatewayError && error.status === 503 && (error.cause as Error).message === 'no space left'
  )
})
