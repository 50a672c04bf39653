import { isDeepStrictEqual } from 'node:util'
import type { ChangeTopic } from '../platform/database/change-listener.ts'
import { choiceSchema, flag, objectOf, type Field, type Fields } from './field.ts'
import type { Schema } from '../platform/json-schema.ts'

/** The definition of a kind of row; anything beyond it is in its folder. */
export interface Definition<F extends Fields = Fields> {
  /** The singular name: `proxy`. Audit actions and subjects begin with it. */
  kind: string
  /** The same with its article. */
  one: string
  /** The plural name, used for the file's list and the path. */
  plural: string
  table: string
  /** The topic of notices about changes. */
  topic: ChangeTopic
  /** The field by which it is known, or its id. */
  known: (keyof F & string) | 'id'
  fields: F
  /** Its id, if that is not a number of its own. */
  id?: { column: string; schema: Schema & { readonly pattern: string } }
  /** How it is named to people; by default, the value of that field. */
  nameOf?: (row: Values) => string
  /** The database itself counts versions. */
  isCounted?: true
  newestFirst?: true
}

type Simple<T> = { [K in keyof T]: T[K] }
type Value<F extends Field> = NonNullable<F['value']>

/** The values of a file's entry or of a request that creates a row. */
export type Entry<D extends Definition> = Simple<
  {
    [N in keyof D['fields'] as NonNullable<D['fields'][N]['given']> extends 'required' ? N : never]: Value<D['fields'][N]>
  } & {
    [N in keyof D['fields'] as NonNullable<D['fields'][N]['given']> extends 'optional' | 'defaulted' ? N : never]?: Value<
      D['fields'][N]
    >
  }
>

/** A row as in a response. */
export type RowOf<D extends Definition> = Simple<
  { id: string; version: number } & {
    [N in keyof D['fields']]: 'optional' extends D['fields'][N]['given'] ? Value<D['fields'][N]> | null : Value<D['fields'][N]>
  }
>

/** Fields as they are on the wire; null is none. */
export type Values = Record<string, unknown>

/** Rows of a user of which nothing tells one from another but its number. */
export const NUMBERED = {
  known: 'id',
  nameOf: ({ user_email: email, id }: Values) => `${String(email)}/${String(id)}`,
  newestFirst: true
} as const

/** For secrets, only that they changed is shown. */
export interface FieldChange {
  /** As in the declarative file. */
  field: string
  from: string
  to: string
}

const CLOSED = { additionalProperties: false, description: 'a JSON object' }

export function pickFields(fields: Fields, is: (field: Field, name: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name, field]) => is(field, name)))
}

export const declaredFields = ({ fields }: Definition) => pickFields(fields, ({ file }) => file !== false)

/** A row in the terms of a plan: the fields of its entry, including those from the enclosing entry. */
export const plannedFields = ({ fields }: Definition) =>
  pickFields(fields, ({ file, inherited }) => file !== false || inherited === true)

export const nameOf = ({ known, nameOf: named }: Definition, row: Values): string => named?.(row) ?? String(row[known])

/** The entry of a declarative file. */
export const entrySchema = (definition: Definition): Schema =>
  objectOf(declaredFields(definition), { additionalProperties: false, description: 'a mapping' })

const isGiven = (giver: Field['create'], who: 'operators' | 'owner') =>
  giver !== 'nobody' && (who === 'operators' || giver === 'owner')

/** The body of a request that creates a row. */
export function createSchema({ fields }: Pick<Definition, 'fields'>, who: 'operators' | 'owner' = 'operators'): Schema {
  const given = pickFields(fields, ({ create }) => isGiven(create, who))
  return objectOf(documented({ ...asked(given), ...confirmations(given) }), CLOSED)
}

/** What else a request must say about some of its fields. */
const confirmations = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, { confirmed }]) =>
      confirmed === undefined ? [] : [[confirmed.by, flag({ meaning: `true with \`${name}\`, which ${confirmed.why}` })]]
    )
  )

/** The body of a request that changes one: the fields it names; null sets the default. */
export function changeSchema({ fields }: Pick<Definition, 'fields'>, who: 'operators' | 'owner' = 'operators'): Schema {
  const given = pickFields(fields, ({ change }) => isGiven(change, who))
  const changed = Object.fromEntries(Object.entries(asked(given)).map(([name, field]) => [name, changedField(field)]))
  return objectOf(documented({ ...changed, ...confirmations(given) }), { ...CLOSED, required: [] })
}

function changedField(field: Field): Field {
  if (field.parts !== undefined) return { ...field, schema: { ...field.schema, ...changedParts(field.parts) } }
  return { ...field, schema: isClearable(field) ? orNull(field.schema) : field.schema }
}

const changedParts = (parts: Fields) => ({
  properties: Object.fromEntries(Object.entries(parts).map(([name, { schema }]) => [name, orNull(schema)]))
})

const orNull = (schema: Schema): Schema => ({
  anyOf: [schema, { type: 'null' }],
  description: `${schema.description ?? 'something else'}, or null`
})

/** Whether null sets its default. */
const isClearable = ({ required, kept, type, none }: Field) => !required && !kept && (type !== 'secret' || none !== undefined)

/** A field's meaning tells readers of the document more than its rules. */
const documented = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, { ...field, schema: { ...field.schema, meaning: field.meaning } }])
  )

/** As allowed in a request. */
const asked = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { ...field, schema: field.asked ?? field.schema }]))

