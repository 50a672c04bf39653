import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import type { TeamSpending } from '../../money/billing/team-budget.ts'
import { addToWindow, type QuotaWindow } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { scalarArray, textArray } from '../../platform/database/array-literals.ts'
import { markReachedBudgets, type BudgetAlert } from './budget-alerts.ts'
import { EVENT_COLUMNS, cleanText, type PricedAttempt } from '../../money/records/event-columns.ts'
import type { GroupRecord } from './groups.ts'
import { addToKeys, type KeySpending } from './key-spending.ts'
import { lacksPartition } from '../../platform/database/partitions.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { toWindows, WINDOW_FIELDS, type WindowColumns } from './subscriptions.ts'
import { ensureUsagePartitions, readUsageHorizon } from '../../money/records/usage-retention.ts'
import { addToRollUps } from '../../money/records/usage-roll-ups.ts'
import { addToTeams } from './teams.ts'
import { addToOutbox } from './webhook-outbox.ts'
import { toTimeOrNull } from '../../platform/timestamps.ts'

export type { PricedAttempt } from '../../money/records/event-columns.ts'

interface Settlement {
  /** The ids that became events by this call. */
  settled: string[]
  /** The ids not settled: they were settled before, or are too old. Nothing is counted twice. */
  duplicates: string[]
  /** Those of them whose month was dropped: whether they were charged is no longer known, so they are not. */
  tooOld: string[]
  /** Nano-dollars by user id, for the wallets that paid. */
  balances: Map<string, bigint>
  /** Day, week and month by subscription id, for those that were used. */
  subscriptions: Map<string, QuotaWindow[]>
  /** By key id, for those that were used. */
  keys: Map<string, KeySpending>
  /** By team id, for those that were used. */
  teams: Map<string, TeamSpending>
  /** Thresholds of budgets reached by this; none if nobody is to be told. */
  alerts: BudgetAlert[]
}

interface SettlementOptions {
  /** Whether a webhook is told of settled usage and of budgets. */
  hasWebhook?: boolean
}

const INSERT_EVENTS = `insert into usage_events (${EVENT_COLUMNS.map(({ name }) => name).join(', ')})
  select * from unnest(${EVENT_COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')})
  on conflict (created_at, id) do nothing returning id`

/**
 * Turns attempts into usage events, ledger entries and window use, each exactly once, in one transaction. What was settled before
 * is left unchanged, so a batch may be repeated after any failure. Wallet events of a user that no longer exists have no ledger
 * entry. Attempts of months that were dropped are left out.
 */
export async function settleAttempts(
  pool: Connectable,
  attempts: readonly PricedAttempt[],
  options: SettlementOptions = {}
): Promise<Settlement> {
  const batch = inEventOrder(attempts)
  try {
    return await settleTogether(pool, batch, options)
  } catch (error) {
    if (!lacksPartition(error)) throw error
    const horizon = (await readUsageHorizon(pool)) ?? -Infinity
    const kept = batch.filter(({ sent }) => sent.createdAt >= horizon)
    const tooOld = batch.filter(({ sent }) => sent.createdAt < horizon).map(({ sent }) => sent.id)
    await ensureUsagePartitions(
      pool,
      kept.map(({ sent }) => sent.createdAt)
    )
    const result = await settleTogether(pool, kept, options)
    return { ...result, duplicates: [...tooOld, ...result.duplicates], tooOld }
  }
}

async function settleTogether(pool: Connectable, batch: PricedAttempt[], options: SettlementOptions): Promise<Settlement> {
  if (batch.length === 0) return NOTHING_SETTLED
  return await inTransaction(pool, (client) => settleBatch(client, batch, options))
}

const NOTHING_SETTLED: Settlement = {
  settled: [],
  duplicates: [],
  tooOld: [],
  balances: new Map(),
  subscriptions: new Map(),
  keys: new Map(),
  teams: new Map(),
  alerts: []
}

