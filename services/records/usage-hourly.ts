import { formatUsd } from '../prices/money.ts'
import { scalarArray, textArray } from './array-literals.ts'
import { modelOf, type PricedAttempt } from './event-columns.ts'
import type { Queryable } from './queryable.ts'

interface HourlyRow {
  hour: number
  userId: string
  keyId: string
  groupId: string
  accountId: string
  model: string
  requests: number
  errors: number
  inputTokens: number
  outputTokens: number
  cacheCreationTokens: number
  cacheReadTokens: number
  costNano: bigint
  chargedNano: bigint
}

const HOUR_MS = 60 * 60 * 1000

/** Adds attempts to the hours in which they were sent. A client's hang-up is no error. */
export async function addToUsageHourly(client: Queryable, attempts: readonly PricedAttempt[]): Promise<void> {
  const rows = sumsOf(attempts)
  await client.query(
    `insert into usage_hourly as h (hour, user_id, key_id, group_id, account_id, model, requests, errors, input_tokens,
       output_tokens, cache_creation_tokens, cache_read_tokens, cost_usd, charged_usd)
     select * from unnest($1::timestamptz[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[],
       $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::numeric[], $14::numeric[])
     on conflict (hour, user_id, key_id, group_id, account_id, model) do update set
       requests = h.requests + excluded.requests, errors = h.errors + excluded.errors,
       input_tokens = h.input_tokens + excluded.input_tokens, output_tokens = h.output_tokens + excluded.output_tokens,
       cache_creation_tokens = h.cache_creation_tokens + excluded.cache_creation_tokens,
       cache_read_tokens = h.cache_read_tokens + excluded.cache_read_tokens,
       cost_usd = h.cost_usd + excluded.cost_usd, charged_usd = h.charged_usd + excluded.charged_usd`,
    [
      scalarArray(rows.map(({ hour }) => new Date(hour).toISOString())),
      scalarArray(rows.map(({ userId }) => userId)),
      scalarArray(rows.map(({ keyId }) => keyId)),
      scalarArray(rows.map(({ groupId }) => groupId)),
      scalarArray(rows.map(({ accountId }) => accountId)),
      textArray(rows.map(({ model }) => model)),
      scalarArray(rows.map(({ requests }) => requests)),
      scalarArray(rows.map(({ errors }) => errors)),
      scalarArray(rows.map(({ inputTokens }) => inputTokens)),
      scalarArray(rows.map(({ outputTokens }) => outputTokens)),
      scalarArray(rows.map(({ cacheCreationTokens }) => cacheCreationTokens)),
      scalarArray(rows.map(({ cacheReadTokens }) => cacheReadTokens)),
      scalarArray(rows.map(({ costNano }) => formatUsd(costNano))),
      scalarArray(rows.map(({ chargedNano }) => formatUsd(chargedNano)))
    ]
  )
}

function sumsOf(attempts: readonly PricedAttempt[]): HourlyRow[] {
  const sums = new Map<string, HourlyRow>()
  for (const attempt of attempts) {
    const { sent, closed } = attempt
    const { userId, keyId, groupId, accountId } = sent
    const hour = Math.floor(sent.createdAt / HOUR_MS) * HOUR_MS
    const model = modelOf(attempt)
    const key = `${hour} ${userId} ${keyId} ${groupId} ${accountId} ${model}`
    let row = sums.get(key)
    if (row === undefined) {
      row = { hour, userId, keyId, groupId, accountId, model, ...NOTHING }
      sums.set(key, row)
    }
    row.requests += 1
    if (closed.outcome !== 'completed' && closed.outcome !== 'client_closed') row.errors += 1
    row.inputTokens += closed.usage.inputTokens
    row.outputTokens += closed.usage.outputTokens
    row.cacheCreationTokens += closed.usage.cacheCreation5mTokens + closed.usage.cacheCreation1hTokens
    row.cacheReadTokens += closed.usage.cacheReadTokens
    row.costNano += attempt.costNano
    row.chargedNano += attempt.chargedNano
  }
  // Always the same order, so that two settlers wait for each other's rows instead of locking each other out.
  return [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

const NOTHING = {
  requests: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheCreationTokens: 0,
  cacheReadTokens: 0,
  costNano: 0n,
  chargedNano: 0n
}
