/** What a field of the API takes: null is none, and undefined not stated. */
export type FieldValue = string | number | boolean | null | undefined | readonly string[] | Readonly<Record<string, string>>

/** A field of a form, by the name that the API has for it. */
export interface FormField<Name extends string = string> {
  name: Name
  label: string
  about?: string
  /** `names`: a list of any names; `some`: some of `choices`; `secrets`: names and what is never shown again. */
  kind: 'line' | 'prose' | 'secret' | 'integer' | 'flag' | 'choice' | 'names' | 'some' | 'mapping' | 'secrets'
  /** For `choice` and `some` all there are, for `names` what is suggested. */
  choices?: readonly string[]
  /** What it means where nothing is given: the API is then told null. */
  none?: string
  required?: boolean
  /** For a mapping: what its two sides are called. */
  sides?: readonly [from: string, to: string]
  /** The option of the command that says the same; called as the field is, when nothing is said. */
  option?: string
  /** The option takes one value at a time. */
  isRepeated?: boolean
}

/** Of what is one line or one number; empty for all else. */
export const textOf = (value: FieldValue) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

/** What is asked of a row, by the names of fields. */
export type Draft = Readonly<Record<string, FieldValue>>

/** Both are the same to the API, whatever the order of a mapping's names. */
export function sameValue(a: FieldValue, b: FieldValue): boolean {
  const text = (value: FieldValue) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? JSON.stringify(Object.entries(value).toSorted(([x], [y]) => (x < y ? -1 : 1)))
      : JSON.stringify(value)
  return text(a) === text(b)
}

/** What is given of a draft: neither null nor empty. */
export const givenOf = (draft: Draft): Draft =>
  Object.fromEntries(
    Object.entries(draft).filter(
      ([, value]) =>
        value !== null && value !== undefined && value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0)
    )
  )
