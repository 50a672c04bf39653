import { formatUsd, parseUsd } from '../money/prices/money.ts'
import { canonicalJson } from '../platform/canonical-json.ts'
import { EXPECTED, INSTANT, INSTANT_EXPECTED, TIME } from '../platform/given-times.ts'
import type { Schema } from '../platform/json-schema.ts'

/** Only operators, or also the person whose row it is. */
type Giver = 'operators' | 'owner' | 'nobody'

interface FieldOptions {
  /** Its meaning, as a phrase: for docs, the OpenAPI document and the command's help. */
  meaning: string
  /** Required when a row is created. */
  required?: true
  /** The value when it is left out; by default null, which means none. */
  default?: unknown
  /** The default in words, if something else decides it. */
  defaultText?: string
  /** The word for null, also on the command line: none, all, never … */
  none?: string
  /** If left out of a file it stays as it is, since it is also set at run time. */
  kept?: true
  /** It is set only when a row is created; a different value in a file later changes nothing. */
  once?: true
  /** Who may set it when creating and changing a row, and whether a declarative file may; by default, operators and a file. */
  create?: Giver
  change?: Giver
  file?: false
  /** Who may see it; by default, everybody who may see the row. */
  shown?: 'operators' | 'nobody'
  /** Lists can be filtered by it, or by these of its values. */
  filter?: true | readonly string[]
  /** Lists can be searched for part of it. */
  searched?: true
  /** Lists can be sorted by it, compared as this type. */
  sorted?: 'text' | 'number' | 'time'
  /** SQL for what such a list is sorted by, of the row `r`, if not its value. */
  place?: string
  /** The command's lists have a column for it: rows are known by it, or it is dropped first on a narrow terminal. */
  listed?: true | 'known' | 'lesser'
  /** Its value is a text of any length. */
  isProse?: true
  /** The command's option and its value; by default named after the field. False means no option. */
  option?: { name?: string; value?: string; help?: string; repeated?: true; unit?: 'days'; byDefault?: string } | false
  /** Its column, if named differently. */
  column?: string
  /** SQL for it, of the row `r`, if it is not simply the column. */
  select?: string
  /** In a file, it comes from the enclosing entry, such as a key's user. */
  inherited?: true
  /** It may be null although it has a default. */
  nullable?: true
  /** Its schema in responses, if that differs from input. */
  answered?: Schema
  /** A time at which something ends: it must be in the future when a request sets it. */
  isEnd?: true
  /** It follows from the row and the time: the resource computes the response from what is selected. */
  computed?: true
  /** It affects something beyond Sluice, as `why` says: a request that sets it must also confirm with `by`. */
  confirmed?: Confirmation
}

interface Confirmation {
  /** The field of a request that must be true. */
  by: string
  why: string
}

/** A column's value; `sql` turns the value's placeholder into an expression. */
export interface Assignment {
  column: string
  value: unknown
  sql?: (placeholder: string) => string
}

/** Whether an entry has it, and therefore the row. */
type Given = 'required' | 'defaulted' | 'optional' | 'never'

/** A field's values have the same form on the wire, in a file and in responses. */
export interface Field<Value = unknown, How extends Given = Given> extends FieldOptions {
  type: 'text' | 'integer' | 'boolean' | 'list' | 'mapping' | 'object' | 'json' | 'secret'
  schema: Schema
  /** The schema in requests, if they may say more than a file: a time relative to the moment of the request. */
  asked?: Schema
  /** Normalizes a value that has several spellings. */
  normal?(value: Value): Value
  /** Converts a stored value that is not null. */
  read?(stored: unknown): unknown
  /** `row` is the whole row it will belong to. */
  write?(value: Value | null, column: string, row: Readonly<Record<string, unknown>>): Assignment[]
  /** SQL to compare it with a placeholder, if a plain comparison would not use an index. */
  matches?(placeholder: string): string
  /** The row it refers to must exist. */
  refersTo?: { kind: string; table: string; by: string }
  /** Describes it, if it is neither a value nor a set of values. */
  words?(value: unknown): string
  /** Describes how two values differ, if showing both would not tell. */
  differ?(from: unknown, to: unknown): readonly { field: string; from: string; to: string }[]
  /** Of an object. */
  parts?: Fields
  /** The context in which the secret of the row with that name is sealed. */
  seal?(name: string): string
  /** For types only. */
  value?: Value
  given?: How
}

