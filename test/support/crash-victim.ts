import { startEmbeddedDatabase } from '../../services/platform/database/embedded-database.ts'
import { openPool } from './open-pool.ts'

/**
 * Writes numbers into an embedded database, one a transaction, and reports each after its commit; until it is killed. What
 * Ctrl-C sends means nothing to it.
 */
process.on('SIGINT', () => {})
const database = await startEmbeddedDatabase({ dataDir: process.argv[2] ?? '' })
const pool = openPool(database.url)
await pool.query('create table if not exists numbers (n integer primary key, filler text)')
const { rows } = await pool.query<{ next: number }>('select coalesce(max(n), 0) + 1 as next from numbers')
for (let n = rows[0]?.next ?? 1; ; n++) {
  await pool.query("insert into numbers values ($1, repeat('x', 2000))", [n])
  process.send?.(n)
}
