import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import { createConditions, ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from '../../platform/database/pages.ts'
import { inTransaction, onlyRow, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import type { AuditVerification } from './audit-log.ts'
import type { Checked, Drift, DriftKind, DriftSums } from './ledger-verification.ts'

/** `interrupted`: its process died or was stopped. */
export const VERIFICATION_STATES = ['running', 'agrees', 'drifted', 'failed', 'interrupted'] as const
export type VerificationState = (typeof VERIFICATION_STATES)[number]

/** The progress of a verification. */
export interface VerificationProgress {
  checked: Partial<Checked>
  skippedWindows: number
  found: number
  kinds: DriftSums
  /** The first of them. */
  drifts: Drift[]
  /** Null when the audit log was not reached. */
  audit: AuditVerification | null
}

/** One verification of all the books. */
export interface Verification extends VerificationProgress {
  id: string
  state: VerificationState
  startedAt: number
  /** Null while it runs. */
  endedAt: number | null
  startedBy: string
  /** The replica it ran on. */
  replica: string
  problem: string | null
}

interface Begun {
  id: string
  /** False when one was already running. */
  isNew: boolean
}

interface Beginner {
  startedBy: string
  replica: string
}

/** It is over by then unless renewed: its process is gone. */
export const VERIFICATION_LEASE_MS = 60_000
/** How many are kept. */
const KEPT = 60

/** Begins one, unless another is running, which is then returned. */
export async function beginVerification(pool: Connectable, beginner: Beginner): Promise<Begun> {
  return await inTransaction(pool, async (db) => {
    const running = await findRunning(db)
    return running === null ? { id: await begin(db, beginner), isNew: true } : { id: running, isNew: false }
  })
}

/** Begins one if none is running and the last finished one began long enough ago; else null. */
export async function beginDueVerification(pool: Connectable, beginner: Beginner, everyMs: number): Promise<string | null> {
  return await inTransaction(pool, async (db) => {
    if ((await findRunning(db)) !== null) return null
    const { rows } = await db.query(
      `select from verifications
       where result in ('agrees', 'drifted') and started_at > clock_timestamp() - $1 * interval '1 millisecond' limit 1`,
      [everyMs]
    )
    return rows.length > 0 ? null : await begin(db, beginner)
  })
}

/** The running one, or null. Locks the table: replicas that look at the same moment must not both find none. */
async function findRunning(db: Queryable): Promise<string | null> {
  await db.query('lock table verifications in share row exclusive mode')
  await db.query(
    `update verifications set ended_at = expires_at, result = 'interrupted' where ended_at is null and expires_at <= clock_timestamp()`
  )
  const { rows } = await db.query<{ id: string }>('select id from verifications where ended_at is null')
  return rows[0]?.id ?? null
}

async function begin(db: Queryable, { startedBy, replica }: Beginner): Promise<string> {
  const { id } = onlyRow(
    await db.query<{ id: string }>(
      `insert into verifications (started_by, replica, expires_at)
         values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond') returning id`,
      [startedBy, replica, VERIFICATION_LEASE_MS]
    )
  )
  await db.query(`delete from verifications where id <= (select id from verifications order by id desc offset $1 limit 1)`, [
    KEPT
  ])
  return id
}

/** Keeps one running, and stores its progress. False when it is over because it was not renewed in time. */
export async function renewVerification(db: Queryable, id: string, progress: VerificationProgress): Promise<boolean> {
  const { rowCount } = await db.query(
    `update verifications set expires_at = clock_timestamp() + $2 * interval '1 millisecond', ${PROGRESS} where id = $1 and ended_at is null`,
    [id, VERIFICATION_LEASE_MS, ...progressValues(progress)]
  )
  return rowCount === 1
}

const PROGRESS = 'checked = $3, skipped_windows = $4, found = $5, kinds = $6, drifts = $7, audit = $8'

const progressValues = ({ checked, skippedWindows, found, kinds, drifts, audit }: VerificationProgress) => [
  JSON.stringify(checked),
  skippedWindows,
  found,
  JSON.stringify(
    Object.fromEntries(
      Object.entries(kinds).map(([kind, sum]) => [kind, { found: sum.found, usd: formatUsd(sum.differenceNano) }])
    )
  ),
  JSON.stringify(drifts),
  audit === null ? null : JSON.stringify(audit)
]

type Result = Exclude<VerificationState, 'running'>

/** Stores its result. */
export async function endVerification(
  db: Queryable,
  id: string,
  progress: VerificationProgress,
  { result, problem = null }: { result: Result; problem?: string | null }
): Promise<void> {
  await db.query(
    `update verifications set ended_at = clock_timestamp(), result = $2, ${PROGRESS}, problem = $9 where id = $1 and ended_at is null`,
    [id, result, ...progressValues(progress), problem]
  )
}

interface VerificationRow {
  id: string
  state: VerificationState
  startedAt: Date
  endedAt: Date | null
  startedBy: string
  replica: string
  checked: Partial<Checked>
  skippedWindows: string
  found: string
  kinds: Partial<Record<DriftKind, { found: number; usd: string }>>
  drifts: Drift[]
  audit: AuditVerification | null
  problem: string | null
}

const STATE = `coalesce(result, case when expires_at <= clock_timestamp() then 'interrupted' else 'running' end)`
const FIELDS = `id, ${STATE} as state, started_at as "startedAt", ended_at as "endedAt", started_by as "startedBy", replica, checked,
  skipped_windows as "skippedWindows", found, kinds, drifts, audit, problem`

const toVerification = ({ startedAt, endedAt, skippedWindows, found, kinds, ...row }: VerificationRow): Verification => ({
  ...row,
  startedAt: startedAt.getTime(),
  endedAt: endedAt?.getTime() ?? null,
  skippedWindows: Number(skippedWindows),
  found: Number(found),
  kinds: Object.fromEntries(
    Object.entries(kinds).map(([kind, sum]) => [kind, { found: sum.found, differenceNano: parseUsd(sum.usd) }])
  )
})

/** Newest first. Throws InvalidCursorError. */
export async function pageVerifications(
  db: Queryable,
  { states }: { states?: readonly VerificationState[] | undefined },
  { limit, cursor }: PageRequest
): Promise<Page<Verification>> {
  const conditions = createConditions()
  conditions.add(states, (value) => `${STATE} = any(${value}::text[])`)
  if (cursor !== null) conditions.add(readCursor(cursor, [ID_PATTERN])[0], (value) => `id < ${value}`)
  const { rows } = await db.query<VerificationRow>(
    `select ${FIELDS} from verifications ${conditions.where()} order by verifications.id desc limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  return toPage(rows.map(toVerification), limit, ({ id }) => [id])
}

/** Null when there is none, or it is no longer kept. */
export async function findVerification(db: Queryable, id: string): Promise<Verification | null> {
  const { rows } = await db.query<VerificationRow>(`select ${FIELDS} from verifications where id = $1`, [id])
  return rows[0] === undefined ? null : toVerification(rows[0])
}
