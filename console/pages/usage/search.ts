import { MEASURES, type Measure } from './measures.ts'
import { DIMENSIONS, type Dimension } from './members.ts'
import { isZone } from './zones.ts'

/** What requests and sums are narrowed down to. One of several names is enough. */
export interface UsageFilters {
  user?: string[]
  key?: string[]
  group?: string[]
  account?: string[]
  team?: string[]
  model?: string[]
  /** See rangeOf; without one, the page's own. */
  range?: string
}

/** The names that filters go by. */
export const FILTER_NAMES = ['user', 'key', 'group', 'account', 'team', 'model'] as const
export type FilterName = (typeof FILTER_NAMES)[number]

/** All that the page of usage shows, as it stands in the URL: what is left out is the page's own choice. */
export interface UsageSearch extends UsageFilters {
  rows?: Dimension
  columns?: Dimension | 'none'
  measure?: Measure
  /** An IANA time zone; without one, the reader's. */
  zone?: string
}

const isDimension = (value: unknown): value is Dimension => (DIMENSIONS as readonly unknown[]).includes(value)

/** The filters of a URL; what cannot be one is left out. */
export function readFilters(search: Record<string, unknown>): UsageFilters {
  const filters: UsageFilters = {}
  for (const name of FILTER_NAMES) {
    const names = textsOf(search[name])
    if (names.length > 0) filters[name] = names
  }
  if (typeof search['range'] === 'string') filters.range = search['range']
  return filters
}

/** A name may look like a number or a list of one. */
function textsOf(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  const texts = values.filter((part) => ['string', 'number', 'boolean'].includes(typeof part)).map(String)
  return [...new Set(texts)].filter((text) => text !== '')
}

export const readZone = ({ zone }: Record<string, unknown>): { zone?: string } =>
  typeof zone === 'string' && isZone(zone) ? { zone } : {}

export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const { rows, columns, measure } = search
  return {
    ...readFilters(search),
    ...readZone(search),
    ...(isDimension(rows) ? { rows } : {}),
    ...(isDimension(columns) || columns === 'none' ? { columns } : {}),
    ...(typeof measure === 'string' && Object.hasOwn(MEASURES, measure) ? { measure: measure as Measure } : {})
  }
}

/** A search with changes, and without one of what it had; a filter of no names is none. */
export function changed<Search extends object>(search: Search, changes: Partial<Search>, without?: keyof Search): Search {
  const next = { ...search }
  if (without !== undefined) delete next[without]
  Object.assign(next, changes)
  for (const name of Object.keys(next) as (keyof Search)[]) {
    const value = next[name]
    if (Array.isArray(value) && value.length === 0) delete next[name]
  }
  return next
}
