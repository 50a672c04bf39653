import { createHash } from 'node:crypto'
import { createConditions, ID_PATTERN, readCursor, toPage } from '../../platform/database/pages.ts'
import type { Bind, Page, PageRequest } from '../../platform/database/pages.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'

/** The request behind a change. */
export interface AuditOrigin {
  requestId: string
  clientAddress: string
  userAgent: string | null
}

export interface AuditEntry {
  /** Epoch milliseconds. */
  at: number
  /** `admin`, `config` for the declarative file at start, or `sluice` for what the gateway does by itself. */
  actor: string
  /** Such as `account.cooldown`. */
  action: string
  /** What was changed, such as `account main`. */
  subject: string
  /** Values before and after. It must not contain secrets. */
  detail: Record<string, unknown>
  exchangeId: string | null
  /** Absent when the change did not come through the admin API. */
  origin?: AuditOrigin | null
}

/**
 * Adds an entry to the end of the chain, which is locked until the transaction ends: do it last in a transaction, so that two
 * never wait for each other.
 */
export async function appendAudit(db: Queryable, entry: AuditEntry): Promise<void> {
  const { at, actor, action, subject, detail, exchangeId, origin = null } = entry
  await db.query(
    `insert into audit_log (at, actor, action, subject, detail, exchange_id, request_id, client_address, user_agent)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      new Date(at),
      actor,
      action,
      subject,
      detail,
      exchangeId,
      origin?.requestId ?? null,
      origin?.clientAddress ?? null,
      origin?.userAgent ?? null
    ]
  )
}

export interface ListedAudit extends Omit<AuditEntry, 'origin'> {
  id: string
  /** Its place in the chain; null for entries from before the chain. */
  seq: string | null
  /** In hex. */
  hash: string | null
  requestId: string | null
  clientAddress: string | null
  userAgent: string | null
}

interface AuditFilters {
  subject?: string | undefined
  /** An e-mail address: what was done to the user, to their keys, subscriptions and tools, and to their balance. */
  user?: string | undefined
  actor?: string | undefined
  action?: string | undefined
  /** Epoch milliseconds, inclusive. */
  from?: number | undefined
  /** Epoch milliseconds, exclusive. */
  to?: number | undefined
}

/** Their keys and subscriptions are named after them. The character after `/` bounds that prefix in the index's byte order. */
function concerns(email: string, bind: Bind): string {
  const theirs = ['key', 'subscription', 'sign-in', 'pause'].map((kind) => `${kind} ${email}`)
  const within = theirs.map((name) => `(subject ~>=~ ${bind(`${name}/`)} and subject ~<~ ${bind(`${name}0`)})`)
  const redeemed = `(action = 'code.redeemed' and detail ->> 'user' = ${bind(email)})`
  return `(${[`subject = ${bind(`user ${email}`)}`, ...within, redeemed].join(' or ')})`
}

/** Newest first. Throws InvalidCursorError. */
export async function pageAudits(
  db: Queryable,
  filters: AuditFilters,
  { limit, cursor }: PageRequest
): Promise<Page<ListedAudit>> {
  const conditions = createConditions()
  conditions.add(filters.subject, (value) => `subject = ${value}`)
  if (filters.user !== undefined) conditions.require(concerns(filters.user.toLowerCase(), conditions.bind))
  conditions.add(filters.actor, (value) => `actor = ${value}`)
  conditions.add(filters.action, (value) => `action = ${value}`)
  conditions.add(filters.from === undefined ? undefined : new Date(filters.from), (value) => `at >= ${value}`)
  conditions.add(filters.to === undefined ? undefined : new Date(filters.to), (value) => `at < ${value}`)
  if (cursor !== null) conditions.add(readCursor(cursor, [ID_PATTERN])[0], (value) => `id < ${value}`)
  const { rows } = await db.query<Omit<ListedAudit, 'at'> & { at: Date }>(
    `select id, seq, encode(hash, 'hex') as hash, at, actor, action, subject, detail, exchange_id as "exchangeId",
       request_id as "requestId", client_address as "clientAddress", user_agent as "userAgent"
     from audit_log ${conditions.where()} order by id desc limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  const entries = rows.map((row) => ({ ...row, at: row.at.getTime() }))
  return toPage(entries, limit, ({ id }) => [id])
}

interface AuditHead {
  seq: string
  hash: string
  /** When the last entry was made; null when there is none. */
  lastAt: number | null
  /** Entries from before the chain. */
  oldEntries: number
}

/** The current end of the chain. */
export async function readAuditHead(db: Queryable): Promise<AuditHead> {
  const { lastAt, oldEntries, ...head } = onlyRow(
    await db.query<{ seq: string; hash: string; lastAt: Date | null; oldEntries: string }>(
      `select seq, encode(hash, 'hex') as hash, (select at from audit_log a where a.seq = c.seq) as "lastAt", old_rows as "oldEntries"
       from audit_chain c`
    )
  )
  return { ...head, lastAt: lastAt?.getTime() ?? null, oldEntries: Number(oldEntries) }
}

/** Everything that is hashed, as text. */
interface ChainRow {
  id: string
  seq: string | null
  prevHash: string | null
  hash: string | null
  atMicros: string
  actor: string
  action: string
  subject: string
  detail: string
  exchangeId: string | null
  requestId: string | null
  clientAddress: string | null
  userAgent: string | null
}

export interface AuditVerification {
  ok: boolean
  /** Entries in the chain. */
  entries: number
  /** Entries from before the chain, of which one hash is kept. */
  oldEntries: number
  /** The end of the chain: kept elsewhere, it later proves that nothing before it was rewritten. */
  head: { seq: string; hash: string }
  broken: { id: string | null; seq: string | null; problem: string } | null
}

const GENESIS = '0'.repeat(64)
const PAGE = 1000

const CHAIN_FIELDS = `id, seq, encode(prev_hash, 'hex') as "prevHash", encode(hash, 'hex') as hash,
  (extract(epoch from at) * 1000000)::bigint::text as "atMicros", actor, action, subject, detail::text as detail,
  exchange_id as "exchangeId", request_id as "requestId", client_address as "clientAddress", user_agent as "userAgent"`

const field = (value: string | null) => (value === null ? '-' : `${Buffer.byteLength(value)}:${value}`)

/** The same as `audit_hash` of migration 0006. */
function hashOf(previous: string, row: ChainRow): string {
  const { seq, id, atMicros, actor, action, subject, detail, exchangeId, requestId, clientAddress, userAgent } = row
  const fields = [seq, id, atMicros, actor, action, subject, detail, exchangeId, requestId, clientAddress, userAgent]
  return createHash('sha256')
    .update([previous, ...fields.map(field)].join('\n'))
    .digest('hex')
}

/** Recomputes the chain up to its current end, a page at a time, and stops at the first entry that does not match. */
export async function verifyAudits(db: Queryable): Promise<AuditVerification> {
  const chain = onlyRow(
    await db.query<{
      seq: string
      hash: string
      oldThrough: string
      oldRows: string
      oldHash: string
      strays: string | null
      last: string | null
    }>(
      `select seq, encode(hash, 'hex') as hash, old_through as "oldThrough", old_rows as "oldRows", encode(old_hash, 'hex') as "oldHash",
         (select min(id) from audit_log where seq is null and id > old_through) as strays, (select max(seq) from audit_log) as last
       from audit_chain`
    )
  )
  const old = await hashOld(db)
  const report = { entries: 0, oldEntries: old.count, head: { seq: chain.seq, hash: chain.hash } }
  const brokenAt = (id: string | null, seq: string | null, problem: string): AuditVerification => ({
    ...report,
    ok: false,
    broken: { id, seq, problem }
  })
  if (chain.strays !== null) return brokenAt(chain.strays, null, 'it was put in past the chain')
  if (old.count !== Number(chain.oldRows) || old.hash !== chain.oldHash) {
    return brokenAt(null, null, `an entry up to id ${chain.oldThrough}, from before the chain, was changed, removed or added`)
  }
  let previous = chain.oldHash
  let expected = 1n
  for await (const row of chainRows(db, chain.seq)) {
    if (BigInt(row.seq ?? 0) !== expected) return brokenAt(row.id, row.seq, `the entry with seq ${expected} before it is gone`)
    if (row.prevHash !== previous) return brokenAt(row.id, row.seq, 'it does not follow the entry before it')
    if (row.hash !== hashOf(previous, row)) return brokenAt(row.id, row.seq, 'its content is not what was hashed')
    previous = row.hash
    expected++
    report.entries++
  }
  if (expected - 1n !== BigInt(chain.seq)) return brokenAt(null, String(expected), 'it and what follows is gone')
  if (previous !== chain.hash) return brokenAt(null, chain.seq, 'the chain does not end with the hash that is kept of its end')
  if (BigInt(chain.last ?? 0) > BigInt(chain.seq)) return brokenAt(null, chain.last, 'it is beyond the end of the chain')
  return { ...report, ok: true, broken: null }
}

async function hashOld(db: Queryable): Promise<{ count: number; hash: string }> {
  let [hash, count, afterId] = [GENESIS, 0, '-1']
  for (;;) {
    const { rows } = await db.query<ChainRow>(
      `select ${CHAIN_FIELDS} from audit_log
       where seq is null and id > $1 and id <= (select old_through from audit_chain) order by audit_log.id limit ${PAGE}`,
      [afterId]
    )
    for (const row of rows) {
      hash = hashOf(hash, row)
      count++
      afterId = row.id
    }
    if (rows.length < PAGE) return { count, hash }
  }
}

async function* chainRows(db: Queryable, through: string): AsyncGenerator<ChainRow> {
  let afterSeq = '-9223372036854775808'
  for (;;) {
    const { rows } = await db.query<ChainRow>(
      `select ${CHAIN_FIELDS} from audit_log where seq > $1 and seq <= $2 order by audit_log.seq limit ${PAGE}`,
      [afterSeq, through]
    )
    yield* rows
    afterSeq = rows.at(-1)?.seq ?? afterSeq
    if (rows.length < PAGE) return
  }
}
