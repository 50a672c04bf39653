import { windowAt, type QuotaWindow } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { formatUsd } from '../../money/prices/money.ts'
import { scalarArray, textArray } from '../../platform/database/array-literals.ts'
import { factsOf, type OtherFacts, type RatedEvent } from '../../money/records/exchange-usage.ts'
import type { GroupRecord } from './groups.ts'
import { KEY_SPENDING_FIELDS, storeKeySpending, toKeySpending, type KeySpendingColumns } from './key-spending.ts'
import { createConditions, readCursor, toPage, type Page, type PageRequest } from '../../platform/database/pages.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { storeWindows } from './settlement.ts'
import { moveTeams } from './teams.ts'
import { toWindows, WINDOW_FIELDS, type WindowColumns } from './subscriptions.ts'
import {
  toUsageEvent,
  USAGE_EVENT_FIELDS,
  USAGE_EVENT_NAMES,
  type UsageEventRow
} from '../../money/records/usage-event-rows.ts'

/** The books that an event is in. */
interface Books {
  userId: string
  keyId: string
  groupId: string
  accountId: string
  /** Null when it was sent in none. */
  teamId: string | null
  /** Null when the wallet paid. */
  subscriptionId: string | null
}

/** An event with the books that it is in. */
export interface RateableEvent extends RatedEvent, Books {
  /** The model name sent upstream, if a mapping is known to have changed it. */
  upstreamModel: string | null
}

export interface RatingFilters {
  /** from ≤ sent at < to; epoch milliseconds. */
  from: number
  to: number
  userEmail?: string | undefined
  model?: string | undefined
  /** Only what was priced by UNKNOWN_MODEL_PRICE. */
  unknownOnly: boolean
}

interface Row extends UsageEventRow, Books {
  usage: OtherFacts
}

const FIELDS = `${USAGE_EVENT_FIELDS}, e.usage, e.user_id as "userId", e.key_id as "keyId", e.group_id as "groupId",
  e.account_id as "accountId", e.subscription_id as "subscriptionId", e.team_id as "teamId"`

function toRateable({ usage, userId, keyId, groupId, accountId, teamId, subscriptionId, ...row }: Row): RateableEvent {
  const event = toUsageEvent(row)
  const upstreamModel = usage.upstreamModel ?? null
  return { event, usage: factsOf(event, usage), userId, keyId, groupId, accountId, teamId, subscriptionId, upstreamModel }
}

/** In the order in which they were sent. Throws InvalidCursorError. */
export async function pageRateable(
  db: Queryable,
  { from, to, userEmail, model, unknownOnly }: RatingFilters,
  { limit, cursor }: PageRequest
): Promise<Page<RateableEvent>> {
  const conditions = createConditions()
  conditions.add(new Date(from), (value) => `e.created_at >= ${value}`)
  conditions.add(new Date(to), (value) => `e.created_at < ${value}`)
  conditions.add(userEmail?.toLowerCase(), (value) => `e.user_id = (select id from users where email = ${value})`)
  conditions.add(model, (value) => `${value} in (e.model, e.requested_model)`)
  if (cursor !== null) {
    const [createdAt, id] = readCursor(cursor, [/^\d{1,15}$/, /^[^\0]{1,200}$/])
    const instant = conditions.bind(new Date(Number(createdAt)))
    conditions.add(id, (value) => `(e.created_at, e.id) > (${instant}::timestamptz, ${value}::text)`)
  }
  const where = conditions.where(...(unknownOnly ? ['e.price_unknown'] : []))
  const { rows } = await db.query<Row>(
    `select ${FIELDS} from (select e.* from usage_events e ${where} order by e.created_at, e.id limit ${conditions.bind(limit + 1)}) e
     ${USAGE_EVENT_NAMES} order by e.created_at, e.id`,
    conditions.values
  )
  return toPage(rows.map(toRateable), limit, ({ event }) => [String(event.createdAt), event.id])
}

/** The events as stored now, locked until the transaction ends. */
export async function lockRateable(client: Queryable, events: readonly RateableEvent[]): Promise<RateableEvent[]> {
  const { rows } = await client.query<Row>(
    `with locked as (
       select e.* from usage_events e join unnest($1::timestamptz[], $2::text[]) as t (created_at, id)
         on e.created_at = t.created_at and e.id = t.id order by e.created_at, e.id for update of e
     ) select ${FIELDS} from locked e ${USAGE_EVENT_NAMES} order by e.created_at, e.id`,
    keysOf(events)
  )
  return rows.map(toRateable)
}

const keysOf = (events: readonly RateableEvent[]) => [
  scalarArray(events.map(({ event }) => new Date(event.createdAt).toISOString())),
  textArray(events.map(({ event }) => event.id))
]

/** An event whose cost differs from the recorded one. */
export interface Rerated extends RateableEvent {
  costNano: bigint
  chargedNano: bigint
  priceVersion: string
  priceUnknown: boolean
}

const costDelta = ({ costNano, event }: Rerated) => costNano - event.costNano
export const chargedDelta = ({ chargedNano, event }: Rerated) => chargedNano - event.chargedNano

