import { formatUsd, parseUsd } from '../prices/money.ts'
import type { QuotaLimits } from '../billing/quota-windows.ts'
import { assignments } from './assignments.ts'
import { ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import { onlyRow, type Queryable } from './queryable.ts'
import type { Versioned } from './versioned.ts'

export interface GroupValues {
  name: string
  kind: 'balance' | 'subscription'
  status: 'active' | 'disabled'
  /** A decimal string with at most six decimals. */
  rateMultiplier: string
  limits: Required<QuotaLimits>
  windowAnchor: 'first-use' | 'calendar'
  timeZone: string
  /** Null allows all. */
  allowedModels: string[] | null
  /** Requested model to actual model, for accounts without a mapping of their own. */
  modelMapping: Record<string, string>
}

export interface GroupRecord extends GroupValues {
  id: string
}

interface GroupRow extends Omit<GroupRecord, 'limits'> {
  dayLimit: string | null
  weekLimit: string | null
  monthLimit: string | null
}

const FIELDS = `id, name, kind, status, trim_scale(rate_multiplier)::text as "rateMultiplier", daily_limit_usd as "dayLimit",
  weekly_limit_usd as "weekLimit", monthly_limit_usd as "monthLimit", window_anchor as "windowAnchor", time_zone as "timeZone",
  allowed_models as "allowedModels", model_mapping as "modelMapping"`

const COLUMNS = {
  name: 'name',
  kind: 'kind',
  status: 'status',
  rateMultiplier: 'rate_multiplier',
  windowAnchor: 'window_anchor',
  timeZone: 'time_zone',
  allowedModels: 'allowed_models',
  modelMapping: 'model_mapping',
  dayLimit: 'daily_limit_usd',
  weekLimit: 'weekly_limit_usd',
  monthLimit: 'monthly_limit_usd'
}

export function toLimits(row: Pick<GroupRow, 'dayLimit' | 'weekLimit' | 'monthLimit'>): Required<QuotaLimits> {
  return { day: toNano(row.dayLimit), week: toNano(row.weekLimit), month: toNano(row.monthLimit) }
}

const toNano = (usd: string | null) => (usd === null ? null : parseUsd(usd))

function toGroup({ dayLimit, weekLimit, monthLimit, ...row }: GroupRow): GroupRecord {
  return { ...row, limits: toLimits({ dayLimit, weekLimit, monthLimit }) }
}

function toColumns({ limits, ...rest }: Partial<GroupValues>): Partial<GroupRow> {
  if (limits === undefined) return rest
  const usd = (nano: bigint | null | undefined) => (nano === null || nano === undefined ? null : formatUsd(nano))
  return { ...rest, dayLimit: usd(limits.day), weekLimit: usd(limits.week), monthLimit: usd(limits.month) }
}

export async function listGroups(db: Queryable): Promise<GroupRecord[]> {
  const { rows } = await db.query<GroupRow>(`select ${FIELDS} from groups order by name`)
  return rows.map(toGroup)
}

type VersionedRow = GroupRow & { version: string }

const toVersionedGroup = ({ version, ...row }: VersionedRow) => ({ ...toGroup(row), version: Number(version) })

/** In the order of creation. Throws InvalidCursorError. */
export async function pageGroups(db: Queryable, { limit, cursor }: PageRequest): Promise<Page<Versioned<GroupRecord>>> {
  const [afterId = '0'] = cursor === null ? [] : readCursor(cursor, [ID_PATTERN])
  const { rows } = await db.query<VersionedRow>(`select ${FIELDS}, version from groups where id > $1 order by id limit $2`, [
    afterId,
    limit + 1
  ])
  return toPage(rows.map(toVersionedGroup), limit, (group) => [group.id])
}

/** Null when there is no such group. */
export async function findGroup(db: Queryable, id: string): Promise<Versioned<GroupRecord> | null> {
  const { rows } = await db.query<VersionedRow>(`select ${FIELDS}, version from groups where id = $1`, [id])
  return rows[0] === undefined ? null : toVersionedGroup(rows[0])
}

/** Null when there is no such group. */
export async function findGroupByName(db: Queryable, name: string): Promise<GroupRecord | null> {
  const { rows } = await db.query<GroupRow>(`select ${FIELDS} from groups where name = $1`, [name])
  return rows[0] === undefined ? null : toGroup(rows[0])
}

export async function createGroup(db: Queryable, values: GroupValues): Promise<GroupRecord> {
  const row = toColumns(values)
  const result = await db.query<GroupRow>(
    `insert into groups (name, kind, status, rate_multiplier, daily_limit_usd, weekly_limit_usd, monthly_limit_usd,
       window_anchor, time_zone, allowed_models, model_mapping)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning ${FIELDS}`,
    [
      row.name,
      row.kind,
      row.status,
      row.rateMultiplier,
      row.dayLimit,
      row.weekLimit,
      row.monthLimit,
      row.windowAnchor,
      row.timeZone,
      row.allowedModels,
      row.modelMapping
    ]
  )
  return toGroup(onlyRow(result))
}

/** Changes what `changes` names; `limits` are changed together. Null when there is no such group. */
export async function updateGroup(db: Queryable, id: string, changes: Partial<GroupValues>): Promise<GroupRecord | null> {
  const { set, values } = assignments(toColumns(changes), COLUMNS as Record<keyof GroupRow, string>)
  const { rows } = await db.query<GroupRow>(
    `update groups set ${set}, version = version + 1 where id = $1 returning ${FIELDS}`,
    [id, ...values]
  )
  return rows[0] === undefined ? null : toGroup(rows[0])
}

/** Throws a foreign key violation while something refers to it. */
export async function deleteGroup(db: Queryable, id: string): Promise<void> {
  await db.query('delete from groups where id = $1', [id])
}

/** Until the transaction ends, nobody else changes groups or holds this lock; they are still read, and rows may refer to them. */
export async function lockGroups(client: Queryable): Promise<void> {
  await client.query('lock table groups in share row exclusive mode')
}
