/** What a field of the API takes: null is none, and undefined not stated. */
export type FieldValue = string | number | boolean | null | undefined | readonly string[] | Readonly<Record<string, string>>

/** A field of a form, by the name that the API has for it; `spend_limits.daily` is a part of an object. */
export interface FormField<Name extends string = string> {
  name: Name
  label: string
  about?: string
  /** `names`: a list of any names; `some`: some of `choices`; `secrets`: names and what is never shown again; `code`: as it is written. */
  kind: 'line' | 'prose' | 'code' | 'usd' | 'secret' | 'integer' | 'flag' | 'choice' | 'names' | 'some' | 'mapping' | 'secrets'
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
  /** It shares a line with its neighbour. */
  isHalf?: boolean
}

/** The fields of a form: always the same, or by what is given in some of them. */
export type Fields = readonly FormField[] | ((valueOf: (name: string) => FieldValue) => readonly FormField[])

/** Those that a form has now. */
export const fieldsFor = (fields: Fields, valueOf: (name: string) => FieldValue): readonly FormField[] =>
  typeof fields === 'function' ? fields(valueOf) : fields

/** The name of the part that a field is, where it is one. */
export const partOf = ({ name }: Pick<FormField, 'name'>): string | undefined => name.split('.')[1]

/** What a row has in a field. */
export const valueIn = (row: object, name: string): FieldValue =>
  name.split('.').reduce<unknown>((value, part) => (value as Readonly<Record<string, unknown>>)[part], row) as FieldValue

/** A draft as the API takes it: the parts of an object in that, and no space around what is one line. */
export function bodyOf(draft: Draft): Record<string, FieldValue> {
  const body: Record<string, FieldValue> = {}
  for (const [name, given] of Object.entries(draft)) {
    const value = typeof given === 'string' ? given.trim() : given
    const [whole = '', part] = name.split('.')
    body[whole] = part === undefined ? value : { ...(body[whole] as Record<string, string>), [part]: value as string }
  }
  return body
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
