import { textArray, scalarArray } from '../../platform/database/array-literals.ts'
import { createConditions, readCursor, toPage, type Page, type PageRequest } from '../../platform/database/pages.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/** What a replica can run without: docs/operations.md describes how. */
export const DEGRADED_MODES = [
  'redis_away',
  'postgres_away',
  'back_office_stalled',
  'journal_refusing',
  'usage_unsettled'
] as const
export type DegradedMode = (typeof DEGRADED_MODES)[number]

/** The worst values. */
export interface DegradedFacts {
  /** Those that had shared the slots, including this one. */
  replicas?: number
  /** The part of the journal not yet settled. */
  journalBytes?: number
  /** How long the oldest finished attempt had waited to be settled. */
  oldestAgeMs?: number
}

/** A period of degraded service at a replica. Instants are epoch milliseconds. */
export interface LivedThrough {
  id: string
  mode: DegradedMode
  instanceId: string
  replica: string
  beganAt: number
  endedAt: number
  /** Its process stopped or died meanwhile: it is known up to then. */
  isCut: boolean
  facts: DegradedFacts
}

/** Far more than anybody looks at; an outage that comes and goes makes many. */
const KEPT = 10_000

/** Existing ones stay as they are. */
export async function storeDegradedModes(db: Queryable, lived: readonly LivedThrough[]): Promise<void> {
  await db.query(
    `insert into degraded_modes (id, mode, instance_id, replica, began_at, ended_at, is_cut, facts)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::boolean[], $8::jsonb[])
     on conflict (id) do nothing`,
    [
      textArray(lived.map(({ id }) => id)),
      textArray(lived.map(({ mode }) => mode)),
      textArray(lived.map(({ instanceId }) => instanceId)),
      textArray(lived.map(({ replica }) => replica)),
      scalarArray(lived.map(({ beganAt }) => new Date(beganAt).toISOString())),
      scalarArray(lived.map(({ endedAt }) => new Date(endedAt).toISOString())),
      scalarArray(lived.map(({ isCut }) => isCut)),
      textArray(lived.map(({ facts }) => JSON.stringify(facts)))
    ]
  )
  await db.query(
    `delete from degraded_modes where (began_at, id) <= (
       select began_at, id from degraded_modes order by began_at desc, id desc offset $1 limit 1)`,
    [KEPT]
  )
}

/** Newest first; includes those that lasted into the requested time. Throws InvalidCursorError. */
export async function pageDegradedModes(
  db: Queryable,
  { from, to }: { from?: number | undefined; to?: number | undefined },
  { limit, cursor }: PageRequest
): Promise<Page<LivedThrough>> {
  const conditions = createConditions()
  conditions.add(from === undefined ? undefined : new Date(from), (value) => `ended_at >= ${value}`)
  conditions.add(to === undefined ? undefined : new Date(to), (value) => `began_at < ${value}`)
  if (cursor !== null) {
    const [began, id] = readCursor(cursor, [/^-?\d{1,15}$/, /^[\w-]{1,100}$/])
    conditions.require(`(began_at, id) < (${conditions.bind(new Date(Number(began)))}, ${conditions.bind(id)})`)
  }
  const { rows } = await db.query<Omit<LivedThrough, 'beganAt' | 'endedAt'> & { beganAt: Date; endedAt: Date }>(
    `select id, mode, instance_id as "instanceId", replica, began_at as "beganAt", ended_at as "endedAt", is_cut as "isCut", facts
     from degraded_modes ${conditions.where()} order by began_at desc, id desc limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  const lived = rows.map((row) => ({ ...row, beganAt: row.beganAt.getTime(), endedAt: row.endedAt.getTime() }))
  return toPage(lived, limit, ({ beganAt, id }) => [String(beganAt), id])
}
