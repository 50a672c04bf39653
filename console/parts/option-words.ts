import { partOf, textOf, type Draft, type FieldValue, type FormField } from './field.ts'

/** How a command of `sluice` is told the same values. Secrets are no words of a command: it asks for them. */
export function optionWords(values: Draft, fields: readonly FormField[]): string[] {
  return fields.flatMap((field) => (field.name in values ? wordsOf(field, values[field.name]) : []))
}

function wordsOf(field: FormField, value: FieldValue): string[] {
  const { name, kind, option = `--${name.replaceAll('_', '-')}`, none = 'none', isRepeated = false } = field
  if (kind === 'secret') return field.option === undefined ? [] : [option]
  const part = partOf(field)
  if (part !== undefined) return [option, `${part}=${textOf(value) || none}`]
  if (typeof value === 'boolean') return [option, value ? 'yes' : 'no']
  if (value === null || value === undefined) return [option, none]
  if (Array.isArray(value)) {
    const names = value as readonly string[]
    if (names.length === 0) return [option, none]
    return isRepeated ? names.flatMap((entry) => [option, entry]) : [option, names.join(',')]
  }
  if (kind === 'secrets') return Object.keys(value).flatMap((entry) => [option, entry])
  if (typeof value !== 'object') return [option, String(value)]
  const pairs = Object.entries(value)
  return pairs.length === 0 ? [option, none] : pairs.flatMap(([from, to]) => [option, `${from}=${to}`])
}
