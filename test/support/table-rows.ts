/** The text of each of `count` rows in a table, which may have each on lines of its own. */
export const textsOf = (count: number, lines: readonly string[]): string[] =>
  lines.length === count + 1 ? lines.slice(1) : lines.join('\n').split('\n\n')
