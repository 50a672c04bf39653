import assert from 'node:assert/strict'
import type pg from 'pg'

/** What must hold after anything. */
export async function assertBooksAgree(pool: pg.Pool) {
  const { rows: wallets } = await pool.query(
    `select u.id from users u left join ledger_entries l on l.user_id = u.id
     group by u.id having u.balance_usd <> coalesce(sum(l.amount_usd), 0)`
  )
  assert.deepEqual(wallets, [], 'balance = Σ ledger')
  const { rows: runs } = await pool.query(
    `select id from (select id, balance_after_usd, sum(amount_usd) over (partition by user_id order by id) as sum,
       max(id) filter (where kind = 'checkpoint') over (partition by user_id) as checkpoint
     from ledger_entries) as l where balance_after_usd <> sum and id >= coalesce(checkpoint, 0)`
  )
  assert.deepEqual(runs, [], 'each entry since the last checkpoint states the balance after it')
  for (const [period, table, ofTeams = false] of [
    ['hour', 'usage_hourly'],
    ['day', 'usage_daily'],
    ['hour', 'team_usage_hourly', true],
    ['day', 'team_usage_daily', true]
  ] as const) {
    const { rows } = await pool.query(
      `with summed as (
         select date_trunc('${period}', created_at, 'UTC'), ${ofTeams ? 'team_id, ' : ''}user_id, key_id, group_id, account_id, model, count(*),
           count(*) filter (where outcome not in ('completed', 'client_closed')), sum(input_tokens), sum(output_tokens),
           sum(cache_creation_5m_tokens + cache_creation_1h_tokens), sum(cache_read_tokens), sum(cost_usd), sum(charged_usd)
         from usage_events ${ofTeams ? 'where team_id is not null' : ''} group by 1, 2, 3, 4, 5, 6${ofTeams ? ', 7' : ''}
       )
       (table summed except all table ${table}) union all (table ${table} except all table summed)`
    )
    assert.deepEqual(rows, [], `${table} = Σ events`)
  }
  const { rows: keys } = await pool.query(
    `select k.id from api_keys k left join usage_events e on e.key_id = k.id
     group by k.id having k.total_used_usd <> coalesce(sum(e.charged_usd), 0)`
  )
  assert.deepEqual(keys, [], 'total of a key = Σ charged')
}
