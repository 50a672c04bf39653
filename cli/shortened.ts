import { charactersOf, longestOf } from './characters.ts'

/** Prose is left out before it is shortened further. */
export const LEAST_PROSE = 20

/** What the end of a name has of the room, the first that tells all names apart. */
const ENDS = [1 / 2, 1 / 3, 1 / 5, 0]

/** Takes what is in the middle out of names, and leaves those that differ different, for widths from `least`, `floor` or more, on. */
export function shortNames(texts: readonly string[], floor: number) {
  const names = [...new Set(texts)].map(charactersOf)
  const endsFor = (width: number) => ENDS.find((share) => areApart(names, width, share))
  let least = longestOf(texts)
  while (least > floor && endsFor(least - 1) !== undefined) least -= 1
  return {
    least,
    shorten(width: number) {
      const share = endsFor(width) ?? 0
      return (text: string) => withoutMiddle(charactersOf(text), width, share)
    }
  }
}

const areApart = (names: readonly string[][], width: number, share: number) =>
  new Set(names.map((name) => withoutMiddle(name, width, share))).size === names.length

function withoutMiddle(name: readonly string[], width: number, share: number): string {
  if (name.length <= width) return name.join('')
  const end = Math.floor((width - 1) * share)
  return `${name.slice(0, width - 1 - end).join('')}…${name.slice(name.length - end).join('')}`
}

/** Ends before a word that has no room: half a time or a number would be another one. */
export const shortProse = (width: number) => (text: string) => {
  const characters = charactersOf(text)
  if (characters.length <= width) return text
  const end = characters.slice(0, width - 1).lastIndexOf(' ')
  return `${characters.slice(0, end > 0 ? end : width - 1).join('')}…`
}
