import { parseUsd, formatUsd } from '../prices/money.ts'
import { scalarArray } from '../../platform/database/array-literals.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { usageMonthOf } from './usage-retention.ts'

interface CheckpointOptions {
  /** Entries a transaction, which the user's settlements wait for. */
  batchSize?: number
  /** Asked between transactions; what is left is done the next time. */
  isStopped?: () => boolean
}

const USERS_AT_ONCE = 100

/**
 * Replaces each user's usage entries of a month (UTC) that was over at `before` by one entry of kind `checkpoint`, their sum. A balance
 * is the sum of its entries all along; what operators have entered stays. May be interrupted at any time and done by several
 * processes at once.
 */
export async function checkpointLedger(
  pool: Connectable,
  before: number,
  { batchSize = 1000, isStopped = () => false }: CheckpointOptions = {}
): Promise<void> {
  const end = usageMonthOf(before)
  let users: string[] = []
  do {
    users = await usersWithUsageBefore(pool, end, users.at(-1) ?? '0')
    for (const userId of users) {
      while (!isStopped() && (await checkpointSome(pool, userId, { end, batchSize }))) {
        // One transaction after the other.
      }
    }
  } while (users.length === USERS_AT_ONCE && !isStopped())
}

/** By their oldest usage entry, which is one look into an index for each. */
async function usersWithUsageBefore(db: Queryable, end: number, afterId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select u.id from users u cross join lateral (
       select created_at from ledger_entries l where l.user_id = u.id and l.kind = 'usage' order by l.id limit 1
     ) as oldest
     where u.id > $1 and oldest.created_at < $2 order by u.id limit $3`,
    [afterId, new Date(end), USERS_AT_ONCE]
  )
  return rows.map(({ id }) => id)
}

/** False when there is nothing to do any more. */
async function checkpointSome(
  pool: Connectable,
  userId: string,
  { end, batchSize }: { end: number; batchSize: number }
): Promise<boolean> {
  return await inTransaction(pool, async (client) => {
    // Whoever adds an entry of this user holds this too.
    await client.query('select id from users where id = $1 for no key update', [userId])
    const { rows } = await client.query<{ id: string; createdAt: Date }>(
      `select id, created_at as "createdAt" from ledger_entries where user_id = $1 and kind = 'usage' order by id limit $2`,
      [userId, batchSize]
    )
    const oldest = rows[0]?.createdAt.getTime() ?? Infinity
    if (oldest >= end) return false
    const month = usageMonthOf(oldest)
    const ids = rows.filter(({ createdAt }) => usageMonthOf(createdAt.getTime()) === month).map(({ id }) => id)
    await replace(client, ids, `checkpoint:${userId}:${new Date(month).toISOString().slice(0, 'yyyy-mm'.length)}`)
    return true
  })
}

/** The newest entry becomes the checkpoint, so that what balance it led to is still said where it was said. */
async function replace(client: Queryable, ids: string[], sourceId: string): Promise<void> {
  const newest = ids.at(-1)
  const { rows } = await client.query<{ amount: string }>(
    `delete from ledger_entries where (id = any($1::bigint[]) and id <> $2) or source_id = $3 returning amount_usd as amount`,
    [scalarArray(ids), newest, sourceId]
  )
  const sum = rows.reduce((total, { amount }) => total + parseUsd(amount), 0n)
  await client.query(
    `update ledger_entries set kind = 'checkpoint', source_id = $2, amount_usd = amount_usd + $3 where id = $1`,
    [newest, sourceId, formatUsd(sum)]
  )
}
