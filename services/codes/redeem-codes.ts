import { randomBytes } from 'node:crypto'
import { changeRow, conflict, fieldRefused, inOperatorsTurn, record, type OperatorContext } from '../admin/operator-changes.ts'
import { subscribableGroupId } from '../resources/subscriptions/subscriptions.ts'
import { formatUsd, parseUsd } from '../prices/money.ts'
import {
  createCodes,
  findCode,
  updateCode,
  type CodeChanges,
  type CodeStatus,
  type CodeValue,
  type RedeemCode
} from '../records/redeem-codes.ts'
import type { Queryable } from '../records/queryable.ts'
import type { Versioned } from '../records/versioned.ts'
import { newCode } from './code-text.ts'

export interface NewCode {
  kind: CodeValue['kind']
  amount_usd?: string
  group?: string
  days?: number
  count: number
  /** Epoch milliseconds. */
  expiresAt: number | null
  note: string | null
}

const toTimeOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString())

export function statusOfCode({ redeemedAt, revokedAt, expiresAt }: RedeemCode, now: number): CodeStatus {
  if (redeemedAt !== null) return 'redeemed'
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'open'
}

/** A code as the admin API shows it; not the code itself, which is stored nowhere. */
export function reportOfCode(code: Versioned<RedeemCode>, now: number) {
  const { value } = code
  return {
    id: code.id,
    hint: code.hint,
    kind: value.kind,
    amount_usd: value.kind === 'balance' ? formatUsd(value.amountNano) : null,
    group: value.kind === 'subscription' ? value.groupName : null,
    days: value.kind === 'subscription' ? value.days : null,
    status: statusOfCode(code, now),
    note: code.note,
    expires_at: toTimeOrNull(code.expiresAt),
    created_at: toTimeOrNull(code.createdAt),
    revoked_at: toTimeOrNull(code.revokedAt),
    redeemed_at: toTimeOrNull(code.redeemedAt),
    redeemed_by: code.redeemedBy?.email ?? null,
    version: code.version
  }
}

/** Makes `count` codes and puts that on record, in one transaction; their texts are known to the caller alone. Rejects with 400. */
export async function addCodes(
  context: OperatorContext,
  { count, expiresAt, note, ...good }: NewCode
): Promise<{ code: string; row: Versioned<RedeemCode> }[]> {
  const codes = Array.from({ length: count }, () => newCode(randomBytes))
  return await inOperatorsTurn(context, async (db) => {
    const rows = await createCodes(db, { value: await valueOf(db, good), note, expiresAt, codes })
    const reports = rows.map((row) => reportOfNewCode(reportOfCode(row, context.clock.now())))
    await record(db, context, 'codes.created', count === 1 ? `code ${reports[0]?.hint ?? ''}` : `${count} codes`, {
      after: reports
    })
    return rows.map((row, index) => ({ code: codes[index]?.text ?? '', row }))
  })
}

/** What says something of a code that nobody has redeemed. */
function reportOfNewCode({ id, hint, kind, amount_usd, group, days, note, expires_at }: ReturnType<typeof reportOfCode>) {
  return { id, hint, kind, amount_usd, group, days, note, expires_at }
}

type Good = Pick<NewCode, 'kind' | 'amount_usd' | 'group' | 'days'>

async function valueOf(db: Queryable, { kind, amount_usd: amountUsd, group, days }: Good): Promise<CodeValue> {
  if (kind === 'balance') {
    refuseGiven({ group, days }, kind)
    return { kind, amountNano: parseUsd(given('amount_usd', amountUsd)) }
  }
  refuseGiven({ amount_usd: amountUsd }, kind)
  const groupName = given('group', group)
  return { kind, groupId: await subscribableGroupId(db, groupName), groupName, days: given('days', days) }
}

function given<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw fieldRefused(name, 'is missing')
  return value
}

function refuseGiven(fields: Record<string, unknown>, kind: string): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) throw fieldRefused(name, `says nothing for a code of kind ${kind}`)
  }
}

export type CodeAct = { act: 'change'; changes: Pick<CodeChanges, 'note' | 'expiresAt'> } | { act: 'revoke' }

/** Rejects with 409 for a code that was redeemed, and for changes of one that was revoked. */
export async function actOnCode(
  context: OperatorContext,
  { id, ifMatch, ...act }: { id: string; ifMatch: string | undefined } & CodeAct
): Promise<Versioned<RedeemCode>> {
  return await changeRow(context, {
    kind: 'code',
    id,
    ifMatch,
    find: findCode,
    report: (code) => reportOfCode(code, context.clock.now()),
    nameOf: ({ hint }) => hint,
    action: act.act === 'revoke' ? 'revoked' : 'changed',
    change: async (db, before) => {
      if (before.redeemedAt !== null) throw conflict(`code ${before.hint} was redeemed already`)
      if (act.act === 'revoke') {
        if (before.revokedAt === null) await updateCode(db, id, { revokedAt: new Date(context.clock.now()) })
        return
      }
      if (before.revokedAt !== null) throw conflict(`code ${before.hint} is revoked: create another`)
      if (Object.keys(act.changes).length > 0) await updateCode(db, id, act.changes)
    }
  })
}
