import { inTransaction, type Connectable, type Queryable } from './queryable.ts'

/** Instants are epoch milliseconds of the database's clock. */
export type DatabaseClaim =
  | { claimed: true; expiresAt: number }
  /** Another instance has the database until `expiresAt`, or longer if it renews. */
  | { claimed: false; holder: string; expiresAt: number }

/** Takes the database for one instance, or renews its claim; a claim that was not renewed for `ttlMs` is void. */
export async function claimDatabase(pool: Connectable, instanceId: string, ttlMs: number): Promise<DatabaseClaim> {
  return await inTransaction(pool, async (client) => {
    // Two that start together must not both find the table empty.
    await client.query('lock table instances in share row exclusive mode')
    await client.query('delete from instances where expires_at <= clock_timestamp()')
    const { rows: others } = await client.query<{ id: string; expiresAt: Date }>(
      'select id, expires_at as "expiresAt" from instances where id <> $1 order by expires_at desc limit 1',
      [instanceId]
    )
    const [other] = others
    if (other !== undefined) return { claimed: false, holder: other.id, expiresAt: other.expiresAt.getTime() }
    const { rows } = await client.query<{ expiresAt: Date }>(
      `insert into instances (id, started_at, expires_at)
       values ($1, clock_timestamp(), clock_timestamp() + $2 * interval '1 millisecond')
       on conflict (id) do update set expires_at = excluded.expires_at returning expires_at as "expiresAt"`,
      [instanceId, ttlMs]
    )
    return { claimed: true, expiresAt: rows[0]?.expiresAt.getTime() ?? 0 }
  })
}

export async function releaseDatabase(db: Queryable, instanceId: string): Promise<void> {
  await db.query('delete from instances where id = $1', [instanceId])
}
