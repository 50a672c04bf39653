import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { loadPriceTimeline, updatePricesInForce } from '../../services/money/prices/prices-in-force.ts'
import { inTransaction, type Queryable } from '../../services/platform/database/queryable.ts'
import { postgresPool } from '../support/databases.ts'
import { addPrice } from '../support/provisioned.ts'

const UNKNOWN = { input: '5', output: '25' }
const MODEL = 'claude-opus-5-5'
const OWN = {
  id: MODEL,
  display_name: 'Ours',
  status: 'active',
  usd_per_mtok: { input: '1', output: '2', cache_write_5m: '3', cache_write_1h: '4', cache_read: '5' }
}

test('a replica that starts while an operator gives a price does not take that back', async (t) => {
  const pool = await postgresPool(t)
  await inTransaction(pool, (db) => updatePricesInForce(db, UNKNOWN))

  const giveOwnPrice = () =>
    inTransaction(pool, async (db) => {
      await addPrice(db, OWN)
      await updatePricesInForce(db, UNKNOWN)
    })
  const given: Promise<void>[] = []
  await inTransaction(pool, async (client) => {
    const starting: Queryable = {
      async query(text, values) {
        const result = await client.query<never>(text, values)
        if (text.includes('price_overrides') && given.length === 0) {
          given.push(giveOwnPrice())
          // It may have to wait for this transaction.
          await Promise.race([...given, pause(500)])
        }
        return result
      }
    }
    await updatePricesInForce(starting, UNKNOWN)
  })
  await Promise.all(given)

  const timeline = await loadPriceTimeline(pool, Date.now())
  assert.equal(timeline.current().find(MODEL, Date.now()).price.standard.output, 2_000_000_000n)
})
