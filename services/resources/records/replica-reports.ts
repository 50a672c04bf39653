import type { Queryable } from '../../platform/database/queryable.ts'
import type { DegradedFacts, DegradedMode } from './degraded-modes.ts'

/** What a replica reports about itself now and then. Instants are epoch milliseconds. */
export interface ReplicaReport {
  version: string
  journal: {
    /** The bytes of all segments not yet retired, including those being written. */
    bytes: number
    segments: number
    /** Attempts that are over but not recorded, and those in flight. */
    unsettled: number
    inFlight: number
    /** Since when the oldest unsettled attempt has waited. */
    oldestAt: number | null
    accepting: boolean
  }
  /** What it currently runs without. */
  degraded: { mode: DegradedMode; beganAt: number; facts: DegradedFacts }[]
  /** It has shut down properly, and this is its last report. */
  isLast: boolean
}

export interface KnownReplica {
  instanceId: string
  /** The instance's id if it has reported nothing. */
  replica: string
  /** Whether it is running, as far as the database knows. */
  isLive: boolean
  /** Null when it has reported nothing, as older versions do. */
  reportedAt: number | null
  report: ReplicaReport | null
}

/** How long a stopped replica is remembered. */
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

/** Reports that nobody will need any more. */
export async function forgetOldReplicas(db: Queryable): Promise<void> {
  await db.query(`delete from replica_reports where reported_at < clock_timestamp() - $1 * interval '1 day'`, [KEPT_DAYS])
}

/** All running replicas, and stopped ones with a recent report. */
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
