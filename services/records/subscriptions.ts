import { parseUsd } from '../prices/money.ts'
import type { QuotaWindow } from '../billing/quota-windows.ts'
import { assignments } from './assignments.ts'
import { toLimits, type GroupRecord } from './groups.ts'
import { createConditions, ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import { onlyRow, type Queryable } from './queryable.ts'
import type { Versioned } from './versioned.ts'

export type SubscriptionStatus = 'active' | 'suspended' | 'revoked'

/** Instants are epoch milliseconds. */
export interface SubscriptionValues {
  status: SubscriptionStatus
  startsAt: number
  expiresAt: number
}

export interface ClientSubscription extends SubscriptionValues {
  id: string
  /** Day, week, month. */
  windows: QuotaWindow[]
}

export interface SubscriptionRecord extends ClientSubscription {
  userId: string
  groupId: string
  groupName: string
}

export interface WindowColumns {
  dayStartedAt: Date | null
  dayUsed: string
  weekStartedAt: Date | null
  weekUsed: string
  monthStartedAt: Date | null
  monthUsed: string
}

interface SubscriptionRow extends WindowColumns {
  id: string
  userId: string
  groupId: string
  groupName: string
  status: SubscriptionStatus
  startsAt: Date
  expiresAt: Date
}

/** Of `subscriptions s`. */
export const WINDOW_FIELDS = `s.day_started_at as "dayStartedAt", s.day_used_usd as "dayUsed",
  s.week_started_at as "weekStartedAt", s.week_used_usd as "weekUsed",
  s.month_started_at as "monthStartedAt", s.month_used_usd as "monthUsed"`

const FIELDS = `s.id, s.user_id as "userId", s.group_id as "groupId", g.name as "groupName", s.status,
  s.starts_at as "startsAt", s.expires_at as "expiresAt", ${WINDOW_FIELDS}`

const COLUMNS = { status: 'status', startsAt: 'starts_at', expiresAt: 'expires_at' }

export function toWindows(row: WindowColumns): QuotaWindow[] {
  return [
    { kind: 'day', startedAt: row.dayStartedAt?.getTime() ?? null, usedNano: parseUsd(row.dayUsed) },
    { kind: 'week', startedAt: row.weekStartedAt?.getTime() ?? null, usedNano: parseUsd(row.weekUsed) },
    { kind: 'month', startedAt: row.monthStartedAt?.getTime() ?? null, usedNano: parseUsd(row.monthUsed) }
  ]
}

function toSubscription(row: SubscriptionRow): SubscriptionRecord {
  return {
    id: row.id,
    userId: row.userId,
    groupId: row.groupId,
    groupName: row.groupName,
    status: row.status,
    startsAt: row.startsAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    windows: toWindows(row)
  }
}

export async function createSubscription(
  db: Queryable,
  values: SubscriptionValues & { userId: string; groupId: string }
): Promise<SubscriptionRecord> {
  const result = await db.query<SubscriptionRow>(
    `with s as (
       insert into subscriptions (user_id, group_id, status, starts_at, expires_at) values ($1, $2, $3, $4, $5) returning *
     )
     select ${FIELDS} from s join groups g on g.id = s.group_id`,
    [values.userId, values.groupId, values.status, new Date(values.startsAt), new Date(values.expiresAt)]
  )
  return toSubscription(onlyRow(result))
}

/** Null when there is no such subscription. The windows are changed by settlement only. */
export async function updateSubscription(
  db: Queryable,
  id: string,
  { status, startsAt, expiresAt }: Partial<SubscriptionValues>
): Promise<SubscriptionRecord | null> {
  const toDate = (at: number | undefined) => (at === undefined ? undefined : new Date(at))
  const { set, values } = assignments({ status, startsAt: toDate(startsAt), expiresAt: toDate(expiresAt) }, COLUMNS)
  const { rows } = await db.query<SubscriptionRow>(
    `with s as (update subscriptions set ${set}, version = version + 1 where id = $1 returning *)
     select ${FIELDS} from s join groups g on g.id = s.group_id`,
    [id, ...values]
  )
  return rows[0] === undefined ? null : toSubscription(rows[0])
}

/** Every user's subscriptions. */
export async function listAllSubscriptions(db: Queryable): Promise<SubscriptionRecord[]> {
  const { rows } = await db.query<SubscriptionRow>(
    `select ${FIELDS} from subscriptions s join groups g on g.id = s.group_id order by s.id`
  )
  return rows.map(toSubscription)
}

/** A subscription with what tells how far its windows are used. */
export interface OperatedSubscription extends SubscriptionRecord {
  userEmail: string
  group: Pick<GroupRecord, 'limits' | 'windowAnchor' | 'timeZone'>
}

interface OperatedRow extends SubscriptionRow, Pick<GroupRecord, 'windowAnchor' | 'timeZone'> {
  version: string
  userEmail: string
  dayLimit: string | null
  weekLimit: string | null
  monthLimit: string | null
}

const OPERATED = `select ${FIELDS}, s.version, u.email as "userEmail", g.daily_limit_usd as "dayLimit",
    g.weekly_limit_usd as "weekLimit", g.monthly_limit_usd as "monthLimit", g.window_anchor as "windowAnchor",
    g.time_zone as "timeZone"
  from subscriptions s join groups g on g.id = s.group_id join users u on u.id = s.user_id`

function toOperated(row: OperatedRow): Versioned<OperatedSubscription> {
  const { version, userEmail, windowAnchor, timeZone } = row
  const group = { limits: toLimits(row), windowAnchor, timeZone }
  return { ...toSubscription(row), userEmail, group, version: Number(version) }
}

/** Null when there is no such subscription. */
export async function findSubscription(db: Queryable, id: string): Promise<Versioned<OperatedSubscription> | null> {
  const { rows } = await db.query<OperatedRow>(`${OPERATED} where s.id = $1`, [id])
  return rows[0] === undefined ? null : toOperated(rows[0])
}

export interface SubscriptionFilters {
  userEmail?: string | undefined
  groupName?: string | undefined
  status?: SubscriptionStatus | undefined
}

/** In the order of creation. Throws InvalidCursorError. */
export async function pageSubscriptions(
  db: Queryable,
  { userEmail, groupName, status }: SubscriptionFilters,
  { limit, cursor }: PageRequest
): Promise<Page<Versioned<OperatedSubscription>>> {
  const conditions = createConditions()
  conditions.add(userEmail?.toLowerCase(), (value) => `u.email = ${value}`)
  conditions.add(groupName, (value) => `g.name = ${value}`)
  conditions.add(status, (value) => `s.status = ${value}`)
  if (cursor !== null) conditions.add(readCursor(cursor, [ID_PATTERN])[0], (value) => `s.id > ${value}`)
  const { rows } = await db.query<OperatedRow>(
    `${OPERATED} ${conditions.where()} order by s.id limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  return toPage(rows.map(toOperated), limit, (subscription) => [subscription.id])
}

/** The user's subscription to the group, whatever its status. */
export async function findSubscriptionTo(
  db: Queryable,
  { userId, groupId }: { userId: string; groupId: string }
): Promise<Versioned<OperatedSubscription> | null> {
  const { rows } = await db.query<OperatedRow>(`${OPERATED} where s.user_id = $1 and s.group_id = $2`, [userId, groupId])
  return rows[0] === undefined ? null : toOperated(rows[0])
}
