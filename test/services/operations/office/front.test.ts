import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SettledReport } from '../../../../services/operations/office/back-office.ts'
import { createFront } from '../../../../services/operations/office/front.ts'
import prices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import { pricedAttempt } from '../../../support/attempts.ts'

const USES = [{ userId: 'u1' }] as unknown as SettledReport['uses']

function setUp() {
  const seen = { pricedAt: [] as number[], settled: [] as unknown[], dropped: [] as unknown[], lines: [] as unknown[] }
  const book = createPriceBook(prices)
  const front = createFront({
    prices: {
      at(instant) {
        seen.pricedAt.push(instant)
        return book
      }
    },
    eligibility: { settled: (...args) => void seen.settled.push(args), dropped: (uses) => void seen.dropped.push(uses) },
    log: { info: (fields, message) => void seen.lines.push([fields, message]), warn() {} },
    webhookSent() {}
  })
  return { front, seen }
}

test('each attempt is priced as of when it was sent', async () => {
  const { front, seen } = setUp()
  const { sent, closed } = pricedAttempt('x.1', { sent: { createdAt: 7, rateMultiplier: '3' } })
  const later = pricedAttempt('y.1', { sent: { createdAt: 9, rateMultiplier: '1' } })
  const charges = await front.price([{ sent, closed }, later])
  assert.deepEqual(seen.pricedAt, [7, 9])
  assert.deepEqual(
    charges.map(({ costNano, chargedNano }) => chargedNano / costNano),
    [3n, 1n]
  )
})

test('what is on record counts no more as unsettled, nor does what was set aside', () => {
  const { front, seen } = setUp()
  const spending = { balances: new Map([['u1', 5n]]), subscriptions: new Map(), keys: new Map(), teams: new Map() }
  front.settled({ uses: USES, numbers: [1], isSettled: true, ...spending })
  assert.deepEqual([seen.settled.length, seen.dropped], [1, []])
  const [[uses, told]] = seen.settled as [[unknown, typeof spending]]
  assert.deepEqual([uses, told.balances], [USES, spending.balances])
  front.settled({ uses: USES, numbers: [2], isSettled: false, ...spending })
  assert.deepEqual([seen.settled.length, seen.dropped], [1, [USES]])
})

test('an exchange that has ended is one line of the log', () => {
  const { front, seen } = setUp()
  const note = { type: 'exchange', id: 'x', number: 1, createdAt: 0, endedAt: 1, level: 'info', facts: null } as const
  front.told([{ ...note, summary: '{"exchange":"x"}' }])
  assert.deepEqual(seen.lines, [[{ exchange: 'x' }, 'exchange']])
})
