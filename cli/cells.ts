type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as a cell of a table, never as JSON. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (Array.isArray(value)) {
    const entries = value.map((entry) => (isFields(entry) ? entryOf(entry) : cellOf(entry)))
    return entries.join(value.some(isFields) ? '; ' : ', ') || '-'
  }
  if (!isFields(value)) return typeof value === 'string' ? value : JSON.stringify(value)
  const parts = Object.entries(value).filter(([, part]) => part !== null)
  return parts.map(([name, part]) => `${name}: ${cellOf(part)}`).join(', ') || '-'
}

/** What was used of a limit is said in short. */
function entryOf(entry: Fields): string {
  const { kind, limit_usd: limit, used_usd: used } = entry
  if (typeof kind !== 'string' || typeof used !== 'string') return cellOf(entry)
  return typeof limit === 'string' ? `${kind} ${used} of ${limit}` : `${kind} ${used}`
}

/** The windows that have a limit, or all where none has, in short. */
export function usedOf(value: unknown): string {
  const windows = Array.isArray(value) ? (value as Fields[]) : []
  const limited = windows.filter((window) => typeof window['limit_usd'] === 'string')
  return cellOf(limited.length > 0 ? limited : windows.filter((window) => window['used_usd'] !== '0'))
}

/** A field as lines: one for each part of an object, and for each entry of a list and its parts; none for what is not set. */
export function linesOf(field: string, value: unknown): [field: string, value: string][] {
  if (value === null || value === undefined) return []
  if (isFields(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([part, inner]) => linesOf(`${field}.${part}`, inner))
  }
  if (!Array.isArray(value) || value.length === 0) return [[field, cellOf(value)]]
  if (value.every(isFields)) return entryLines(field, value)
  return value.map((entry, index): [string, string] => [index === 0 ? field : '', cellOf(entry)])
}

/** By what tells them apart, or else by number. */
function entryLines(field: string, entries: readonly Fields[]): [field: string, value: string][] {
  const label = ['name', 'kind'].find((part) => new Set(entries.map((entry) => entry[part] ?? '')).size === entries.length)
  return entries.flatMap((entry, index) => {
    const { [label ?? '']: said = index + 1, ...parts } = entry
    return linesOf(`${field}.${String(said)}`, parts)
  })
}
