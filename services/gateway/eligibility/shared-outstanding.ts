import type { Shares } from './known-spending.ts'

/** What this process says of one budget: all that it has outstanding there, and what of it was settled since it last said so. */
export interface OutstandingChange {
  budget: string
  shares: { share: string; outstandingNano: bigint; settledNano: bigint }[]
}

/** What the other processes have said of it. */
export interface OutstandingView {
  /** Another one when what was known is lost. */
  epoch: string
  /** Reserved, or spent and not settled. */
  outstanding: Shares
  /** All that they have settled since the epoch began. */
  settled: Shares
}

/** What processes have outstanding in their budgets, where all of them see it. */
export interface SharedOutstanding {
  /**
   * Says what has changed and reads, in the same moment, what others have said of the same budgets, in their order. `wasKnown` is false
   * when nothing was known of this process before. Rejects while the server is away: then it may have been done or not.
   */
  publish: (changes: readonly OutstandingChange[]) => Promise<{ wasKnown: boolean; views: OutstandingView[] }>
}