export type Fields = Readonly<Record<string, Field>>

type Made<Value, O extends FieldOptions> = Field<
  Value,
  O extends { required: true }
    ? 'required'
    : O extends { default: string | number | boolean | object }
      ? 'defaulted'
      : 'optional'
>

/** A list or a mapping that belongs to one thing. */
const MAX_ENTRIES = 1000

/** Of what is only shown. */
export const TEXT = { type: 'string' } as const
export const TEXT_OR_NULL = { type: ['string', 'null'] } as const

export const NAME: Schema = {
  type: 'string',
  pattern: '^[^\\s\\x00-\\x1f](?:[^\\x00-\\x1f]{0,98}[^\\s\\x00-\\x1f])?$',
  description: 'a name of 1 to 100 characters, without spaces around it'
}

export const EMAIL: Schema = {
  type: 'string',
  pattern: '^[^\\s@\\x00-\\x1f]+@[^\\s@\\x00-\\x1f]+$',
  maxLength: 254,
  description: 'an e-mail address'
}

export function text<const O extends FieldOptions>(schema: Schema, options: O): Made<string, O> {
  return { type: 'text', schema: { type: 'string', ...schema }, ...options }
}

export const named = <const O extends FieldOptions>(options: O) => text(NAME, options)

export function choice<const V extends string, const O extends FieldOptions>(values: readonly V[], options: O): Made<V, O> {
  return { type: 'text', schema: choiceSchema(values), ...options }
}

/** Whether a row may be used; disabling is an act of its own, and no option. */
export const activeStatus = <const O extends FieldOptions>(options: O) =>
  choice(['active', 'disabled'], { default: 'active', kept: true, option: false, ...options })

export const choiceSchema = (values: readonly string[]): Schema => ({
  type: 'string',
  enum: values,
  description: values.join(', ').replace(/, ([^,]*)$/, ' or $1')
})

export function integer<const O extends FieldOptions>(schema: Schema, options: O): Made<number, O> {
  return { type: 'integer', schema: { type: 'integer', ...schema }, ...options }
}

export function flag<const O extends FieldOptions>(options: O): Made<boolean, O> {
  return { type: 'boolean', schema: { type: 'boolean', description: 'true or false' }, ...options }
}

export function list<const O extends FieldOptions>(schema: Schema, options: O): Made<string[], O> {
  return { type: 'list', schema: { type: 'array', ...schema }, ...options }
}

export const NAMES: Schema = { items: NAME, maxItems: MAX_ENTRIES, description: `a list of at most ${MAX_ENTRIES} names` }

export const listOf1To100 = (items: Schema, what: string): Schema => ({
  items,
  minItems: 1,
  maxItems: 100,
  description: `a list of 1 to 100 ${what}`
})

export function mapping<const O extends FieldOptions>(options: O): Made<Record<string, string>, O> {
  const schema = {
    type: 'object',
    patternProperties: { '^.*$': NAME },
    maxProperties: MAX_ENTRIES,
    description: `a mapping of at most ${MAX_ENTRIES} requested to actual model names`
  }
  return { type: 'mapping', schema, ...options }
}

/** A JSON object whose content is not defined by Sluice. */
export function json<const O extends FieldOptions>(options: O): Made<Record<string, unknown>, O> {
  return {
    type: 'json',
    schema: { type: 'object', additionalProperties: true, description: 'a JSON object' },
    words: canonicalJson,
    ...options
  }
}