/** The first charge is kept beside it, for the ledger entry of that time. */
export async function writeRerated(client: Queryable, events: readonly Rerated[]): Promise<void> {
  await client.query(
    `update usage_events e set cost_usd = t.cost, charged_usd = t.charged, price_version = t.version, price_unknown = t.unknown,
       first_charged_usd = coalesce(e.first_charged_usd, e.charged_usd)
     from unnest($1::timestamptz[], $2::text[], $3::numeric[], $4::numeric[], $5::text[], $6::boolean[])
       as t (created_at, id, cost, charged, version, unknown)
     where e.created_at = t.created_at and e.id = t.id`,
    [
      ...keysOf(events),
      scalarArray(events.map(({ costNano }) => formatUsd(costNano))),
      scalarArray(events.map(({ chargedNano }) => formatUsd(chargedNano))),
      textArray(events.map(({ priceVersion }) => priceVersion)),
      scalarArray(events.map(({ priceUnknown }) => priceUnknown))
    ]
  )
  for (const [table, column] of [
    ['usage_hourly', 'hour'],
    ['usage_daily', 'day'],
    ['team_usage_hourly', 'hour'],
    ['team_usage_daily', 'day']
  ] as const) {
    const ofTeams = table.startsWith('team_')
    await client.query(
      `update ${table} r set cost_usd = r.cost_usd + d.cost, charged_usd = r.charged_usd + d.charged
       from (
         select date_trunc('${column}', t.created_at, 'UTC') as begin, e.user_id, e.key_id, e.group_id, e.account_id, e.model,
           ${ofTeams ? 'e.team_id,' : ''} sum(t.cost) as cost, sum(t.charged) as charged
         from unnest($1::timestamptz[], $2::text[], $3::numeric[], $4::numeric[]) as t (created_at, id, cost, charged)
         join usage_events e on e.created_at = t.created_at and e.id = t.id
         group by 1, 2, 3, 4, 5, 6${ofTeams ? ', 7' : ''}
       ) d where r.${column} = d.begin and r.user_id = d.user_id and r.key_id = d.key_id and r.group_id = d.group_id
         and r.account_id = d.account_id and r.model = d.model${ofTeams ? ' and r.team_id = d.team_id' : ''}`,
      [
        ...keysOf(events),
        scalarArray(events.map((event) => formatUsd(costDelta(event)))),
        scalarArray(events.map((event) => formatUsd(chargedDelta(event))))
      ]
    )
  }
}

type Policy = Pick<GroupRecord, 'windowAnchor' | 'timeZone'>

/** The counts of the windows that these events are in, if those are still the latest. */
function adjusted(
  windows: readonly QuotaWindow[],
  group: Policy,
  events: readonly Rerated[],
  deltaOf: (event: Rerated) => bigint
): QuotaWindow[] {
  const policy = windowPolicyOf(group)
  return windows.map((window) => {
    if (window.startedAt === null) return window
    const { startsAt, endsAt } = windowAt(window, policy, window.startedAt)
    if (startsAt === null || endsAt === null) return window
    const inside = events.filter(({ event }) => event.createdAt >= startsAt && event.createdAt < endsAt)
    return { ...window, usedNano: inside.reduce((sum, event) => sum + deltaOf(event), window.usedNano) }
  })
}

/** Subscriptions count list cost. Locks them. */
export async function adjustSubscriptions(client: Queryable, events: readonly Rerated[]): Promise<void> {
  const byId = Map.groupBy(events, ({ subscriptionId }) => subscriptionId)
  byId.delete(null)
  if (byId.size === 0) return
  const { rows } = await client.query<WindowColumns & Policy & { id: string }>(
    `select s.id, g.window_anchor as "windowAnchor", g.time_zone as "timeZone", ${WINDOW_FIELDS}
     from subscriptions s join groups g on g.id = s.group_id where s.id = any($1::bigint[]) order by s.id for no key update of s`,
    [scalarArray([...byId.keys()])]
  )
  await storeWindows(
    client,
    rows.map((row) => ({ id: row.id, windows: adjusted(toWindows(row), row, byId.get(row.id) ?? [], costDelta) }))
  )
}

/** Keys count what was charged. Locks them. */
export async function adjustKeys(client: Queryable, events: readonly Rerated[]): Promise<void> {
  const byId = Map.groupBy(events, ({ keyId }) => keyId)
  const { rows } = await client.query<KeySpendingColumns & Policy & { id: string }>(
    `select k.id, g.window_anchor as "windowAnchor", g.time_zone as "timeZone", ${KEY_SPENDING_FIELDS}
     from api_keys k join groups g on g.id = k.group_id where k.id = any($1::bigint[]) order by k.id for no key update of k`,
    [scalarArray([...byId.keys()])]
  )
  if (rows.length === 0) return
  await storeKeySpending(
    client,
    rows.map((row) => {
      const own = byId.get(row.id) ?? []
      const { windows, totalNano } = toKeySpending(row)
      const total = own.reduce((sum, event) => sum + chargedDelta(event), totalNano)
      return {
        id: row.id,
        spending: { windows: adjusted(windows, row, own, chargedDelta), totalNano: total < 0n ? 0n : total },
        lastAt: null
      }
    })
  )
}

/** Teams and their members count what was charged, in the calendar of the team. Locks them. */
export async function adjustTeams(client: Queryable, events: readonly Rerated[]): Promise<void> {
  const byId = Map.groupBy(events, ({ teamId }) => teamId)
  const ids = [...byId.keys()].filter((id) => id !== null)
  await moveTeams(client, ids, (id, { calendar, spending }) => {
    const own = byId.get(id) ?? []
    const members = new Map(
      [...spending.members].map(([userId, windows]) => {
        const theirs = own.filter((event) => event.userId === userId)
        return [userId, adjusted(windows, calendar, theirs, chargedDelta)]
      })
    )
    return { windows: adjusted(spending.windows, calendar, own, chargedDelta), members }
  })
}
