import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import { RECENT_COSTS } from '../../money/prices/request-estimate.ts'
import { modelFamily } from '../accounts/model-family.ts'

/** What keys' requests have cost lately, by the family of their model. */
export interface RecentCosts {
  /** List costs in nano-dollars, the latest last; at most RECENT_COSTS. */
  of: (keyId: string, model: string) => readonly bigint[]
  note: (keyId: string, model: string, costNano: bigint) => void
}

const NONE: readonly bigint[] = []

/** In memory only, and bounded: who is forgotten is estimated by the size of the request again. */
export function createRecentCosts({ maxSeries = 10_000 }: { maxSeries?: number } = {}): RecentCosts {
  const series = new LRUCache<string, readonly bigint[]>(atMost(maxSeries))
  const nameOf = (keyId: string, model: string) => `${keyId} ${modelFamily(model)}`
  return {
    of: (keyId, model) => series.get(nameOf(keyId, model)) ?? NONE,
    note(keyId, model, costNano) {
      if (costNano <= 0n) return
      const name = nameOf(keyId, model)
      series.set(name, [...(series.get(name) ?? NONE), costNano].slice(-RECENT_COSTS))
    }
  }
}
