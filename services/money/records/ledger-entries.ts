import { formatUsd, parseUsd } from '../prices/money.ts'
import { createConditions, ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from '../../platform/database/pages.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'

/** A checkpoint stands for a user's usage entries of a month that is kept no longer. */
export type LedgerKind = 'usage' | 'top-up' | 'adjustment' | 'refund' | 'checkpoint'

export interface LedgerEntry {
  id: string
  userEmail: string
  kind: LedgerKind
  amountNano: bigint
  /** What the entry is for; unique. */
  sourceId: string
  balanceAfterNano: bigint
  /** Why an operator entered it. */
  note: string | null
  createdAt: number
}

interface NewLedgerEntry {
  userId: string
  kind: LedgerKind
  amountNano: bigint
  sourceId: string
  note?: string | null
}

interface LedgerRow {
  id: string
  userEmail: string
  kind: LedgerKind
  amount: string
  sourceId: string
  balanceAfter: string
  note: string | null
  createdAt: Date
}

const FIELDS = `l.id, u.email as "userEmail", l.kind, l.amount_usd as amount, l.source_id as "sourceId",
  l.balance_after_usd as "balanceAfter", l.note, l.created_at as "createdAt"`

function toEntry({ amount, balanceAfter, ...row }: LedgerRow): LedgerEntry {
  const amountNano = parseUsd(amount)
  return { ...row, amountNano, balanceAfterNano: parseUsd(balanceAfter), createdAt: row.createdAt.getTime() }
}

/** Newest first. Throws InvalidCursorError. */
export async function pageLedgerEntries(
  db: Queryable,
  filters: { userEmail?: string | undefined },
  { limit, cursor }: PageRequest
): Promise<Page<LedgerEntry>> {
  const conditions = createConditions()
  conditions.add(filters.userEmail?.toLowerCase(), (value) => `l.user_id = (select id from users where email = ${value})`)
  if (cursor !== null) conditions.add(readCursor(cursor, [ID_PATTERN])[0], (value) => `l.id < ${value}`)
  const { rows } = await db.query<LedgerRow>(
    `select ${FIELDS} from ledger_entries l join users u on u.id = l.user_id
     ${conditions.where()} order by l.id desc limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  return toPage(rows.map(toEntry), limit, (entry) => [entry.id])
}

/** Null when there is no entry of that source. */
export async function findLedgerEntry(db: Queryable, sourceId: string): Promise<LedgerEntry | null> {
  const { rows } = await db.query<LedgerRow>(
    `select ${FIELDS} from ledger_entries l join users u on u.id = l.user_id where l.source_id = $1`,
    [sourceId]
  )
  return rows[0] === undefined ? null : toEntry(rows[0])
}

/**
 * Enters an amount and changes the balance with it. An entry of that source that exists already is returned as it is
 * (`created` false), so that a repeated request does nothing. Null when there is no such user. `alongside` is done in the same
 * transaction, with a new entry only.
 */
export async function addLedgerEntry(
  pool: Connectable,
  { userId, kind, amountNano, sourceId, note = null }: NewLedgerEntry,
  alongside: (client: Queryable, entry: LedgerEntry) => Promise<void> = async () => {}
): Promise<{ entry: LedgerEntry; created: boolean } | null> {
  return await inTransaction(pool, async (client) => {
    const user = await client.query('select id from users where id = $1 for no key update', [userId])
    if (user.rows.length === 0) return null
    const existing = await findLedgerEntry(client, sourceId)
    if (existing !== null) return { entry: existing, created: false }
    const entry = await enterAmount(client, { userId, kind, amountNano, sourceId, note })
    await alongside(client, entry)
    return { entry, created: true }
  })
}

/** The same in a transaction that has locked the user. Throws a unique violation when that source has an entry. */
export async function enterAmount(
  client: Queryable,
  { userId, kind, amountNano, sourceId, note = null }: NewLedgerEntry
): Promise<LedgerEntry> {
  await client.query(
    `with changed as (update users set balance_usd = balance_usd + $3 where id = $1 returning id, balance_usd)
     insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd, note)
     select id, $2, $3, $4, balance_usd, $5 from changed`,
    [userId, kind, formatUsd(amountNano), sourceId, note]
  )
  const entry = await findLedgerEntry(client, sourceId)
  if (entry === null) throw new Error(`the entry ${sourceId} is gone although nothing deletes it`)
  return entry
}
