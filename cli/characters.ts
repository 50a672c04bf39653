const CHARACTERS = new Intl.Segmenter('en')

const isPlain = (text: string) => /^[\x20-\x7e]*$/.test(text)

/** As one sees them: half a one would do more harm than a line that is a little too short. */
export const charactersOf = (text: string): string[] =>
  isPlain(text) ? text.split('') : Array.from(CHARACTERS.segment(text), ({ segment }) => segment)

export const lengthOf = (text: string): number => (isPlain(text) ? text.length : charactersOf(text).length)

/** That of the longest. */
export const longestOf = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0)

/** At most `width` characters of it, from the beginning. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text
  const characters = charactersOf(text)
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}
