import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'

interface Instance {
  /** Identifies the data folder, across restarts. */
  id: string
  /** Identifies this run. */
  life: string
  /** Whether its slots are shared with other instances; an instance that does not share them must be alone. */
  sharesSlots: boolean
}

/** Instants are epoch milliseconds of the database's clock. */
type InstanceClaim =
  | { claimed: true; expiresAt: number; /** The live instances, including this one. */ instances: number }
  /**
   * Another instance is in the way until `expiresAt`, or longer if it renews: one that does not share its slots, any one if this
   * does not share them, or a later run of the same instance.
   */
  | InstanceObstacle

export interface InstanceObstacle {
  claimed: false
  holder: string
  because: 'it-is-alone' | 'this-is-alone' | 'same-instance'
  expiresAt: number
  /** From now, by the database's clock. */
  expiresInMs: number
}

interface InstanceRow {
  id: string
  life: string | null
  sharesSlots: boolean
  expiresAt: Date
  expiresInMs: number
}

/**
 * Registers as an instance on this database, or renews that; a registration not renewed for `ttlMs` is void. A first claim takes
 * over from an earlier run of the same instance, a renewal doesn't.
 */
export async function claimInstance(
  pool: Connectable,
  { id, life, sharesSlots }: Instance,
  ttlMs: number,
  isRenewal: boolean
): Promise<InstanceClaim> {
  return await inTransaction(pool, async (client) => {
    // Two that start together must not both find the table empty.
    await client.query('lock table instances in share row exclusive mode')
    await client.query('delete from instances where expires_at <= clock_timestamp()')
    const { rows } = await client.query<InstanceRow>(
      `select id, life, shares_slots as "sharesSlots", expires_at as "expiresAt",
         ceil(1000 * extract(epoch from expires_at - clock_timestamp()))::integer as "expiresInMs"
       from instances order by expires_at desc`
    )
    const refusal = obstacle(rows, { id, life, sharesSlots }, isRenewal)
    if (refusal !== null) return refusal
    const claimed = await client.query<{ expiresAt: Date }>(
      `insert into instances (id, life, shares_slots, started_at, expires_at)
       values ($1, $2, $3, clock_timestamp(), clock_timestamp() + $4 * interval '1 millisecond')
       on conflict (id) do update set life = excluded.life, shares_slots = excluded.shares_slots, expires_at = excluded.expires_at
       returning expires_at as "expiresAt"`,
      [id, life, sharesSlots, ttlMs]
    )
    const others = rows.filter((row) => row.id !== id)
    return { claimed: true, expiresAt: claimed.rows[0]?.expiresAt.getTime() ?? 0, instances: others.length + 1 }
  })
}

function obstacle(rows: readonly InstanceRow[], own: Instance, isRenewal: boolean): InstanceObstacle | null {
  for (const { id, life, sharesSlots, expiresAt, expiresInMs } of rows) {
    const refused = { claimed: false, holder: id, expiresAt: expiresAt.getTime(), expiresInMs } as const
    if (id === own.id) {
      if (isRenewal && life !== own.life) return { ...refused, because: 'same-instance' }
    } else if (!own.sharesSlots) return { ...refused, because: 'this-is-alone' }
    else if (!sharesSlots) return { ...refused, because: 'it-is-alone' }
  }
  return null
}

/** The ids of the live instances. */
export async function liveInstances(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from instances where expires_at > clock_timestamp() order by id')
  return rows.map(({ id }) => id)
}

export async function releaseInstance(db: Queryable, { id, life }: Pick<Instance, 'id' | 'life'>): Promise<void> {
  await db.query('delete from instances where id = $1 and life = $2', [id, life])
}
