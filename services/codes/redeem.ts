import {
  conflict,
  inOperatorsTurn,
  isUniqueViolation,
  record,
  unknownId,
  type OperatorContext
} from '../admin/operator-changes.ts'
import { renewSubscription } from '../resources/subscriptions/subscriptions.ts'
import { GatewayError } from '../gateway-errors.ts'
import { formatUsd } from '../prices/money.ts'
import { enterAmount } from '../records/ledger-entries.ts'
import type { Queryable } from '../records/queryable.ts'
import { findCodeByHash, lockCode, markRedeemed, type CodeValue, type RedeemCode } from '../records/redeem-codes.ts'
import { lockSettledRows } from '../records/settled-rows.ts'
import { users } from '../resources/users/definition.ts'
import { groups } from '../resources/groups/definition.ts'
import { findRow } from '../resources/rows.ts'
import { codeHashOf } from './code-text.ts'
import { statusOfCode } from './redeem-codes.ts'

/** What a user got. */
export interface Redeemed {
  kind: CodeValue['kind']
  amount_usd: string | null
  balance_usd: string | null
  group: string | null
  days: number | null
  expires_at: string | null
}

const unknownCode = () => new GatewayError(404, 'not_found_error', 'no code reads like this one: check each group of letters')

/**
 * Gives a user what a code is good for, once, and puts that on record, in one transaction. Rejects with 404 for what is no code or
 * no user, 409 for a code that was redeemed, revoked or has expired, or a user who is disabled.
 */
export async function redeemCode(context: OperatorContext, userId: string, typed: string): Promise<Redeemed> {
  const hash = codeHashOf(typed)
  if (hash === null) throw unknownCode()
  try {
    return await inOperatorsTurn(context, async (db) => {
      await lockSettledRows(db, { users: [userId], subscriptions: [], api_keys: [] })
      const code = await lockedCode(db, hash)
      const now = context.clock.now()
      const user = await findRow(db, users, userId)
      if (user === null) throw unknownId('user', userId)
      if (user.status !== 'active') throw conflict(`user ${user.email} is disabled`)
      refuseUnlessOpen(code, userId, now)
      const got = await give(db, code, { userId, user: user.email, now })
      await markRedeemed(db, code.id, { userId, at: now })
      await record(db, context, 'code.redeemed', `code ${code.hint}`, { user: user.email, ...got })
      return got
    })
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('this code was redeemed already', error)
    throw error
  }
}

async function lockedCode(db: Queryable, hash: Buffer): Promise<RedeemCode> {
  const found = await findCodeByHash(db, hash)
  if (found === null) throw unknownCode()
  await lockCode(db, found.id)
  // As it is now that nobody else changes it.
  return (await findCodeByHash(db, hash)) ?? found
}

function refuseUnlessOpen(code: RedeemCode, userId: string, now: number): void {
  const status = statusOfCode(code, now)
  if (status === 'open') return
  if (status !== 'redeemed') throw conflict(`this code ${status === 'revoked' ? 'was revoked' : 'has expired'}`)
  // Others are not told when, nor by whom.
  const when =
    code.redeemedBy?.id === userId && code.redeemedAt !== null ? `, by you, at ${new Date(code.redeemedAt).toISOString()}` : ''
  throw conflict(`this code was redeemed already${when}`)
}

async function give(
  db: Queryable,
  { id, value }: RedeemCode,
  { userId, user, now }: { userId: string; user: string; now: number }
): Promise<Redeemed> {
  if (value.kind === 'balance') {
    const entry = { userId, kind: 'top-up', amountNano: value.amountNano, sourceId: `code:${id}` } as const
    const { amountNano, balanceAfterNano } = await enterAmount(db, entry)
    const amounts = { amount_usd: formatUsd(amountNano), balance_usd: formatUsd(balanceAfterNano) }
    return { kind: 'balance', ...amounts, group: null, days: null, expires_at: null }
  }
  const { groupId, groupName, days } = value
  if ((await findRow(db, groups, groupId))?.['kind'] !== 'subscription') {
    throw conflict(`this code is for days of ${groupName}, which are not offered any more`)
  }
  const { expiresAt } = await renewSubscription(db, { user, group: groupName, userId, groupId, days, now })
  const lasts = { group: groupName, days, expires_at: new Date(expiresAt).toISOString() }
  return { kind: 'subscription', amount_usd: null, balance_usd: null, ...lasts }
}
