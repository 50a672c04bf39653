import type { ServingAccount } from '../accounts/account-directory.ts'
import type { AccountHealth } from '../accounts/account-health.ts'
import type { Selection } from '../accounts/selection.ts'
import { costOfMove } from '../../money/prices/cost-of-move.ts'
import type { PriceBook } from '../../money/prices/price-book.ts'
import type { Exchange } from '../request/exchange.ts'
import type { AccountSlot } from '../slots/slots.ts'
import type { ChoiceEntry } from '../traces/exchange-trace.ts'

interface ChoiceFacts {
  rank: AccountHealth['rank']
  prices: PriceBook
  /** Epoch milliseconds. */
  now: number
}

/**
 * Explains to operators why this account was chosen, and what that cost the session's prompt cache. `slot` is null when none was
 * taken.
 */
export function choiceEntry(
  exchange: Exchange,
  selection: Selection,
  slot: AccountSlot | null,
  { rank, prices, now }: ChoiceFacts
): ChoiceEntry {
  const inFlight = new Map(slot?.considered.map((entry) => [entry.accountId, entry.inFlight]))
  const nameOf = (id: string) => selection.nameOf(id) ?? `account ${id}`
  const isUntried = ({ account }: ServingAccount) => !exchange.triedAccountIds.includes(account.id)
  const binding = slot?.binding ?? null
  return {
    candidates: selection.usable.filter(isUntried).map(({ account, priority, limit }) => ({
      account: account.name,
      priority,
      limit,
      inFlight: inFlight.get(account.id) ?? null,
      usedLast: rank(account.id).usedLast
    })),
    passedOver: [
      ...selection.passedOver,
      ...selection.usable
        .filter((serving) => !isUntried(serving))
        .map(({ account }) => ({ account: account.name, state: 'tried' as const, reason: 'tried already' }))
    ],
    chosen: slot === null ? null : nameOf(slot.accountId),
    affinity: slot?.affinity ?? null,
    move:
      binding === null || binding.accountId === slot?.accountId
        ? null
        : {
            from: nameOf(binding.accountId),
            cacheReadTokens: binding.cacheReadTokens,
            extraCostNano: costOfMove(binding, exchange.envelope.model, prices, now)
          }
  }
}