const LIMIT: Schema = {
  pattern: '^(?=.*[1-9])\\d{1,15}(?:\\.\\d{1,9})?$',
  description: 'an amount of USD above 0 with at most 9 decimals'
}

/** A decimal in its normal form. */
const decimal = (value: string) => formatUsd(parseUsd(value))

/** An amount of USD, exact to the nano-dollar; by default a limit, which is above 0. */
export function usd<const O extends FieldOptions>(options: O, schema: Schema = LIMIT): Made<string, O> {
  return { ...text(schema, options), normal: decimal, read: (stored) => decimal(String(stored)) }
}

/** A time; in a request it may also be relative. Shown in UTC with milliseconds. */
export function instant<const O extends FieldOptions>(options: O): Made<string, O> {
  return {
    ...text({ pattern: INSTANT, description: INSTANT_EXPECTED }, options),
    asked: { type: 'string', pattern: TIME, description: EXPECTED[options.isEnd ? 'end' : 'begin'] },
    normal: (value) => new Date(Date.parse(value)).toISOString(),
    read: (stored) => (stored as Date).toISOString(),
    write: (value, column) => [{ column, value: value === null ? null : new Date(Date.parse(value)) }]
  }
}

/** Several amounts, each with its own column; those left out of a change stay. */
export function object<const P extends Fields, const O extends FieldOptions>(
  parts: P,
  options: O
): Made<{ [Part in keyof P]?: NonNullable<P[Part]['value']> }, O> {
  const columns = Object.entries(parts).map(([name, { column = name }]) => [name, column] as const)
  const pairs = columns.map(([name, column]) => `'${name}', trim_scale(r.${column})::text`)
  return {
    type: 'object',
    schema: objectOf(parts, { additionalProperties: false, description: 'a mapping' }),
    parts,
    select: `json_build_object(${pairs.join(', ')})`,
    write: (value) => columns.map(([name, column]) => ({ column, value: (value as Record<string, unknown>)[name] ?? null })),
    ...options
  }
}

const idOf = (table: string, by: string) => (placeholder: string) => `(select id from ${table} where ${by} = ${placeholder})`

/** The name of a row in another table, which must exist. */
export function reference<const O extends FieldOptions & { column: string }>(
  schema: Schema,
  refersTo: { kind: string; table: string; by: string },
  options: O
): Made<string, O> {
  const { table, by } = refersTo
  const sql = idOf(table, by)
  return {
    ...text(schema, options),
    refersTo,
    select: `(select o.${by} from ${table} o where o.id = r.${options.column})`,
    write: (value, column) => [{ column, value, sql }],
    matches: (placeholder) => `r.${options.column} = ${sql(placeholder)}`
  }
}

export const group = <const O extends FieldOptions>(options: O) =>
  reference(NAME, { kind: 'group', table: 'groups', by: 'name' }, { ...options, column: 'group_id' })

/** The user it belongs to: in a file, it is listed under them. */
export const owner = () => ({
  ...reference(
    EMAIL,
    { kind: 'user', table: 'users', by: 'email' },
    {
      meaning: 'its owner’s e-mail address',
      column: 'user_id',
      required: true,
      change: 'nobody',
      file: false,
      shown: 'nobody',
      inherited: true,
      filter: true
    }
  ),
  normal: (email: string) => email.toLowerCase()
})

/** The same of a row that is known by its number alone, and not by whose it is too. */
export function ownerOfNumbered() {
  const { inherited: _, ...user } = owner()
  return user
}

/** Whose it is, as shown. */
export const ownerEmail = () =>
  shown<string>(TEXT, {
    meaning: 'its owner',
    select: '(select u.email from users u where u.id = r.user_id)',
    searched: true,
    listed: 'known'
  })

