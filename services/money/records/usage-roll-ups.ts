import { formatUsd } from '../prices/money.ts'
import { scalarArray, textArray } from '../../platform/database/array-literals.ts'
import { modelOf, type PricedAttempt } from './event-columns.ts'
import { DAY_MS } from '../../platform/database/partitions.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'

/** What is summed up of attempts. */
export interface UsageSums {
  requests: number
  errors: number
  inputTokens: number
  outputTokens: number
  cacheCreationTokens: number
  cacheReadTokens: number
  costNano: bigint
  chargedNano: bigint
}

interface RolledRow extends UsageSums {
  /** Epoch milliseconds. */
  begin: number
  /** Empty where it is not told apart. */
  teamId: string
  userId: string
  keyId: string
  groupId: string
  accountId: string
  model: string
}

interface RollUp {
  table: 'usage_hourly' | 'usage_daily' | 'team_usage_hourly' | 'team_usage_daily'
  /** When the period of a row begins (UTC). */
  column: 'hour' | 'day'
  periodMs: number
  /** It has what was used in teams alone, and of each apart. */
  ofTeams: boolean
}

const HOUR_MS = 60 * 60 * 1000
const ROLL_UPS: readonly RollUp[] = [
  { table: 'usage_hourly', column: 'hour', periodMs: HOUR_MS, ofTeams: false },
  { table: 'usage_daily', column: 'day', periodMs: DAY_MS, ofTeams: false },
  { table: 'team_usage_hourly', column: 'hour', periodMs: HOUR_MS, ofTeams: true },
  { table: 'team_usage_daily', column: 'day', periodMs: DAY_MS, ofTeams: true }
]

const WHOSE = 'user_id, key_id, group_id, account_id, model'
/** What is summed up, by its columns. */
export const SUMS = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cache_creation_tokens',
  'cache_read_tokens',
  'cost_usd',
  'charged_usd'
] as const

/** Adds attempts to the hours and days in which they were sent. A client's hang-up is no error. */
export async function addToRollUps(client: Queryable, attempts: readonly PricedAttempt[]): Promise<void> {
  for (const rollUp of ROLL_UPS) await addTo(client, rollUp, attempts)
}

async function addTo(client: Queryable, rollUp: RollUp, attempts: readonly PricedAttempt[]) {
  const { table, column, ofTeams } = rollUp
  const rows = sumsOf(attempts, rollUp)
  if (rows.length === 0) return
  const whose = ofTeams ? `team_id, ${WHOSE}` : WHOSE
  await client.query(
    `insert into ${table} as r (${column}, ${whose}, ${SUMS.join(', ')})
     select begin, ${whose}, ${SUMS.join(', ')} from unnest($1::timestamptz[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
       $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::numeric[], $14::numeric[]
       ${ofTeams ? ', $15::bigint[]' : ''}) as t (begin, ${WHOSE}, ${SUMS.join(', ')}${ofTeams ? ', team_id' : ''})
     on conflict (${column}, ${whose}) do update set ${SUMS.map((sum) => `${sum} = r.${sum} + excluded.${sum}`).join(', ')}`,
    [
      scalarArray(rows.map(({ begin }) => new Date(begin).toISOString())),
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
      scalarArray(rows.map(({ chargedNano }) => formatUsd(chargedNano))),
      ...(ofTeams ? [scalarArray(rows.map(({ teamId }) => teamId))] : [])
    ]
  )
}

/** What the hours since $1 add up to, as rows of days. */
const DAYS_OF_HOURS = `select date_trunc('day', hour, 'UTC') as day, ${WHOSE},
    ${SUMS.map((sum) => `sum(${sum})::${sum.endsWith('usd') ? 'numeric' : 'bigint'} as ${sum}`).join(', ')}
  from usage_hourly where hour >= $1 group by 1, ${WHOSE}`

/** Replicas of older versions update the hourly sums alone. Recomputes the daily sums since `since`; true when any differed. */
export async function repairDailyRollUps(pool: Connectable, since: number): Promise<boolean> {
  const begin = new Date(Math.floor(since / DAY_MS) * DAY_MS)
  const { rows } = await pool.query<{ differs: boolean }>(
    `select exists (${DAYS_OF_HOURS} except all select day, ${WHOSE}, ${SUMS.join(', ')} from usage_daily where day >= $1) as differs`,
    [begin]
  )
  if (rows[0]?.differs !== true) return false
  await inTransaction(pool, async (client) => {
    // Who has added to the days has also committed its hours when this is held, and who has not will find the lock taken.
    await client.query('lock table usage_daily in share row exclusive mode')
    await client.query(
      `insert into usage_daily as d (day, ${WHOSE}, ${SUMS.join(', ')}) ${DAYS_OF_HOURS}
       on conflict (day, ${WHOSE}) do update set ${SUMS.map((sum) => `${sum} = excluded.${sum}`).join(', ')}
       where (${SUMS.map((sum) => `d.${sum}`).join(', ')}) is distinct from (${SUMS.map((sum) => `excluded.${sum}`).join(', ')})`,
      [begin]
    )
  })
  return true
}

function sumsOf(attempts: readonly PricedAttempt[], { periodMs, ofTeams }: RollUp): RolledRow[] {
  const sums = new Map<string, RolledRow>()
  for (const attempt of attempts) {
    const { sent, closed } = attempt
    const { userId, keyId, groupId, accountId } = sent
    if (ofTeams && sent.teamId === undefined) continue
    const teamId = ofTeams ? (sent.teamId ?? '') : ''
    const begin = Math.floor(sent.createdAt / periodMs) * periodMs
    const model = modelOf(attempt)
    const key = `${begin} ${teamId} ${userId} ${keyId} ${groupId} ${accountId} ${model}`
    let row = sums.get(key)
    if (row === undefined) {
      row = { begin, teamId, userId, keyId, groupId, accountId, model, ...NOTHING }
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
