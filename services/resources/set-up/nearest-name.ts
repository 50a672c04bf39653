/** The known name that was probably meant by `name`, or null when none is close. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(2, best.candidate.length / 3) ? best.candidate : null
}

/** What to add to the refusal of `name`: `; did you mean …?`, or nothing when no known name is close. */
export function meantInstead(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === null ? '' : `; did you mean ${nearest}?`
}

/** How many characters must be inserted, removed, replaced or swapped with their neighbour to turn one text into the other. */
export function editDistance(from: string, to: string): number {
  if (from.length > 40) return from.length
  let earlier: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1)
      const isSwapped = from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1]
      const swapped = isSwapped ? (earlier[column - 2] ?? Infinity) + 1 : Infinity
      next.push(Math.min(replaced, swapped, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    earlier = row
    row = next
  }
  return row.at(-1) ?? 0
}
