import type { PricedModel } from './model-prices.tsx'

/** What tokens of each kind cost, in the order in which it is shown. */
export const RATES = [
  { name: 'input', label: 'Input' },
  { name: 'output', label: 'Output' },
  { name: 'cache_write_5m', label: 'Cache write, 5 min' },
  { name: 'cache_write_1h', label: 'Cache write, 1 h' },
  { name: 'cache_read', label: 'Cache read' }
] as const satisfies readonly { name: keyof PricedModel['usd_per_mtok']; label: string }[]
