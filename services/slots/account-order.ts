/** What the slots of one user or account are at: `limit` 0 = no limit; `lastTaken` counts up with each slot taken, 0 = never. */
export interface SlotLoad {
  limit: number
  inFlight: number
  lastTaken: number
}

export interface AccountStanding {
  /** The smaller goes first. */
  priority: number
  pool: SlotLoad
}

// Without a limit there is no share in use. Dividing by more than any account holds keeps such accounts behind an idle
// one, before all others, and in order of load among themselves.
const UNLIMITED_SLOTS = 1_000_000

export function hasFreeSlot({ limit, inFlight }: SlotLoad): boolean {
  return limit === 0 || inFlight < limit
}

/** The account to take among those with a free slot: by priority, then share of slots in use, then least recently used. */
export function pickAccount<T extends AccountStanding>(standings: readonly T[]): T | null {
  let best: T | null = null
  for (const standing of standings) {
    if (hasFreeSlot(standing.pool) && (best === null || comesBefore(standing, best))) best = standing
  }
  return best
}

function comesBefore(a: AccountStanding, b: AccountStanding): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority
  const aLoad = loadOf(a.pool)
  const bLoad = loadOf(b.pool)
  if (aLoad !== bLoad) return aLoad < bLoad
  return a.pool.lastTaken < b.pool.lastTaken
}

function loadOf({ limit, inFlight }: SlotLoad): number {
  return inFlight / (limit === 0 ? UNLIMITED_SLOTS : limit)
}