/** By time, then id, each once: overlapping batches then wait for each other instead of deadlocking. */
function inEventOrder(attempts: readonly PricedAttempt[]): PricedAttempt[] {
  const byId = new Map(attempts.map((attempt) => [attempt.sent.id, attempt]))
  return [...byId.values()].sort(({ sent: a }, { sent: b }) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
}

async function settleBatch(
  client: Queryable,
  batch: PricedAttempt[],
  { hasWebhook = false }: SettlementOptions
): Promise<Settlement> {
  const { rows } = await client.query<{ id: string }>(
    INSERT_EVENTS,
    EVENT_COLUMNS.map(({ toArray }) => toArray(batch))
  )
  const inserted = new Set(rows.map(({ id }) => id))
  const isNew = ({ sent }: PricedAttempt) => inserted.has(cleanText(sent.id))
  const fresh = inserted.size === batch.length ? batch : batch.filter(isNew)
  const duplicates = fresh === batch ? [] : batch.filter((attempt) => !isNew(attempt)).map(({ sent }) => sent.id)
  const settled = fresh.map(({ sent }) => sent.id)
  if (fresh.length === 0) return { ...NOTHING_SETTLED, duplicates }

  // Rows of others' tables are locked in the order of settled-rows.ts, those of each table in one order.
  const balances = await chargeWallets(
    client,
    groupBy(fresh, ({ sent }) => (sent.subscriptionId === null ? sent.userId : null))
  )
  const subscriptions = await addToSubscriptions(
    client,
    groupBy(fresh, ({ sent }) => sent.subscriptionId)
  )
  await addToRollUps(client, fresh)
  const keys = await addToKeys(client, fresh)
  const teams = await addToTeams(client, fresh)
  const alerts = hasWebhook ? await markReachedBudgets(client, { balances, subscriptions, keys, teams }) : []
  if (hasWebhook) await addToOutbox(client, fresh, alerts)
  return { settled, duplicates, tooOld: [], balances, subscriptions, keys, teams, alerts }
}

async function chargeWallets(client: Queryable, charges: Map<string, PricedAttempt[]>): Promise<Map<string, bigint>> {
  const balances = new Map<string, bigint>()
  if (charges.size === 0) return balances
  const userIds = [...charges.keys()]
  const totals = [...charges.values()].map((attempts) => attempts.reduce((sum, { chargedNano }) => sum + chargedNano, 0n))
  const { rows } = await client.query<{ id: string; balance: string }>(
    `with charged as (select * from unnest($1::bigint[], $2::numeric[]) as t (id, total)),
     locked as materialized (select id from users where id in (select id from charged) order by id for no key update)
     update users u set balance_usd = u.balance_usd - c.total
     from charged c join locked l on l.id = c.id where u.id = c.id returning u.id, u.balance_usd as balance`,
    [scalarArray(userIds), scalarArray(totals.map(formatUsd))]
  )
  for (const { id, balance } of rows) balances.set(id, parseUsd(balance))

  const entries = [...charges].flatMap(([userId, attempts], index) => {
    const balance = balances.get(userId)
    if (balance === undefined) return []
    let balanceNano = balance + totals[index]!
    return attempts.map(({ sent, chargedNano }) => {
      balanceNano -= chargedNano
      return { userId, amountNano: -chargedNano, sourceId: cleanText(sent.id), balanceNano }
    })
  })
  await client.query(
    `insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd)
     select user_id, 'usage', amount, source_id, balance
     from unnest($1::bigint[], $2::numeric[], $3::text[], $4::numeric[]) as t (user_id, amount, source_id, balance)`,
    [
      scalarArray(entries.map(({ userId }) => userId)),
      scalarArray(entries.map(({ amountNano }) => formatUsd(amountNano))),
      textArray(entries.map(({ sourceId }) => sourceId)),
      scalarArray(entries.map(({ balanceNano }) => formatUsd(balanceNano)))
    ]
  )
  return balances
}

type SubscriptionRow = WindowColumns & Pick<GroupRecord, 'id' | 'windowAnchor' | 'timeZone'>

async function addToSubscriptions(client: Queryable, uses: Map<string, PricedAttempt[]>): Promise<Map<string, QuotaWindow[]>> {
  if (uses.size === 0) return new Map()
  const { rows } = await client.query<SubscriptionRow>(
    `select s.id, g.window_anchor as "windowAnchor", g.time_zone as "timeZone", ${WINDOW_FIELDS}
     from subscriptions s join groups g on g.id = s.group_id
     where s.id = any($1::bigint[]) order by s.id for no key update of s`,
    [scalarArray([...uses.keys()])]
  )
  const used = rows.map((row) => {
    const policy = windowPolicyOf(row)
    const add = (window: QuotaWindow, { sent, costNano }: PricedAttempt) =>
      addToWindow(window, policy, sent.createdAt, costNano)
    return { id: row.id, windows: toWindows(row).map((window) => (uses.get(row.id) ?? []).reduce(add, window)) }
  })
  await storeWindows(client, used)
  return new Map(used.map(({ id, windows }) => [id, windows]))
}

export async function storeWindows(client: Queryable, used: { id: string; windows: QuotaWindow[] }[]) {
  const columnsOf = (index: number) => [
    scalarArray(used.map(({ windows }) => toTimeOrNull(windows[index]!.startedAt))),
    scalarArray(used.map(({ windows }) => formatUsd(windows[index]!.usedNano)))
  ]
  await client.query(
    `update subscriptions s set day_started_at = t.day_at, day_used_usd = t.day, week_started_at = t.week_at,
       week_used_usd = t.week, month_started_at = t.month_at, month_used_usd = t.month
     from unnest($1::bigint[], $2::timestamptz[], $3::numeric[], $4::timestamptz[], $5::numeric[], $6::timestamptz[], $7::numeric[])
       as t (id, day_at, day, week_at, week, month_at, month) where s.id = t.id`,
    [scalarArray(used.map(({ id }) => id)), ...columnsOf(0), ...columnsOf(1), ...columnsOf(2)]
  )
}

/** Groups attempts by `keyOf`, in their order; those without a key are left out. */
function groupBy(attempts: readonly PricedAttempt[], keyOf: (attempt: PricedAttempt) => string | null) {
  const groups = new Map<string, PricedAttempt[]>()
  for (const attempt of attempts) {
    const key = keyOf(attempt)
    if (key === null) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [attempt])
    else group.push(attempt)
  }
  return groups
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null

/**
 * True when the same batch may succeed later: the database is away, busy, not yet migrated, or two transactions collided.
 * False when the batch itself is refused.
 */
export function isTransientDatabaseError(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false
  // Classes of SQLSTATE: data exception, integrity constraint violation, program limit exceeded.
  return !/^(22|23|54)[0-9A-Z]{3}$/.test(codeOf(error) ?? '')
}
