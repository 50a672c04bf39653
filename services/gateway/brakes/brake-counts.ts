import type { Clock } from '../../platform/clock.ts'
import { within } from '../../platform/within.ts'

/** What is counted of a key: its names are its own, and no two keys share one. */
interface Counted {
  name: string
  /** From here on it is too much. */
  threshold: bigint
  /** Whether it begins anew once it is too much, since what it counts is stopped then. */
  clears: boolean
}

/** A sum over the last `windowMs`. */
export interface SumAsk extends Counted {
  windowMs: number
  /** To be added now; 0 only looks. */
  amount: bigint
}

/** How many times in a row the same was seen. */
export interface RunAsk extends Counted {
  /** A hash of what was seen just now. */
  mark: string
}

export interface CountReply {
  /** With what was added. */
  count: bigint
  isReached: boolean
  /** It is reached, and was not when somebody last looked. */
  isNews: boolean
}

/** Sums and runs of keys, which end by themselves. */
export interface BrakeCounts {
  sums: (keyId: string, asks: readonly SumAsk[]) => Promise<CountReply[]>
  run: (keyId: string, ask: RunAsk) => Promise<CountReply>
}

/** Where all replicas count together. Rejects when it is away. */
export type SharedBrakeCounts = BrakeCounts

/** A window counts in so many slices: what is older than all of them is gone, so a sum is of 59/60 of the window at least. */
export const SLICES = 60

/** A run that nobody goes on with for so long is over. */
export const RUN_KEPT_MS = 3_600_000

/** Of all keys together, and of one of them: whoever makes up names pushes out their own first. */
const MOST = 10_000
const MOST_OF_KEY = 500

interface Sum {
  kind: 'sum'
  /** Amounts by the number of their slice, the oldest first. */
  slices: Map<number, bigint>
  isTold: boolean
}

interface Run {
  kind: 'run'
  mark: string
  length: bigint
  seenAt: number
}

/** By key and name; the least recently used are dropped where there are too many. */
class KeptCounts<Kept> {
  readonly #keys = new Map<string, Map<string, Kept>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Counts as a use. */
  take(keyId: string, name: string): Kept | undefined {
    const own = this.#keys.get(keyId)
    const kept = own?.get(name)
    if (own === undefined || kept === undefined) return undefined
    this.#keys.delete(keyId)
    this.#keys.set(keyId, own)
    own.delete(name)
    own.set(name, kept)
    return kept
  }

  put(keyId: string, name: string, kept: Kept): void {
    this.drop(keyId, name)
    const own = this.#keys.get(keyId) ?? new Map<string, Kept>()
    if (own.size >= MOST_OF_KEY) this.#dropOldest(keyId, own)
    this.#keys.delete(keyId)
    this.#keys.set(keyId, own)
    own.set(name, kept)
    this.#size++
    while (this.#size > MOST) {
      const [oldest] = this.#keys
      if (oldest === undefined) break
      this.#dropOldest(...oldest)
    }
  }

  drop(keyId: string, name: string): void {
    const own = this.#keys.get(keyId)
    if (own === undefined || !own.delete(name)) return
    this.#size--
    if (own.size === 0) this.#keys.delete(keyId)
  }

  #dropOldest(keyId: string, own: Map<string, Kept>): void {
    const [name] = own.keys()
    if (name !== undefined) this.drop(keyId, name)
  }
}

/** The counts of one process, by the clock that is never set. Bounded, whatever names come. */
export function createProcessBrakeCounts(clock: Pick<Clock, 'uptime'>) {
  const kept = new KeptCounts<Sum | Run>()

  function addSum(keyId: string, { name, windowMs, amount, threshold, clears }: SumAsk): CountReply {
    const known = kept.take(keyId, name)
    const sum: Sum = known?.kind === 'sum' ? known : { kind: 'sum', slices: new Map(), isTold: false }
    const slice = Math.floor((clock.uptime() * SLICES) / windowMs)
    for (const old of sum.slices.keys()) {
      if (old > slice - SLICES) break
      sum.slices.delete(old)
    }
    if (amount > 0n) sum.slices.set(slice, (sum.slices.get(slice) ?? 0n) + amount)
    const count = [...sum.slices.values()].reduce((total, part) => total + part, 0n)
    const isReached = count >= threshold
    const isNews = isReached && !sum.isTold
    sum.isTold = isReached
    if (sum.slices.size === 0 || (isReached && clears)) kept.drop(keyId, name)
    else if (known !== sum) kept.put(keyId, name, sum)
    return { count, isReached, isNews }
  }

  function addToRun(keyId: string, { name, mark, threshold, clears }: RunAsk): CountReply {
    const known = kept.take(keyId, name)
    const now = clock.uptime()
    const goesOn = known?.kind === 'run' && known.mark === mark && now - known.seenAt < RUN_KEPT_MS
    const count = goesOn ? known.length + 1n : 1n
    const isReached = count >= threshold
    if (isReached && clears) kept.drop(keyId, name)
    else kept.put(keyId, name, { kind: 'run', mark, length: count, seenAt: now })
    return { count, isReached, isNews: isReached && (clears || count === threshold) }
  }

  return {
    sums: async (keyId: string, asks: readonly SumAsk[]) => asks.map((ask) => addSum(keyId, ask)),
    run: async (keyId: string, ask: RunAsk) => addToRun(keyId, ask),
    /** Has a count begin anew. */
    forget: (keyId: string, name: string) => kept.drop(keyId, name),
    size: () => kept.size
  }
}

/** A Redis that does not answer costs a request this long, and no more. */
const PATIENCE_MS = 500

interface ResilientOptions {
  clock: Clock
  local: BrakeCounts
  /** Null without a Redis. */
  shared: () => SharedBrakeCounts | null
}

/** Counts in both, and goes by what replicas have counted together; while that is away, by what this process has. Never rejects. */
export function createBrakeCounts({ clock, local, shared }: ResilientOptions): BrakeCounts {
  async function inBoth<Reply>(count: (counts: BrakeCounts) => Promise<Reply>): Promise<Reply> {
    const here = await count(local)
    const counts = shared()
    if (counts === null) return here
    let together: Reply | null = null
    const asking = count(counts).then(
      (reply) => {
        together = reply
      },
      () => {}
    )
    await within(clock, PATIENCE_MS, asking)
    return together ?? here
  }

  return {
    sums: async (keyId, asks) => (asks.length === 0 ? [] : await inBoth((counts) => counts.sums(keyId, asks))),
    run: async (keyId, ask) => await inBoth((counts) => counts.run(keyId, ask))
  }
}
