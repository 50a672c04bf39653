import { longestOf } from './characters.ts'
import { LEAST_PROSE, shortNames, shortProse } from './shortened.ts'

export interface Column {
  heading: string
  /**
   * How it gives way where there is no room: the middle of a name goes, as far as all can be told apart, and the end of prose. All
   * else is whole or left out: half an id, a time or a number would be another.
   */
  is?: 'name' | 'prose'
  /** Rows are known by it, or asked for because of it, so that it is never left out; or nothing else gives way for it. */
  rank?: 'known' | 'lesser'
  /** Of numbers, which end on the right. */
  right?: boolean
}

export interface FilledColumn extends Column {
  cells: readonly string[]
}

interface Measured extends FilledColumn {
  natural: number
  /** In characters; it is left out rather than made narrower. */
  least: number
  isBlank: boolean
  isLesser: boolean
  /** To a width from `least` on. */
  shorten: (width: number) => (cell: string) => string
}

/** Most names have no more characters. */
const USUAL_NAME = 32

/** Between columns, in characters. */
export const GAP = 2

export const widthOf = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1)

export const naturalWidth = ({ heading, cells }: FilledColumn) => longestOf([heading, ...cells])

/**
 * The columns that have room in `width` characters, with their cells shortened. What rows are known by takes more than there is
 * rather than that two would look the same.
 */
export function fittedColumns(columns: readonly FilledColumn[], width: number): FilledColumn[] {
  const all = columns.map(withoutMilliseconds).map(measured)
  const kept = keptColumns(knownAtLength(all, width), width)
  const widths = widthsFor(kept, width)
  return kept.map((column, index) => ({ ...column, cells: column.cells.map(column.shorten(widths[index] ?? 0)) }))
}

const withoutMilliseconds = ({ cells, ...column }: FilledColumn): FilledColumn => ({
  ...column,
  cells: column.is === 'name' ? cells : cells.map((cell) => cell.replace(/(\dT\d\d:\d\d:\d\d)\.\d+Z/g, '$1Z'))
})

function measured(column: FilledColumn): Measured {
  const { heading, cells, is, rank } = column
  const natural = naturalWidth(column)
  const isBlank = cells.every((cell) => cell === '' || cell === '-')
  const about = { ...column, natural, isBlank, isLesser: rank === 'lesser' || (isBlank && rank !== 'known') }
  if (is === undefined) return { ...about, least: natural, shorten: () => (cell) => cell }
  const { least, shorten } = is === 'name' ? shortNames(cells) : { least: LEAST_PROSE, shorten: shortProse }
  return { ...about, least: Math.max(heading.length, Math.min(least, natural)), shorten }
}

/** Names that are to be typed again are whole if they are of usual length, unless there are too many of them. */
function knownAtLength(all: readonly Measured[], width: number): readonly Measured[] {
  const longer = all.map((column) =>
    column.rank === 'known' ? { ...column, least: Math.max(column.least, Math.min(column.natural, USUAL_NAME)) } : column
  )
  const known = longer.filter(({ rank }) => rank === 'known')
  return widthOf(known.map(({ least }) => least)) <= width ? longer : all
}

/** Those that say something come first, and the lesser ones after all others. */
function keptColumns(all: readonly Measured[], width: number): Measured[] {
  const kept = new Set(all.filter(({ rank }) => rank === 'known'))
  const order = all.toSorted((a, b) => Number(a.isBlank) - Number(b.isBlank) || Number(a.isLesser) - Number(b.isLesser))
  for (const column of order) {
    const others = Array.from(kept, ({ isLesser, least, natural }) => (column.isLesser && !isLesser ? natural : least))
    if (widthOf([...others, column.least]) <= width) kept.add(column)
  }
  return all.filter((column) => kept.has(column))
}

/** Who gives room first. */
const GIVING = [
  { isLesser: true, is: 'prose' },
  { isLesser: true, is: 'name' },
  { isLesser: false, is: 'prose' },
  { isLesser: false, is: 'name' }
] as const

/** Takes from the widest of those whose turn it is, until all fit. */
function widthsFor(columns: readonly Measured[], width: number): number[] {
  const widths = columns.map(({ natural }) => natural)
  let over = widthOf(widths) - width
  for (const { isLesser, is } of GIVING) {
    while (over > 0) {
      const given = columns.map((column, index) => {
        const now = widths[index] ?? 0
        return column.isLesser === isLesser && column.is === is && now > column.least ? now : 0
      })
      const widest = Math.max(...given)
      if (widest === 0) break
      widths[given.indexOf(widest)] = widest - 1
      over -= 1
    }
  }
  return widths
}
