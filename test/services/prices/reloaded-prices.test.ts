import assert from 'node:assert/strict'
import { test } from 'node:test'
import data from '../../../services/prices/claude-prices.json' with { type: 'json' }
import { createPriceBook } from '../../../services/prices/price-book.ts'
import { createPriceTimeline, type PriceTimeline } from '../../../services/prices/price-timeline.ts'
import { createReloadedPrices } from '../../../services/prices/reloaded-prices.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const RETRY_MS = 1000

const timelineOf = (version: string) => createPriceTimeline([{ from: 0, book: { ...createPriceBook(data), version } }])

function setUp() {
  const loads: PromiseWithResolvers<PriceTimeline>[] = []
  const failures: unknown[] = []
  const clock = createVirtualClock()
  const prices = createReloadedPrices(timelineOf('first'), {
    load() {
      const loaded = Promise.withResolvers<PriceTimeline>()
      loads.push(loaded)
      return loaded.promise
    },
    clock,
    retryMs: RETRY_MS,
    onFailure: (error) => failures.push(error)
  })
  return { prices, loads, failures, clock }
}

test('a load that began before another and ended after it does not bring old prices back', async () => {
  const { prices, loads } = setUp()
  const both = [prices.reload(), prices.reload()]
  loads[1]?.resolve(timelineOf('third'))
  await both[1]
  loads[0]?.resolve(timelineOf('second'))
  await both[0]
  assert.equal(prices.current().version, 'third')
})

test('a change whose prices could not be read is read later, though nobody tells of it again', async () => {
  const { prices, loads, failures, clock } = setUp()
  prices.follow()
  loads[0]?.reject(new Error('away'))
  await clock.advance(RETRY_MS - 1)
  assert.deepEqual([failures.length, loads.length, prices.current().version], [1, 1, 'first'])
  await clock.advance(1)
  loads[1]?.resolve(timelineOf('second'))
  await clock.advance(RETRY_MS * 10)
  assert.deepEqual([loads.length, prices.current().version], [2, 'second'])
})

test('who asks is told when prices could not be read, and nothing is tried after the end', async () => {
  const { prices, loads, clock } = setUp()
  const asked = prices.reload()
  loads[0]?.reject(new Error('away'))
  await assert.rejects(asked, /away/)
  prices.follow()
  prices.close()
  loads[1]?.reject(new Error('away'))
  await clock.advance(RETRY_MS * 10)
  assert.deepEqual([loads.length, clock.pendingTimers()], [2, 0])
})
