import {
  conflict,
  withOperatorLock,
  isUniqueViolation,
  record,
  unknownId,
  type OperatorContext
} from '../admin/operator-changes.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import { enterAmount } from '../../money/records/ledger-entries.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { lockSettledRows } from '../../money/records/settled-rows.ts'
import { namedGroup } from '../groups/groups.ts'
import { findRow, updateRow } from '../rows.ts'
import { renewSubscription } from '../subscriptions/subscriptions.ts'
import { users } from '../users/definition.ts'
import { codeHashOf } from './code-text.ts'
import { codes, type Code } from './definition.ts'

/** What a user got. */
export interface Redeemed {
  kind: Code['kind']
  amount_usd: string | null
  balance_usd: string | null
  group: string | null
  days: number | null
  expires_at: string | null
}

const unknownCode = () => new GatewayError(404, 'not_found_error', 'unknown code: check each group of letters')

/**
 * Gives a user what a code is worth, once, and records that, in one transaction. Rejects with 404 for an unknown code or user,
 * 409 for a code that was redeemed, was revoked or has expired, or for a disabled user.
 */
export async function redeemCode(context: OperatorContext, userId: string, typed: string): Promise<Redeemed> {
  const hash = codeHashOf(typed)
  if (hash === null) throw unknownCode()
  try {
    return await withOperatorLock(context, async (db) => {
      await lockSettledRows(db, { users: [userId], subscriptions: [], api_keys: [] })
      const code = await lockedCode(db, hash)
      const now = context.clock.now()
      const user = await findRow(db, users, userId)
      if (user === null) throw unknownId('user', userId)
      if (user.status !== 'active') throw conflict(`user ${user.email} is disabled`)
      refuseUnlessOpen(code, user.email)
      const got = await give(db, code, { userId, user: user.email, now })
      await updateRow(db, codes, code.id, [
        { column: 'redeemed_at', value: new Date(now) },
        { column: 'redeemed_by', value: userId }
      ])
      await record(db, context, 'code.redeemed', `code ${code.hint}`, { user: user.email, ...got })
      return got
    })
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('this code was already redeemed', error)
    throw error
  }
}

async function lockedCode(db: Queryable, hash: Buffer): Promise<Code> {
  // Final from then on, since nobody else changes it.
  const { rows } = await db.query<{ id: string }>('select id from redeem_codes where code_hash = $1 for update', [hash])
  const code = rows[0] === undefined ? null : await findRow(db, codes, rows[0].id)
  if (code === null) throw unknownCode()
  return code
}

function refuseUnlessOpen({ status, redeemed_at: at, redeemed_by: by }: Code, email: string): void {
  if (status === 'open') return
  if (status !== 'redeemed') throw conflict(`this code ${status === 'revoked' ? 'was revoked' : 'has expired'}`)
  // Others do not learn when, nor by whom.
  throw conflict(`this code was already redeemed${by === email ? `, by ${email}, at ${at}` : ''}`)
}

async function give(
  db: Queryable,
  { id, amount_usd: amountUsd, group, days }: Code,
  { userId, user, now }: { userId: string; user: string; now: number }
): Promise<Redeemed> {
  if (amountUsd !== null) {
    const entry = { userId, kind: 'top-up', amountNano: parseUsd(amountUsd), sourceId: `code:${id}` } as const
    const { amountNano, balanceAfterNano } = await enterAmount(db, entry)
    const amounts = { amount_usd: formatUsd(amountNano), balance_usd: formatUsd(balanceAfterNano) }
    return { kind: 'balance', ...amounts, group: null, days: null, expires_at: null }
  }
  if (group === null || days === null) throw new Error('a code needs an amount, or a group and days')
  const { id: groupId, kind } = await namedGroup(db, group)
  if (kind !== 'subscription') throw conflict(`this code is for days of ${group}, which is no longer offered`)
  const { expiresAt } = await renewSubscription(db, { user, group, userId, groupId, days, now })
  const lasts = { group, days, expires_at: new Date(expiresAt).toISOString() }
  return { kind: 'subscription', amount_usd: null, balance_usd: null, ...lasts }
}
