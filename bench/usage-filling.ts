import type { Queryable } from '../services/platform/database/queryable.ts'
import { ensureUsagePartitions } from '../services/money/records/usage-retention.ts'

interface UsageFilling {
  events: number
  /** Over which they are spread evenly, beginning at `from`, epoch milliseconds. */
  days: number
  from: number
  users: number
  /** Whether they have ledger entries, too, which take as long as the events themselves. */
  inLedger?: boolean
}

const KEYS_OF_A_USER = 2
export const MODELS = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-4-5']
const ACCOUNTS = 5
/** The last of them, which has a few events of the first days only. */
export const IDLE_ACCOUNT = `account-${ACCOUNTS}`

const SUMS = `count(*), count(*) filter (where outcome not in ('completed', 'client_closed')), sum(input_tokens), sum(output_tokens),
  sum(cache_creation_5m_tokens + cache_creation_1h_tokens), sum(cache_read_tokens), sum(cost_usd), sum(charged_usd)`

/**
 * Fills an empty, migrated database as the settling of so many events would have: the events, their ledger entries, balances and
 * roll-ups all agree. Users are called user-1@example.com and so on, their keys user-1-key-1, the accounts account-1.
 */
export async function fillUsage(db: Queryable, { events, days, from, users, inLedger = true }: UsageFilling): Promise<void> {
  await db.query("insert into groups (name, kind) values ('default', 'balance')")
  await db.query("insert into users (email) select 'user-' || n || '@example.com' from generate_series(1, $1::int) n", [users])
  await db.query(
    `insert into api_keys (user_id, group_id, name, key_hash, key_prefix)
     select u, 1, 'user-' || u || '-key-' || k, sha256(convert_to('key-' || u || '-' || k, 'UTF8')), 'key-'
     from generate_series(1, $1::int) u, generate_series(1, $2::int) k order by u, k`,
    [users, KEYS_OF_A_USER]
  )
  await db.query(
    `insert into accounts (name, type, credentials) select 'account-' || n, 'api-key', 'sealed' from generate_series(1, $1::int) n`,
    [ACCOUNTS]
  )
  const end = from + days * 24 * 60 * 60 * 1000
  const months: number[] = []
  for (let at = from; at < end; at += 24 * 60 * 60 * 1000) months.push(at)
  await ensureUsagePartitions(db, months)
  await db.query(
    `insert into usage_events (id, created_at, exchange_id, attempt, user_id, key_id, group_id, account_id, requested_model, model,
       stream, outcome, basis, status, input_tokens, output_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens,
       cache_read_tokens, web_search_requests, usage, cost_usd, charged_usd, rate_multiplier, price_version, price_unknown,
       queue_ms, first_byte_ms, duration_ms)
     select 'event-' || n || '.1', $2::timestamptz + n * ($3::float8 / $1::int) * interval '1 day', 'event-' || n, 1, u,
       (u - 1) * $5::int + 1 + n % $5::int, 1, case when n < 10 then $6::int else 1 + u % ($6::int - 1) end, ($7::text[])[1 + n % 3], ($7::text[])[1 + n % 3], true,
       case when n % 1000 = 0 then 'interrupted' when n % 50 = 0 then 'client_closed' else 'completed' end, 'final', 200,
       100, 50, 1000, 0, 20000, 0, '{}', 0.01, 0.01, 1, 'v1', false, 0, 300, 4000
     from (select n, 1 + (n::bigint * 7919) % $4::int as u from generate_series(0, $1::int - 1) n) as drawn`,
    [events, new Date(from), days, users, KEYS_OF_A_USER, ACCOUNTS, MODELS]
  )
  if (inLedger) await fillLedger(db)
  await db.query(
    `update api_keys k set total_used_usd = s.sum from (select key_id, sum(charged_usd) from usage_events group by 1) as s
     where s.key_id = k.id`
  )
  for (const [table, period] of [
    ['usage_hourly', 'hour'],
    ['usage_daily', 'day']
  ]) {
    await db.query(
      `insert into ${table} select date_trunc('${period}', created_at, 'UTC'), user_id, key_id, group_id, account_id, model, ${SUMS}
       from usage_events group by 1, 2, 3, 4, 5, 6 order by 1`
    )
  }
  await db.query('vacuum analyze')
}

async function fillLedger(db: Queryable): Promise<void> {
  await db.query(
    `insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd, created_at)
     select user_id, 'usage', -charged_usd, id, -sum(charged_usd) over (partition by user_id order by created_at, id), created_at
     from usage_events order by created_at, id`
  )
  await db.query(
    `update users u set balance_usd = s.sum from (select user_id, sum(amount_usd) from ledger_entries group by 1) as s
     where s.user_id = u.id`
  )
}
