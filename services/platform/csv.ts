/** A line of RFC 4180 without its end; null is an empty field. */
export function csvLine(values: readonly unknown[]): string {
  return values.map(fieldOf).join(',')
}

function fieldOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? harmless(value) : JSON.stringify(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Names of models come from clients, and what begins like a formula is run by spreadsheets. */
const harmless = (text: string) => (/^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text)
