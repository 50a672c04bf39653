import type { OutstandingView, SharedOutstanding } from '../../services/gateway/eligibility/shared-outstanding.ts'

/** What processes have outstanding, as a Redis keeps it, in memory: for tests that say when it is away and when a process is dead. */
export function createMemoryOutstanding() {
  const budgets = new Map<string, { open: Map<string, bigint>; settled: Map<string, bigint> }>()
  const known = new Set<string>()
  let isAway = false
  let epoch = 1

  function viewFor(me: string, name: string): OutstandingView {
    const { open, settled } = budgets.get(name)!
    const ofOthers = (sums: Map<string, bigint>) => {
      const others = new Map<string, bigint>()
      for (const [id, nano] of sums) {
        const [process, share] = id.split('|') as [string, string]
        if (process !== me) others.set(share, (others.get(share) ?? 0n) + nano)
      }
      return others
    }
    return { epoch: String(epoch), outstanding: ofOthers(open), settled: ofOthers(settled) }
  }

  return {
    of: (me: string): SharedOutstanding => ({
      async publish(changes) {
        await Promise.resolve()
        if (isAway) throw new Error('away')
        const wasKnown = known.has(me)
        known.add(me)
        for (const { budget, shares } of changes) {
          const sums = budgets.get(budget) ?? { open: new Map<string, bigint>(), settled: new Map<string, bigint>() }
          budgets.set(budget, sums)
          for (const { share, outstandingNano, settledNano } of shares) {
            const id = `${me}|${share}`
            if (outstandingNano === 0n) sums.open.delete(id)
            else sums.open.set(id, outstandingNano)
            if (settledNano > 0n) sums.settled.set(id, (sums.settled.get(id) ?? 0n) + settledNano)
          }
        }
        return { wasKnown, views: changes.map(({ budget }) => viewFor(me, budget)) }
      }
    }),
    /** Its time is over. */
    end(me: string): void {
      known.delete(me)
      for (const { open } of budgets.values()) for (const id of open.keys()) if (id.startsWith(`${me}|`)) open.delete(id)
    },
    setAway: (away: boolean) => void (isAway = away),
    /** As one that is started anew without its data. */
    empty(): void {
      budgets.clear()
      known.clear()
      epoch++
    },
    open: () => [...budgets.values()].flatMap(({ open }) => [...open.values()]).reduce((sum, nano) => sum + nano, 0n)
  }
}
