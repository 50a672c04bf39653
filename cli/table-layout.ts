import { charactersOf, longestOf } from './characters.ts'
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

/**
 * What names keep at least, in characters. Those that rows are known by are to be typed again: they are whole if they are of usual
 * length, and give way further before a table gives up its columns.
 */
const LEAST_NAME = 16
const LEAST_KNOWN_NAMES = [32, LEAST_NAME, 10]

/** Between columns, in characters. */
export const GAP = 2

export const widthOf = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1)

export const naturalWidth = ({ heading, cells }: FilledColumn) => longestOf([heading, ...cells])

/**
 * The columns that have room in `width` characters, with their cells shortened. Null where there is none for what rows are known by:
 * no two of them may look the same.
 */
export function fittedColumns(columns: readonly FilledColumn[], width: number): FilledColumn[] | null {
  const timed = columns.map(withoutMilliseconds)
  for (const leastKnown of LEAST_KNOWN_NAMES) {
    const all = timed.map((column) => measured(column, leastKnown))
    const known = all.filter(({ rank }) => rank === 'known')
    if (widthOf(known.map(({ least }) => least)) > width) continue
    const kept = keptColumns(all, width)
    const widths = widthsFor(kept, width)
    return kept.map((column, index) => ({ ...column, cells: column.cells.map(column.shorten(widths[index] ?? 0)) }))
  }
  return null
}

/**
 * Each row as lines of its own, a heading and its cell in each, with an empty line between rows; and the columns that they have. Names
 * and prose are broken where a line ends. What is lesser is left out, as is all else that has no room and that no row is known by.
 */
export function stackedRows(columns: readonly FilledColumn[], width: number): { lines: string[]; columns: FilledColumn[] } {
  const label = longestOf(columns.map(({ heading }) => heading)) + GAP
  const room = Math.max(1, width - label)
  const isShown = ({ rank, is, cells }: FilledColumn) =>
    rank === 'known' || (rank !== 'lesser' && !isBlank(cells) && (is !== undefined || longestOf(cells) <= room))
  const shown = columns.filter(isShown)
  const lines = Array.from(columns[0]?.cells.keys() ?? [], (row) =>
    shown.flatMap(({ heading, is, cells }) => {
      const cell = cells[row] ?? ''
      const parts = is === undefined ? [cell] : brokenAt(room, cell)
      return cell === '' ? [] : parts.map((part, index) => `${(index === 0 ? heading : '').padEnd(label)}${part}`.trimEnd())
    })
  )
  return { lines: lines.flatMap((of, index) => (index === 0 ? of : ['', ...of])), columns: shown }
}

function brokenAt(room: number, text: string): string[] {
  const characters = charactersOf(text)
  return Array.from({ length: Math.ceil(characters.length / room) }, (_, part) =>
    characters.slice(part * room, (part + 1) * room).join('')
  )
}

const withoutMilliseconds = ({ cells, ...column }: FilledColumn): FilledColumn => ({
  ...column,
  cells: column.is === 'name' ? cells : cells.map((cell) => cell.replace(/(\dT\d\d:\d\d:\d\d)\.\d+Z/g, '$1Z'))
})

const isBlank = (cells: readonly string[]) => cells.every((cell) => cell === '' || cell === '-')

function measured(column: FilledColumn, leastKnown: number): Measured {
  const { heading, cells, is, rank } = column
  const isKnown = rank === 'known'
  const about = {
    ...column,
    natural: naturalWidth(column),
    isBlank: isBlank(cells),
    isLesser: rank === 'lesser' || (isBlank(cells) && !isKnown)
  }
  if (is === undefined) return { ...about, least: about.natural, shorten: () => (cell) => cell }
  const { least, shorten } =
    is === 'name' ? shortNames(cells, isKnown ? leastKnown : LEAST_NAME) : { least: LEAST_PROSE, shorten: shortProse }
  return { ...about, least: Math.max(heading.length, Math.min(least, about.natural)), shorten }
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
