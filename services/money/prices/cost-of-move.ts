import type { PriceBook } from './price-book.ts'

const HOUR_MS = 3_600_000

/**
 * What leaving its account costs a session, in nano-dollars: the tokens that its last request read from the prompt cache
 * have to be written into the new account's cache once more.
 */
export function costOfMove(
  binding: { cacheReadTokens: number; cacheTtlMs: number; model: string | null },
  model: string,
  book: PriceBook,
  at: number
): bigint {
  const { standard } = book.find(binding.model ?? model, at).price
  const write = binding.cacheTtlMs >= HOUR_MS ? standard.cacheWrite1h : standard.cacheWrite5m
  return (BigInt(binding.cacheReadTokens) * (write - standard.cacheRead)) / 1_000_000n
}
