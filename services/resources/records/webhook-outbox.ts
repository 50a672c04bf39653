import { formatUsd } from '../../money/prices/money.ts'
import { reportOfEvent, type UsageEventReport } from '../../money/usage/usage-event-report.ts'
import { scalarArray, textArray } from '../../platform/database/array-literals.ts'
import type { BudgetAlert } from './budget-alerts.ts'
import { cleanText, type PricedAttempt } from '../../money/records/event-columns.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import {
  toUsageEvent,
  USAGE_EVENT_FIELDS,
  USAGE_EVENT_NAMES,
  type UsageEventRow
} from '../../money/records/usage-event-rows.ts'

const USAGE_RECORDED = 'sluice.usage.recorded'
const BUDGET_REACHED = 'sluice.budget.reached'

/** An event to deliver, leased by this process. */
export interface OutboxItem {
  id: string
  type: string
  /** The id of the usage event; null for an event with its own `data`. */
  eventId: string | null
  data: UsageEventReport | Record<string, unknown>
  subject: string | null
  /** Epoch milliseconds. */
  createdAt: number
  /** How long it has waited by the database's clock, as `createdAt`; our clock may have been changed. */
  ageMs: number
  /** Including this one. */
  tries: number
}

/** What is reported about a budget. */
const dataOfAlert = (alert: BudgetAlert) => ({
  budget: alert.budget,
  user_email: alert.userEmail,
  key_name: alert.keyName,
  group: alert.group,
  team: alert.team,
  lead_emails: alert.leads,
  period: alert.period,
  threshold_percent: alert.percent,
  used_usd: formatUsd(alert.usedNano),
  limit_usd: formatUsd(alert.limitNano),
  began_at: new Date(alert.beganAt).toISOString(),
  resets_at: alert.endsAt === null ? null : new Date(alert.endsAt).toISOString()
})

/** In the transaction that recorded these: only what is recorded is delivered. */
export async function addToOutbox(
  client: Queryable,
  attempts: readonly PricedAttempt[],
  alerts: readonly BudgetAlert[]
): Promise<void> {
  await client.query(
    `insert into webhook_outbox (type, event_id, event_at)
     select '${USAGE_RECORDED}', * from unnest($1::text[], $2::timestamptz[])`,
    [
      textArray(attempts.map(({ sent }) => cleanText(sent.id))),
      scalarArray(attempts.map(({ sent }) => new Date(sent.createdAt).toISOString()))
    ]
  )
  const told = alerts.map((alert) => ({ subject: alert.userEmail ?? alert.team ?? '', data: dataOfAlert(alert) }))
  await tellInOutbox(client, BUDGET_REACHED, told)
}

/** Queues an event that is not a usage event; `subject` is the user's e-mail address, or the team's name. */
export async function tellInOutbox(
  client: Queryable,
  type: string,
  told: readonly { subject: string; data: Record<string, unknown> }[]
): Promise<void> {
  if (told.length === 0) return
  await client.query(
    `insert into webhook_outbox (type, data, subject)
     select $1, * from unnest($2::jsonb[], $3::text[])`,
    [type, textArray(told.map(({ data }) => JSON.stringify(data))), textArray(told.map(({ subject }) => subject))]
  )
}

type OutboxRow = Partial<UsageEventRow> & {
  outboxId: string
  type: string
  eventId: string | null
  data: Record<string, unknown> | null
  outboxSubject: string | null
  createdAtOutbox: Date
  ageMs: number
  tries: number
}

/** Takes due events, the oldest first; nobody else gets them for `leaseMs`. Usage whose events are no longer kept is dropped. */
export async function takeFromOutbox(
  db: Queryable,
  { limit, leaseMs }: { limit: number; leaseMs: number }
): Promise<OutboxItem[]> {
  const { rows } = await db.query<OutboxRow>(
    `with due as (
       select id from webhook_outbox where next_try_at <= now() order by next_try_at, id limit $1 for update skip locked
     ), taken as (
       update webhook_outbox o set next_try_at = now() + $2 * interval '1 millisecond', tries = tries + 1
       from due where o.id = due.id returning o.*
     )
     select t.id as "outboxId", t.type, t.event_id as "eventId", t.data, t.subject as "outboxSubject", t.created_at as "createdAtOutbox", t.tries,
       (extract(epoch from now() - t.created_at) * 1000)::float8 as "ageMs",
       ${USAGE_EVENT_FIELDS}
     from taken t left join usage_events e on e.created_at = t.event_at and e.id = t.event_id ${USAGE_EVENT_NAMES}
     order by t.id`,
    [limit, leaseMs]
  )
  const gone = rows.filter(({ data, id }) => data === null && id === null)
  if (gone.length > 0)
    await removeFromOutbox(
      db,
      gone.map(({ outboxId }) => outboxId)
    )
  return rows.flatMap(toItem)
}

function toItem({
  outboxId,
  type,
  eventId,
  data,
  outboxSubject: subject,
  createdAtOutbox,
  ageMs,
  tries,
  ...event
}: OutboxRow): OutboxItem[] {
  const common = { id: outboxId, type, eventId, createdAt: createdAtOutbox.getTime(), ageMs, tries }
  if (data !== null) return [{ ...common, data, subject }]
  if (event.id === undefined || event.id === null) return []
  const report = reportOfEvent(toUsageEvent(event as UsageEventRow))
  return [{ ...common, data: report, subject: report.user_email }]
}

export async function removeFromOutbox(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query('delete from webhook_outbox where id = any($1::bigint[])', [scalarArray([...ids])])
}

/** Postpones the next attempt by this time. */
export async function postponeInOutbox(
  db: Queryable,
  id: string,
  { delayMs, error }: { delayMs: number; error: string }
): Promise<void> {
  await db.query(
    `update webhook_outbox set next_try_at = now() + $2 * interval '1 millisecond', last_error = $3 where id = $1`,
    [id, delayMs, error]
  )
}

export interface OutboxBacklog {
  items: number
  /** Epoch milliseconds; null when there are none. */
  oldestAt: number | null
}

export async function readOutboxBacklog(db: Queryable): Promise<OutboxBacklog> {
  const { items, oldest } = onlyRow(
    await db.query<{ items: string; oldest: Date | null }>(
      'select count(*) as items, min(created_at) as oldest from webhook_outbox'
    )
  )
  return { items: Number(items), oldestAt: oldest?.getTime() ?? null }
}
