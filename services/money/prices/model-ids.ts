const DATED_ID = /-(\d{4})(\d{2})(\d{2})$/

/** An id as it is compared: in lower case, and without the `[1m]` by which Claude Code asks for the long context. */
export const normalId = (modelId: string) => modelId.toLowerCase().replace(/\[1m\]$/, '')

export const withoutDate = (id: string) => id.replace(DATED_ID, '')

/** The day of its release that an id ends in, as YYYY-MM-DD; null when it has none. */
export function releaseDateOf(id: string): string | null {
  const [, year, month, day] = DATED_ID.exec(id) ?? []
  return year === undefined ? null : `${year}-${month}-${day}`
}

/** Whether two ids name one model, which has one with the day of its release and one without. */
export const isSameModel = (one: string, other: string) => withoutDate(normalId(one)) === withoutDate(normalId(other))

/** The names under which a list or a book may have a model, the one that counts most first; never prefixes. */
export function namesOf(modelId: string): readonly [own: string, undated: string] {
  const own = normalId(modelId)
  return [own, withoutDate(own)]
}

/**
 * The entry of an operator's list that means the model: the one that is written alike, else as the price book finds models, by
 * its own id before that without its date. Null when none does.
 */
export function entryFor(entries: readonly string[], modelId: string): string | null {
  if (entries.includes(modelId)) return modelId
  for (const name of namesOf(modelId)) {
    const entry = entries.find((candidate) => normalId(candidate) === name)
    if (entry !== undefined) return entry
  }
  return null
}
