import { formatUsd, parseUsd } from '../prices/money.ts'
import { createConditions, ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import { inTransaction, onlyRow, type Connectable, type Queryable } from './queryable.ts'

export type LedgerKind = 'usage' | 'top-up' | 'adjustment' | 'refund'

export interface LedgerEntry {
  id: string
  userEmail: string
  kind: LedgerKind
  amountNano: bigint
  /** What the entry is for; unique. */
  sourceId: string
  balanceAfterNano: bigint
  createdAt: number
}

export interface NewLedgerEntry {
  userId: string
  kind: LedgerKind
  amountNano: bigint
  sourceId: string
}

interface LedgerRow {
  id: string
  userEmail: string
  kind: LedgerKind
  amount: string
  sourceId: string
  balanceAfter: string
  createdAt: Date
}

const FIELDS = `l.id, u.email as "userEmail", l.kind, l.amount_usd as amount, l.source_id as "sourceId",
  l.balance_after_usd as "balanceAfter", l.created_at as "createdAt"`

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

/**
 * Enters an amount and changes the balance with it. An entry of that source that exists already is returned as it is
 * (`created` false), so that a repeated request does nothing. Null when there is no such user.
 */
export async function addLedgerEntry(
  pool: Connectable,
  { userId, kind, amountNano, sourceId }: NewLedgerEntry
): Promise<{ entry: LedgerEntry; created: boolean } | null> {
  return await inTransaction(pool, async (client) => {
    const user = await client.query('select id from users where id = $1 for update', [userId])
    if (user.rows.length === 0) return null
    const find = async () =>
      await client.query<LedgerRow>(
        `select ${FIELDS} from ledger_entries l join users u on u.id = l.user_id where l.source_id = $1`,
        [sourceId]
      )
    const [existing] = (await find()).rows
    if (existing !== undefined) return { entry: toEntry(existing), created: false }
    await client.query(
      `with changed as (update users set balance_usd = balance_usd + $3 where id = $1 returning id, balance_usd)
       insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd)
       select id, $2, $3, $4, balance_usd from changed`,
      [userId, kind, formatUsd(amountNano), sourceId]
    )
    return { entry: toEntry(onlyRow(await find())), created: true }
  })
}
