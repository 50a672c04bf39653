import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { startEmbeddedDatabase } from '../../services/platform/database/embedded-database.ts'
import type { ServerPlace } from './server-process.ts'
import { openPool } from './open-pool.ts'

/** Every row of the roll-up that the events don't add up to, and the other way round. */
const ROLL_UP_DIFFERENCES = `
  with summed as (
    select date_trunc('hour', created_at, 'UTC') as hour, user_id, key_id, group_id, account_id, model, count(*) as requests,
      count(*) filter (where outcome not in ('completed', 'client_closed')) as errors, sum(input_tokens) as input_tokens,
      sum(output_tokens) as output_tokens, sum(cache_creation_5m_tokens + cache_creation_1h_tokens) as cache_creation_tokens,
      sum(cache_read_tokens) as cache_read_tokens, sum(cost_usd) as cost_usd, sum(charged_usd) as charged_usd
    from usage_events group by 1, 2, 3, 4, 5, 6
  ), rolled as (
    select hour, user_id, key_id, group_id, account_id, model, requests, errors, input_tokens, output_tokens,
      cache_creation_tokens, cache_read_tokens, cost_usd, charged_usd
    from usage_hourly
  )
  (select 'summed' as side, s.* from (table summed except table rolled) s)
  union all (select 'rolled' as side, r.* from (table rolled except table summed) r) limit 5`

const WINDOWS = `
  select day_used_usd::text as day, week_used_usd::text as week, month_used_usd::text as month,
    (select sum(cost_usd) from usage_events e where e.subscription_id = s.id)::text as used
  from subscriptions s`

/** The sums that no list of the admin API shows. */
export async function readSums(pool: pg.Pool) {
  const [count] = (await pool.query<{ events: number }>('select count(*)::int as events from usage_events')).rows
  return {
    eventCount: count?.events,
    rollUpDifferences: (await pool.query<Record<string, unknown>>(ROLL_UP_DIFFERENCES)).rows,
    /** What each window of a subscription has used, beside the sum of the subscription's events. */
    windows: (await pool.query<Record<'day' | 'week' | 'month' | 'used', string>>(WINDOWS)).rows
  }
}

/** Opens the database of a place where no server runs. */
export async function withDatabase<T>({ dataDir, env }: ServerPlace, use: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const url = env.DATABASE_URL
  const embedded = url === undefined ? await startEmbeddedDatabase({ dataDir }) : null
  const pool = openPool(embedded?.url ?? url!)
  try {
    return await use(pool)
  } finally {
    await pool.end()
    await embedded?.stop()
  }
}

/** A server that has ended has left nothing in its journal for its next life. */
export async function assertNothingUnsettled({ dataDir }: ServerPlace) {
  const journals = join(dataDir, 'journal')
  for (const instance of await readdir(journals)) {
    const files = await readdir(join(journals, instance))
    assert.deepEqual(
      files.filter((name) => name !== 'settled'),
      []
    )
  }
}
