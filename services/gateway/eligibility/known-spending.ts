interface Known<Settled> {
  settled: Settled
  /** Journaled by this process but not yet in the database. */
  unsettledNano: bigint
  /** Of so many attempts. */
  unsettledAttempts: number
  /** The count of settlements when `settled` was true. */
  asOf: number
}

/** What is known of balances, or of what subscriptions or keys have used, by their ids. */
export interface KnownSpending<Settled> {
  /** Takes in what was read, unless a settlement that the read may have missed came in between: then it is false. */
  learn: (id: string, settled: Settled, mark: number) => boolean
  /** What is known, and what is not settled beside it; null where nothing is. */
  of: (id: string) => { settled: Settled; unsettledNano: bigint } | null
  /** More was journaled, or less than before waits to be settled. */
  addUnsettled: (id: string, nano: bigint, attempts: number) => void
}

export function createKnownSpending<Settled>(): KnownSpending<Settled> {
  const known = new Map<string, Known<Settled>>()
  return {
    learn(id, settled, mark) {
      const before = known.get(id)
      if (before !== undefined && before.asOf > mark) return false
      const { unsettledNano = 0n, unsettledAttempts = 0 } = before ?? {}
      known.set(id, { settled, unsettledNano, unsettledAttempts, asOf: mark })
      return true
    },

    of: (id) => known.get(id) ?? null,

    addUnsettled(id, nano, attempts) {
      const spending = known.get(id)
      if (spending === undefined) return
      const sum = spending.unsettledNano + nano
      spending.unsettledAttempts = Math.max(0, spending.unsettledAttempts + attempts)
      // An attempt is settled at another price where prices were read anew since: what that leaves must not stay.
      spending.unsettledNano = sum > 0n && spending.unsettledAttempts > 0 ? sum : 0n
    }
  }
}