/** SQL for the state as computed by stateAt, of a row `r`. */
export const stateSelect = (given: string, { startsLater = false, end = 'r.expires_at' } = {}) =>
  `case when ${given} <> 'active' then ${given} when ${end} <= now() then 'expired'
    ${startsLater ? "when r.starts_at > now() then 'upcoming'" : ''} else 'active' end`

/** A time that Sluice itself records. */
export const moment = (options: FieldOptions) =>
  shown<string>(TEXT_OR_NULL, { ...options, read: (stored) => (stored as Date).toISOString() })

/** When the key that a row has was last used. */
export const keyLastUsed = (options: FieldOptions) =>
  moment({ computed: true, select: '(select k.last_used_at from api_keys k where k.id = r.key_id)', ...options })

/** A secret: stored sealed and never shown. */
export function sealed<const O extends FieldOptions>(
  schema: Schema,
  { seal, same, ...options }: O & { seal: (name: string) => string; same: (value: string) => string }
): Made<string, O> & { seal: (name: string) => string } {
  return {
    type: 'secret',
    schema: { type: 'string', ...schema },
    seal,
    normal: same,
    ...(options as unknown as O),
    shown: 'nobody'
  }
}

/** A read-only field: `schema` is that of the response. */
export function shown<Value = unknown>(schema: Schema, options: FieldOptions & Pick<Field, 'read'>): Field<Value, 'never'> {
  return { type: 'text', schema, create: 'nobody', change: 'nobody', file: false, ...options }
}

const WINDOW = {
  kind: TEXT,
  limit_usd: TEXT_OR_NULL,
  used_usd: TEXT,
  started_at: TEXT_OR_NULL,
  resets_at: TEXT_OR_NULL
}

/** The usage and limits of a row's windows. The selected value is read by windowReports. */
export function windows(limitsOf: 'r' | 'g', { total, meaning }: { total: boolean; meaning: string }) {
  return shown(
    { type: 'array', items: { type: 'object', properties: WINDOW, required: Object.keys(WINDOW) } },
    {
      meaning,
      computed: true,
      listed: true,
      isProse: true,
      select: `(select ${windowsObject('r', limitsOf, { total })} from groups g where g.id = r.group_id)`
    }
  )
}

/**
 * SQL for the windows of a row with their limits, as StoredWindows has them: those of its group `g`, or of a key the narrowest of its
 * operators', its owner's and its team's.
 */
export function windowsObject(row: string, limitsOf: string, { total }: { total: boolean }): string {
  const spans = { day: 'daily', week: 'weekly', month: 'monthly' }
  const limitOf = (period: string) =>
    limitsOf === 'g'
      ? `g.${period}_limit_usd`
      : `least(${limitsOf}.${period}_limit_usd, ${limitsOf}.own_${period}_limit_usd, ${limitsOf}.team_${period}_limit_usd)`
  const used = Object.entries(spans).map(
    ([kind, period]) =>
      `'${kind}', json_build_object('used', ${row}.${kind}_used_usd::text, 'startedAt', ${row}.${kind}_started_at, 'limit', ${limitOf(period)}::text)`
  )
  if (total) used.push(`'total', json_build_object('used', ${row}.total_used_usd::text, 'limit', ${limitOf('total')}::text)`)
  return `json_build_object('windowAnchor', g.window_anchor, 'timeZone', g.time_zone, ${used.join(', ')})`
}

/** A note that operators write for each other. */
export const note = () =>
  text(
    { pattern: '^[^\\x00-\\x1f]{1,500}$', description: 'a line of 1 to 500 characters' },
    { meaning: 'a note for operators only', none: 'none', shown: 'operators', listed: 'lesser', isProse: true }
  )

/** A JSON Schema of an object with these fields, all optional except the required ones. */
export function objectOf(fields: Fields, keywords: Schema): Schema {
  const required = Object.keys(fields).filter((name) => fields[name]?.required)
  const properties = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]))
  return { type: 'object', properties, required, ...keywords }
}
