interface Known<Settled> {
  settled: Settled
  /** The count of settlements when `settled` was true. */
  asOf: number
  /** Journaled by this process but not yet in the database: how much, and of how many attempts. */
  unsettled: Map<string, { nano: bigint; attempts: number }>
}

/** Nano-dollars by whose they are, where several share a budget: the users of a team. Else by ''. */
export type Shares = ReadonlyMap<string, bigint>

export const NO_SHARES: Shares = new Map()

/** What is known of balances, or of what subscriptions, keys or teams have used, by their ids. */
export interface KnownSpending<Settled> {
  /** Takes in what was read, unless a settlement that the read may have missed came in between: then it is false. */
  learn: (id: string, settled: Settled, mark: number) => boolean
  /** Null where nothing is known. */
  settledOf: (id: string) => Settled | null
  unsettledOf: (id: string) => Shares
  /** More was journaled, or less than before waits to be settled. */
  addUnsettled: (id: string, share: string, nano: bigint, attempts: number) => void
}

export function createKnownSpending<Settled>(): KnownSpending<Settled> {
  const known = new Map<string, Known<Settled>>()
  return {
    learn(id, settled, mark) {
      const before = known.get(id)
      if (before !== undefined && before.asOf > mark) return false
      known.set(id, { settled, asOf: mark, unsettled: before?.unsettled ?? new Map() })
      return true
    },

    settledOf: (id) => known.get(id)?.settled ?? null,

    unsettledOf(id) {
      const unsettled = known.get(id)?.unsettled
      if (unsettled === undefined || unsettled.size === 0) return NO_SHARES
      return new Map([...unsettled].map(([share, { nano }]) => [share, nano]))
    },

    addUnsettled(id, share, nano, attempts) {
      const unsettled = known.get(id)?.unsettled
      if (unsettled === undefined) return
      const before = unsettled.get(share) ?? { nano: 0n, attempts: 0 }
      const sum = before.nano + nano
      const count = before.attempts + attempts
      // An attempt is settled at another price where prices were read anew since: what that leaves must not stay.
      if (count > 0) unsettled.set(share, { nano: sum > 0n ? sum : 0n, attempts: count })
      else unsettled.delete(share)
    }
  }
}
