import type { AccountCandidate } from './slots.ts'

/** What the slots of one user or account are at: `limit` 0 = no limit; `lastTaken` counts up with each slot taken, 0 = never. */
export interface SlotLoad {
  limit: number
  inFlight: number
  lastTaken: number
}

/** What decides between accounts besides their slots. */
export type AccountRank = Pick<AccountCandidate, 'usedLast' | 'priority' | 'windowResetsAt'>

export interface RankedAccount {
  rank: AccountRank
  pool: SlotLoad
}

// Without a limit there is no share in use. Dividing by more than any account holds keeps such accounts behind an idle
// one, before all others, and in order of load among themselves.
const UNLIMITED_SLOTS = 1_000_000

export function hasFreeSlot({ limit, inFlight }: SlotLoad): boolean {
  return limit === 0 || inFlight < limit
}

/**
 * The account to take among those with a free slot: one that is not to be used last, then by priority, by share of slots
 * in use, by the window that resets soonest (what is left in it would be lost), and the least recently used.
 */
export function pickAccount<T extends RankedAccount>(standings: readonly T[]): T | null {
  let best: T | null = null
  for (const standing of standings) {
    if (hasFreeSlot(standing.pool) && (best === null || comesBefore(standing, best))) best = standing
  }
  return best
}

function comesBefore(a: RankedAccount, b: RankedAccount): boolean {
  if (a.rank.usedLast !== b.rank.usedLast) return b.rank.usedLast
  if (a.rank.priority !== b.rank.priority) return a.rank.priority < b.rank.priority
  const aLoad = loadOf(a.pool)
  const bLoad = loadOf(b.pool)
  if (aLoad !== bLoad) return aLoad < bLoad
  if (a.rank.windowResetsAt !== b.rank.windowResetsAt) return a.rank.windowResetsAt < b.rank.windowResetsAt
  return a.pool.lastTaken < b.pool.lastTaken
}

function loadOf({ limit, inFlight }: SlotLoad): number {
  return inFlight / (limit === 0 ? UNLIMITED_SLOTS : limit)
}
