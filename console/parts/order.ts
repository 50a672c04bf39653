/** The order in which the API lists rows, as it is asked for: `email`, or `-email` for the other way around. */
export interface Order {
  sort: string | undefined
  onSort: (sort: string | undefined) => void
}

export const ARROWS = { asc: '↑', desc: '↓' }

/** The same the other way around. */
export const reversed = (sort: string) => (sort.startsWith('-') ? sort.slice(1) : `-${sort}`)

const directionOf = (sort: string) => (sort.startsWith('-') ? 'desc' : 'asc')

/** Such as `Balance ↓`. */
export const orderName = (header: string, sort: string) => `${header} ${ARROWS[directionOf(sort)]}`

interface SortedColumn {
  direction: 'asc' | 'desc' | false
  /** Undefined where the API does not sort by it. */
  toggle: (() => void) | undefined
}

/** A column in an order: one way, then the other, then as the API lists rows by itself. `first` is the order by it that is asked for first. */
export function orderBy({ sort, onSort }: Order, first: string | undefined): SortedColumn {
  if (first === undefined) return { direction: false, toggle: undefined }
  if (sort === first) return { direction: directionOf(sort), toggle: () => onSort(reversed(first)) }
  if (sort === reversed(first)) return { direction: directionOf(sort), toggle: () => onSort(undefined) }
  return { direction: false, toggle: () => onSort(first) }
}
