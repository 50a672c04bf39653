import { GatewayError } from '../../platform/gateway-errors.ts'
import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import { addLedgerEntry, findLedgerEntry, type LedgerEntry, type LedgerKind } from '../../money/records/ledger-entries.ts'
import { users } from '../users/definition.ts'
import { findRow } from '../rows.ts'
import { conflict, fieldRefused, isUniqueViolation, record, unknownId, type OperatorContext } from './operator-changes.ts'

interface BalanceAdjustment {
  userId: string
  /** Signed decimal. */
  amountUsd: string
  kind: Exclude<LedgerKind, 'usage' | 'checkpoint'>
  note: string | null
  idempotencyKey: string
}

/** A ledger entry as the admin API shows it. */
export const reportOfEntry = (entry: LedgerEntry) => ({
  id: entry.id,
  user_email: entry.userEmail,
  kind: entry.kind,
  amount_usd: formatUsd(entry.amountNano),
  source_id: entry.sourceId,
  balance_after_usd: formatUsd(entry.balanceAfterNano),
  note: entry.note,
  created_at: new Date(entry.createdAt).toISOString()
})

/**
 * Books an amount once, however often it is requested with the same key; `created` is false for a repetition. Rejects with 404
 * for an unknown user, 409 when the key was used for something else.
 */
export async function adjustBalance(
  context: OperatorContext,
  { userId, amountUsd, kind, note, idempotencyKey }: BalanceAdjustment
): Promise<{ entry: LedgerEntry; created: boolean }> {
  const amountNano = parseUsd(amountUsd)
  if (kind === 'top-up' && amountNano < 0n)
    throw fieldRefused('amount_usd', 'must be above 0 for a top-up: only an adjustment or a refund may be below')
  const user = await findRow(context.pool, users, userId)
  if (user === null) throw unknownId('user', userId)
  const sourceId = `adjustment:${idempotencyKey}`
  const { entry, created } = await enter()
  const isSame = entry.userEmail === user.email && entry.kind === kind && entry.amountNano === amountNano && entry.note === note
  if (!isSame) throw conflict(`idempotency-key: already used, for ${describe(entry)}`)
  return { entry, created }

  async function enter() {
    try {
      const result = await addLedgerEntry(context.pool, { userId, kind, amountNano, sourceId, note }, (db, added) =>
        record(db, context, 'balance.adjusted', `user ${added.userEmail}`, reportOfEntry(added))
      )
      if (result === null) throw unknownId('user', userId)
      return result
    } catch (error) {
      if (isOutOfRange(error)) {
        throw new GatewayError(400, 'invalid_request_error', 'amount_usd: the balance would be too large', { cause: error })
      }
      if (!isUniqueViolation(error)) throw error
      // Booked for another user at the same moment.
      const existing = await findLedgerEntry(context.pool, sourceId)
      if (existing === null) throw error
      return { entry: existing, created: false }
    }
  }
}

const describe = ({ kind, amountNano, userEmail, note }: LedgerEntry) =>
  `a ${kind} of ${formatUsd(amountNano)} USD to ${userEmail}${note === null ? '' : ' with a note'}`

const NUMERIC_OUT_OF_RANGE = '22003'

const isOutOfRange = (error: unknown) => error instanceof Error && 'code' in error && error.code === NUMERIC_OUT_OF_RANGE
