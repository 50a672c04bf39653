import { randomFillSync } from 'node:crypto'

const RANDOM_BYTES = 10
const POOL_BYTES = 256 * RANDOM_BYTES
const VARIANTS = '89ab'
const TIMED_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/**
 * Makes ids of exchanges: UUIDs of version 7 (RFC 9562), which begin with their time. Rows stored by them are then close
 * together, and a trace is found without an index of all ids.
 */
export function createExchangeIds(now: () => number): () => string {
  const pool = Buffer.alloc(POOL_BYTES)
  let used = POOL_BYTES
  return () => {
    if (used === POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    const random = pool.toString('hex', used, used + RANDOM_BYTES)
    used += RANDOM_BYTES
    const time = now().toString(16).padStart(12, '0')
    const variant = VARIANTS[pool[used - 1]! & 3]
    return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 18)}`
  }
}

/** When the id was created, in epoch milliseconds; null if it doesn't say. */
export function timeOfExchangeId(id: string): number | null {
  const [, high, low] = TIMED_ID.exec(id) ?? []
  return high === undefined || low === undefined ? null : Number.parseInt(high + low, 16)
}
