import type { Queryable } from '../../platform/database/queryable.ts'
import type { DegradedFacts, DegradedMode } from './degraded-modes.ts'

/** What a replica says of itself now and then. Instants are epoch milliseconds. */
export interface ReplicaReport {
  version: string
  journal: {
    /** Of all segments not yet retired, those being written among them. */
    bytes: number
    segments: number
    /** Attempts that are over but not on record, and those that are in flight. */
    unsettled: number
    inFlight: number
    /** Since when the oldest of the unsettled has waited. */
    oldestAt: number | null
    accepting: boolean
  }
  /** What it serves without. */
  degraded: { mode: DegradedMode; beganAt: number; facts: DegradedFacts }[]
  /** It has stopped in order, and this is its last. */
  isLast: boolean
}

export interface KnownReplica {
  instanceId: string
  /** The instance's id where it has said nothing of itself. */
  replica: string
  /** Whether it is there, as far as the database knows. */
  isLive: boolean
  /** Null where it has not said anything, as one of an older version. */
  reportedAt: number | null
  report: ReplicaReport | null
}

/** How long one that is gone is known. */
const KEPT_DAYS = 30

export async function storeReplicaReport(
  db: Queryable,
  { instanceId, replica }: Pick<KnownReplica, 'instanceId' | 'replica'>,
  report: ReplicaReport
): Promise<void> {
  await db.query(
    `insert into replica_reports (instance_id, replica, reported_at, report) values ($1, $2, clock_timestamp(), $3)
     on conflict (instance_id) do update set replica = excluded.replica, reported_at = excluded.reported_at, report = excluded.report`,
    [instanceId, replica, JSON.stringify(report)]
  )
}

/** Another has settled its journal. */
export async function forgetReplica(db: Queryable, instanceId: string): Promise<void> {
  await db.query('delete from replica_reports where instance_id = $1', [instanceId])
}

/** Those that nobody will ask for any more. */
export async function forgetOldReplicas(db: Queryable): Promise<void> {
  await db.query(`delete from replica_reports where reported_at < clock_timestamp() - $1 * interval '1 day'`, [KEPT_DAYS])
}

/** All that are there, and those that are gone and have said something lately. */
export async function listReplicas(db: Queryable): Promise<KnownReplica[]> {
  const { rows } = await db.query<Omit<KnownReplica, 'reportedAt'> & { reportedAt: Date | null }>(
    `select coalesce(r.instance_id, i.id) as "instanceId", coalesce(r.replica, i.id) as replica, i.id is not null as "isLive",
       r.reported_at as "reportedAt", r.report
     from (select id from instances where expires_at > clock_timestamp()) i
     full join (select * from replica_reports where reported_at > clock_timestamp() - $1 * interval '1 day') r on r.instance_id = i.id
     order by i.id is null, 2, 1`,
    [KEPT_DAYS]
  )
  return rows.map((row) => ({ ...row, reportedAt: row.reportedAt?.getTime() ?? null }))
}