/** A row as in a response. */
export function rowSchema({ fields }: Definition, who: 'operators' | 'owner' = 'operators'): Schema {
  const seen = Object.entries(shownFields(fields, who)).map(([name, field]) => [name, responseSchema(field)])
  const properties = { id: { type: 'string' }, ...Object.fromEntries(seen), version: { type: 'integer' } }
  return { type: 'object', properties, required: Object.keys(properties) }
}

export const shownFields = (fields: Fields, who: 'operators' | 'owner') =>
  pickFields(
    fields,
    ({ shown, type, answered }) =>
      (type !== 'secret' || answered !== undefined) && shown !== 'nobody' && (who === 'operators' || shown === undefined)
  )

/** Rules for input do not apply to stored values. */
function responseSchema(field: Field): Schema {
  const { answered, meaning: description } = field
  if (answered !== undefined) return { ...answered, description }
  const schema = shapeOf(field)
  return { ...(mayBeNull(field) ? { anyOf: [schema, { type: 'null' }] } : schema), description }
}

const mayBeNull = ({ nullable, required, default: byDefault = null, kept, parts }: Field) =>
  nullable === true || (required !== true && byDefault === null && !kept && parts === undefined)

function shapeOf({ type, schema, parts, create }: Field): Schema {
  if (parts === undefined && (create === 'nobody' || type === 'object')) return schema
  if (type === 'json') return { type: 'object', additionalProperties: true }
  if (type === 'list') return { type: 'array', items: { type: 'string' } }
  if (type === 'mapping') return { type: 'object', additionalProperties: { type: 'string' } }
  if (parts === undefined) return { type: schema['type'] }
  const properties = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, responseSchema(part)]))
  return { type: 'object', properties, required: Object.keys(parts) }
}

/** The fields that a list can be filtered by. */
export const filterSchemas = ({ fields }: Definition): Record<string, Schema> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, { filter, schema }]): [string, Schema][] => {
      if (filter === undefined) return []
      return [[name, filter === true ? schema : choiceSchema(filter)]]
    })
  )

/** The fields that a list is searched in, by their names. */
export const searchedFields = ({ fields }: Pick<Definition, 'fields'>): Fields =>
  pickFields(fields, ({ searched }) => searched === true)

/** The fields that a list can be sorted by. */
export const sortedFields = ({ fields }: Pick<Definition, 'fields'>): Fields =>
  pickFields(fields, ({ sorted }) => sorted !== undefined)

/** Whether it is set by anybody but Sluice itself. */
const isSet = ({ create, change, file }: Field) => create !== 'nobody' || change !== 'nobody' || file !== false

/** The row that an entry describes: fields left out have their default, or stay if they are also set at run time. */
export function wantedValues({ fields }: Pick<Definition, 'fields'>, entry: Values, stored: Values | undefined): Values {
  return Object.fromEntries(
    Object.entries(pickFields(fields, isSet)).map(([name, field]) => {
      const given = entry[name] ?? null
      if (given !== null && !(field.once && stored !== undefined)) return [name, normalValue(field, given)]
      if ((field.kept || field.once || field.type === 'secret') && stored !== undefined) return [name, stored[name]]
      return [name, field.parts === undefined ? (field.default ?? null) : normalValue(field, {})]
    })
  )
}

function normalValue(field: Field, value: unknown): unknown {
  if (field.parts !== undefined) return wantedValues({ fields: field.parts }, value as Values, undefined)
  return field.normal === undefined || field.type === 'secret' ? value : field.normal(value)
}

/** Describes how rows differ. */
export function differencesOf(fields: Fields, from: Values, to: Values): FieldChange[] {
  return Object.entries(pickFields(fields, isSet)).flatMap(([name, field]) => {
    if (field.differ !== undefined) return field.differ(from[name], to[name])
    if (field.type === 'secret') return isSameSecret(field, from[name], to[name]) ? [] : [secretChanged(name)]
    if (field.parts !== undefined) {
      const parts = differencesOf(field.parts, from[name] as Values, to[name] as Values)
      return parts.map((part) => ({ ...part, field: `${name}.${part.field}` }))
    }
    const [before, after] = [textOf(field, from[name]), textOf(field, to[name])]
    return before === after ? [] : [{ field: name, from: before, to: after }]
  })
}

export const secretChanged = (field: string): FieldChange => ({ field, from: '(secret)', to: '(changed)' })

/** Null means a secret that cannot be opened. */
const isSameSecret = ({ normal = String }: Field, from: unknown, to: unknown) =>
  from !== null && to !== null && isDeepStrictEqual(normal(from), normal(to))

/** Describes all fields that are not secret. */
export function textsOf(fields: Fields, values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]): [string, string][] => {
      if (field.type === 'secret') return []
      if (field.parts === undefined) return [[name, textOf(field, values[name])]]
      return Object.entries(textsOf(field.parts, values[name] as Values)).map(([part, text]) => [`${name}.${part}`, text])
    })
  )
}

export function textOf(field: Pick<Field, 'none' | 'words'>, value: unknown): string {
  if (value === null || value === undefined) return field.none ?? 'none'
  if (field.words !== undefined) return field.words(value)
  if (Array.isArray(value)) return setText(value.map(String))
  if (typeof value !== 'object') return typeof value === 'string' ? value : JSON.stringify(value)
  return setText(Object.entries(value).map(([key, entry]) => `${key} → ${String(entry)}`))
}

const setText = (names: readonly string[]) => (names.length === 0 ? 'none' : names.toSorted().join(', '))
