import pg from 'pg'

/** A pool that bears the end of its database: it has ended a moment before its connections have, and stopping or dropping that breaks those. */
export function openPool(connectionString: string, options: Pick<pg.PoolConfig, 'max'> = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString, ...options })
  return pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}))
}
