import type { paths } from '../../api/schema.ts'
import { formatUsd, parseUsd } from '../../../services/money/prices/money.ts'

/** A row of a summary, as operators and people get it. */
export type SummaryRow =
  paths['/admin/v1/usage-summary']['get']['responses'][200]['content']['application/json']['data'][number]

/** What is summed up, exactly: money in nano-dollars. */
export interface Sums {
  charged: bigint
  cost: bigint
  requests: number
  errors: number
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
}

export const sumsOf = (row: SummaryRow): Sums => ({
  charged: parseUsd(row.charged_usd),
  cost: parseUsd(row.cost_usd),
  requests: row.requests,
  errors: row.errors,
  input: row.input_tokens,
  output: row.output_tokens,
  cacheRead: row.cache_read_tokens,
  cacheWrite: row.cache_creation_tokens
})

export const NOTHING: Sums = {
  charged: 0n,
  cost: 0n,
  requests: 0,
  errors: 0,
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0
}

export const add = (a: Sums, b: Sums): Sums => ({
  charged: a.charged + b.charged,
  cost: a.cost + b.cost,
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  input: a.input + b.input,
  output: a.output + b.output,
  cacheRead: a.cacheRead + b.cacheRead,
  cacheWrite: a.cacheWrite + b.cacheWrite
})

/** What is read off sums. */
export type Measure =
  | 'charged'
  | 'cost'
  | 'requests'
  | 'input'
  | 'output'
  | 'cache-read'
  | 'cache-write'
  | 'hit-rate'
  | 'errors'

interface MeasureDefinition {
  label: string
  unit: 'usd' | 'count' | 'share'
  /** What must be known to read it. */
  about?: string
  /** A decimal, exact but for shares, which have four digits as the API's; null where there is nothing to tell it of. */
  of: (sums: Sums) => string | null
}

const counted = (of: (sums: Sums) => number) => (sums: Sums) => String(of(sums))

export const MEASURES: Record<Measure, MeasureDefinition> = {
  charged: {
    label: 'Charged',
    unit: 'usd',
    about: 'List cost times the group’s multiplier. In a group of kind subscription no balance pays it.',
    of: ({ charged }) => formatUsd(charged)
  },
  cost: { label: 'List cost', unit: 'usd', of: ({ cost }) => formatUsd(cost) },
  requests: {
    label: 'Attempts',
    unit: 'count',
    about:
      'Requests sent upstream that may have cost tokens. What was refused is not among them; a request that was tried twice may be two.',
    of: counted(({ requests }) => requests)
  },
  input: { label: 'Input tokens', unit: 'count', of: counted(({ input }) => input) },
  output: { label: 'Output tokens', unit: 'count', of: counted(({ output }) => output) },
  'cache-read': { label: 'Cache reads', unit: 'count', of: counted(({ cacheRead }) => cacheRead) },
  'cache-write': { label: 'Cache writes', unit: 'count', of: counted(({ cacheWrite }) => cacheWrite) },
  'hit-rate': { label: 'Cache hit rate', unit: 'share', of: hitRateOf },
  errors: {
    label: 'Errors',
    unit: 'count',
    about: 'Attempts that the upstream failed or broke off, or that ended when Sluice was killed.',
    of: counted(({ errors }) => errors)
  }
}

export const MEASURE_NAMES = Object.keys(MEASURES) as Measure[]

/** The part of the prompts that was read from the cache; null where there were none. */
function hitRateOf({ input, cacheRead, cacheWrite }: Sums): string | null {
  const prompt = input + cacheWrite + cacheRead
  return prompt === 0 ? null : String(Math.round((cacheRead / prompt) * 10_000) / 10_000)
}
