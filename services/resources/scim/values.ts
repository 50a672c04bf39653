import { scimRefused } from './refusals.ts'

const TEXT = /^[^\p{Cc}]{1,256}$/u

const invalid = (attribute: string, expected: string) => scimRefused('invalidValue', `${attribute} must be ${expected}`)

/** A text, or null when there is none. Throws 400. */
export function textOf(attribute: string, value: unknown): string | null {
  const text = value === undefined || value === null ? '' : value
  if (typeof text !== 'string') throw invalid(attribute, 'a text')
  const trimmed = text.trim()
  if (trimmed === '') return null
  if (!TEXT.test(trimmed)) throw invalid(attribute, 'a line of at most 256 characters')
  return trimmed
}

/** A required text. Throws 400. */
export function requiredText(attribute: string, value: unknown): string {
  const text = textOf(attribute, value)
  if (text === null) throw invalid(attribute, 'a text that is not empty')
  return text
}

/** Entra ID sends the texts "True" and "False". Throws 400. */
export function booleanOf(attribute: string, value: unknown): boolean {
  const text = typeof value === 'string' ? value.toLowerCase() : String(value)
  if ((typeof value !== 'string' && typeof value !== 'boolean') || !['true', 'false'].includes(text)) {
    throw invalid(attribute, 'true or false')
  }
  return text === 'true'
}

const ID = /^[1-9]\d{0,17}$/

export const isId = (text: string): boolean => ID.test(text)
