import { formatUsd, parseUsd } from '../prices/money.ts'
import { assignments } from './assignments.ts'
import { textArray } from './array-literals.ts'
import { createConditions, ID_PATTERN, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import type { Queryable } from './queryable.ts'
import type { Versioned } from './versioned.ts'

/** What a code is good for. */
export type CodeValue =
  | { kind: 'balance'; amountNano: bigint }
  | { kind: 'subscription'; groupId: string; groupName: string; days: number }

export interface RedeemCode {
  id: string
  hint: string
  value: CodeValue
  note: string | null
  /** Instants in epoch milliseconds. */
  expiresAt: number | null
  createdAt: number
  revokedAt: number | null
  redeemedAt: number | null
  redeemedBy: { id: string; email: string } | null
}

export interface NewCodes {
  value: CodeValue
  note: string | null
  expiresAt: number | null
  codes: readonly { hash: Buffer; hint: string }[]
}

export type CodeStatus = 'open' | 'redeemed' | 'revoked' | 'expired'

interface CodeRow {
  id: string
  hint: string
  kind: CodeValue['kind']
  amount: string | null
  groupId: string | null
  groupName: string | null
  days: number | null
  note: string | null
  expiresAt: Date | null
  createdAt: Date
  revokedAt: Date | null
  redeemedAt: Date | null
  redeemerId: string | null
  redeemerEmail: string | null
  version: string
}

const SELECT = `select c.id, c.hint, c.kind, c.amount_usd as amount, c.group_id as "groupId", g.name as "groupName", c.days, c.note,
    c.expires_at as "expiresAt", c.created_at as "createdAt", c.revoked_at as "revokedAt", c.redeemed_at as "redeemedAt",
    u.id as "redeemerId", u.email as "redeemerEmail", c.version
  from redeem_codes c left join groups g on g.id = c.group_id left join users u on u.id = c.redeemed_by`

function toCode(row: CodeRow): Versioned<RedeemCode> {
  const { id, hint, note, redeemerId, redeemerEmail } = row
  return {
    id,
    hint,
    value: toValue(row),
    note,
    expiresAt: row.expiresAt?.getTime() ?? null,
    createdAt: row.createdAt.getTime(),
    revokedAt: row.revokedAt?.getTime() ?? null,
    redeemedAt: row.redeemedAt?.getTime() ?? null,
    redeemedBy: redeemerId === null || redeemerEmail === null ? null : { id: redeemerId, email: redeemerEmail },
    version: Number(row.version)
  }
}

function toValue({ amount, groupId, groupName, days }: CodeRow): CodeValue {
  if (amount !== null) return { kind: 'balance', amountNano: parseUsd(amount) }
  if (groupId === null || groupName === null || days === null) throw new Error('a code is good for nothing')
  return { kind: 'subscription', groupId, groupName, days }
}

/** Returns them in their order. */
export async function createCodes(
  db: Queryable,
  { value, note, expiresAt, codes }: NewCodes
): Promise<Versioned<RedeemCode>[]> {
  const hashes = textArray(codes.map(({ hash }) => hash.toString('hex')))
  await db.query(
    `insert into redeem_codes (code_hash, hint, kind, amount_usd, group_id, days, note, expires_at)
     select decode(hash, 'hex'), hint, $3, $4, $5, $6, $7, $8 from unnest($1::text[], $2::text[]) as new (hash, hint)`,
    [
      hashes,
      textArray(codes.map(({ hint }) => hint)),
      value.kind,
      value.kind === 'balance' ? formatUsd(value.amountNano) : null,
      value.kind === 'subscription' ? value.groupId : null,
      value.kind === 'subscription' ? value.days : null,
      note,
      expiresAt === null ? null : new Date(expiresAt)
    ]
  )
  const { rows } = await db.query<CodeRow>(
    `${SELECT} join unnest($1::text[]) with ordinality as new (hash, place) on c.code_hash = decode(new.hash, 'hex')
     order by new.place`,
    [hashes]
  )
  return rows.map(toCode)
}

/** Null when there is no such code. */
export async function findCode(db: Queryable, id: string): Promise<Versioned<RedeemCode> | null> {
  const { rows } = await db.query<CodeRow>(`${SELECT} where c.id = $1`, [id])
  return rows[0] === undefined ? null : toCode(rows[0])
}

/** Null when there is no such code. */
export async function findCodeByHash(db: Queryable, hash: Buffer): Promise<Versioned<RedeemCode> | null> {
  const { rows } = await db.query<CodeRow>(`${SELECT} where c.code_hash = $1`, [hash])
  return rows[0] === undefined ? null : toCode(rows[0])
}

/** Until the transaction ends, nobody else redeems or changes the code. */
export async function lockCode(client: Queryable, id: string): Promise<void> {
  await client.query('select id from redeem_codes where id = $1 for update', [id])
}

export interface CodeChanges {
  note?: string | null
  expiresAt?: Date | null
  revokedAt?: Date
}

const COLUMNS = { note: 'note', expiresAt: 'expires_at', revokedAt: 'revoked_at' }

export async function updateCode(db: Queryable, id: string, changes: CodeChanges): Promise<void> {
  const { set, values } = assignments(changes, COLUMNS)
  await db.query(`update redeem_codes set ${set}, version = version + 1 where id = $1`, [id, ...values])
}

export async function markRedeemed(db: Queryable, id: string, { userId, at }: { userId: string; at: number }): Promise<void> {
  await db.query('update redeem_codes set redeemed_at = $2, redeemed_by = $3, version = version + 1 where id = $1', [
    id,
    new Date(at),
    userId
  ])
}

const IS_OPEN = 'c.redeemed_at is null and c.revoked_at is null'
const CONDITIONS: Record<CodeStatus, (now: () => string) => string> = {
  open: (now) => `${IS_OPEN} and (c.expires_at is null or c.expires_at > ${now()})`,
  expired: (now) => `${IS_OPEN} and c.expires_at <= ${now()}`,
  redeemed: () => 'c.redeemed_at is not null',
  revoked: () => 'c.revoked_at is not null'
}

/** Newest first. Throws InvalidCursorError. */
export async function pageCodes(
  db: Queryable,
  { kind, status, now }: { kind?: CodeValue['kind'] | undefined; status?: CodeStatus | undefined; now: number },
  { limit, cursor }: PageRequest
): Promise<Page<Versioned<RedeemCode>>> {
  const conditions = createConditions()
  conditions.add(kind, (value) => `c.kind = ${value}`)
  const states = status === undefined ? [] : [CONDITIONS[status](() => conditions.bind(new Date(now)))]
  if (cursor !== null) conditions.add(readCursor(cursor, [ID_PATTERN])[0], (value) => `c.id < ${value}`)
  const { rows } = await db.query<CodeRow>(
    `${SELECT} ${conditions.where(...states)} order by c.id desc limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  return toPage(rows.map(toCode), limit, ({ id }) => [id])
}
