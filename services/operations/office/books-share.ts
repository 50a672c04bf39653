import type { Clock } from '../../platform/clock.ts'
import { createDatabaseShare } from '../../platform/database/database-share.ts'
import type { Connectable } from '../../platform/database/queryable.ts'

/** What the books are verified with: one connection, one core of the database, and an end to each statement. */
export const shareForBooks = (pool: Connectable, clock: Clock, statementTimeoutMs: number): Connectable =>
  createDatabaseShare(pool, { clock, size: 1, waitMs: statementTimeoutMs, statementTimeoutMs })
