import { formatUsd, parseUsd } from '../money/prices/money.ts'
import { canonicalJson } from '../platform/canonical-json.ts'
import { EXPECTED, INSTANT, INSTANT_EXPECTED, TIME } from '../platform/given-times.ts'
import type { Schema } from '../platform/json-schema.ts'

/** Operators alone, or also the person whose row it is. */
type Giver = 'operators' | 'owner' | 'nobody'

interface FieldOptions {
  /** What it is, as a phrase: for docs, the OpenAPI document and the command's help. */
  meaning: string
  /** It must be given when a row is created. */
  required?: true
  /** What a row has when it is left out; null, which is none, when nothing is said. */
  default?: unknown
  /** The default in words, where something else decides it. */
  defaultText?: string
  /** How null reads, and what the command takes for it: none, all, never … */
  none?: string
  /** Left out of a file it stays as it is, since it is also set while Sluice runs. */
  kept?: true
  /** It is given when a row is created; a file that says something else later changes nothing. */
  once?: true
  /** Who may give it to create and to change a row, and whether a declarative file may; operators and a file, when nothing is said. */
  create?: Giver
  change?: Giver
  file?: false
  /** Who is shown it; everybody who is shown the row, when nothing is said. */
  shown?: 'operators' | 'nobody'
  /** Lists can be filtered by it, or by these of its values. */
  filter?: true | readonly string[]
  /** Lists can be searched for a part of it. */
  searched?: true
  /** Lists can be sorted by it, as what this says. */
  sorted?: 'text' | 'number' | 'time'
  /** SQL for its place in such a list, of the row `r`, where that is not its value. */
  place?: string
  /** The command's lists have a column of it: rows are known by it, or it is left out first where a terminal is narrow. */
  listed?: true | 'known' | 'lesser'
  /** What it says is a text of any length. */
  isProse?: true
  /** The command's option, and what that takes; called as the field is, when nothing is said. Where it is false there is none. */
  option?: { name?: string; value?: string; help?: string; repeated?: true; unit?: 'days'; byDefault?: string } | false
  /** Its column, where that is called otherwise. */
  column?: string
  /** SQL for it, of the row `r`, where it is not simply the column. */
  select?: string
  /** A file's entry has it from the one that it is in, such as a key's user. */
  inherited?: true
  /** It may be null although it has a default. */
  nullable?: true
  /** How it is answered with, where that is not what is given. */
  answered?: Schema
  /** A time at which something ends: it must lie ahead when a request gives it. */
  isEnd?: true
  /** It follows from the row and the time: the resource computes what is answered of what is selected. */
  computed?: true
  /** It reaches beyond Sluice, in the way that `why` says: whoever gives it has to say `by` as well. */
  confirmed?: Confirmation
}

interface Confirmation {
  /** What a request says with it, which is true. */
  by: string
  why: string
}

/** A column's value; `sql` makes the expression of the value's placeholder. */
export interface Assignment {
  column: string
  value: unknown
  sql?: (placeholder: string) => string
}

/** Whether an entry has it, and a row then does. */
type Given = 'required' | 'defaulted' | 'optional' | 'never'

/** A field's values are as they are on the wire, in a file and in a response alike. */
export interface Field<Value = unknown, How extends Given = Given> extends FieldOptions {
  type: 'text' | 'integer' | 'boolean' | 'list' | 'mapping' | 'object' | 'json' | 'secret'
  schema: Schema
  /** What a request gives, where that is not only what a file may say: a time, as of the moment in which it is asked for. */
  asked?: Schema
  /** One spelling of what is spelt in several ways. */
  normal?(value: Value): Value
  /** Of what the database has, which is not null. */
  read?(stored: unknown): unknown
  /** `row` is the whole row that it is to be of. */
  write?(value: Value | null, column: string, row: Readonly<Record<string, unknown>>): Assignment[]
  /** SQL for whether it is what a placeholder has, where a comparison would not find an index. */
  matches?(placeholder: string): string
  /** There must be such a row. */
  refersTo?: { kind: string; table: string; by: string }
  /** It in words, where it is neither a value nor a set of them. */
  words?(value: unknown): string
  /** How two values differ in words, where texts of both would not say it. */
  differ?(from: unknown, to: unknown): readonly { field: string; from: string; to: string }[]
  /** Of an object. */
  parts?: Fields
  /** The context that a secret of a row of that name is sealed in. */
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

/** Of a list or a mapping that belongs to one thing. */
const MAX_ENTRIES = 1000

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

/** A JSON object whose parts are somebody else's. */
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

/** A decimal in its one spelling. */
const decimal = (value: string) => formatUsd(parseUsd(value))

/** An amount of USD, exact to the nano-dollar; a limit, which is above 0, where no other schema is given. */
export function usd<const O extends FieldOptions>(options: O, schema: Schema = LIMIT): Made<string, O> {
  return { ...text(schema, options), normal: decimal, read: (stored) => decimal(String(stored)) }
}

/** A time in a file, and in a request one as of then besides; shown in UTC with milliseconds. */
export function instant<const O extends FieldOptions>(options: O): Made<string, O> {
  return {
    ...text({ pattern: INSTANT, description: INSTANT_EXPECTED }, options),
    asked: { type: 'string', pattern: TIME, description: EXPECTED[options.isEnd ? 'end' : 'begin'] },
    normal: (value) => new Date(Date.parse(value)).toISOString(),
    read: (stored) => (stored as Date).toISOString(),
    write: (value, column) => [{ column, value: value === null ? null : new Date(Date.parse(value)) }]
  }
}

/** Several amounts, each with a column of its own; one that is left out of a change stays. */
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

/** Names a row of another table, by which that is known; there has to be one. */
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

/** The user whose it is: a file has it under them. */
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

/** The same as it is shown. */
export const ownerEmail = () =>
  shown<string>(
    { type: 'string' },
    { meaning: 'its owner', select: '(select u.email from users u where u.id = r.user_id)', searched: true, listed: 'known' }
  )

/** SQL for the same as stateAt has it, of a row `r`. */
export const stateSelect = (given: string, { startsLater = false, end = 'r.expires_at' } = {}) =>
  `case when ${given} <> 'active' then ${given} when ${end} <= now() then 'expired'
    ${startsLater ? "when r.starts_at > now() then 'upcoming'" : ''} else 'active' end`

/** A time that Sluice keeps itself. */
export const moment = (options: FieldOptions) =>
  shown<string>({ type: ['string', 'null'] }, { ...options, read: (stored) => (stored as Date).toISOString() })

/** A secret, which is stored sealed and shown to nobody. */
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

/** What is only shown: `schema` is of the response. */
export function shown<Value = unknown>(schema: Schema, options: FieldOptions & Pick<Field, 'read'>): Field<Value, 'never'> {
  return { type: 'text', schema, create: 'nobody', change: 'nobody', file: false, ...options }
}

const TEXT_OR_NULL = { type: ['string', 'null'] }
const WINDOW = {
  kind: { type: 'string' },
  limit_usd: TEXT_OR_NULL,
  used_usd: { type: 'string' },
  started_at: TEXT_OR_NULL,
  resets_at: TEXT_OR_NULL
}

/** What the windows of a row have counted, with the limits that they have. What is selected is for windowReports to read. */
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
 * SQL for the windows of a row with their limits, as StoredWindows has them: those of its group `g`, or of a key the narrower of its
 * operators' and its owner's.
 */
export function windowsObject(row: string, limitsOf: string, { total }: { total: boolean }): string {
  const spans = { day: 'daily', week: 'weekly', month: 'monthly' }
  const limitOf = (period: string) =>
    limitsOf === 'g' ? `g.${period}_limit_usd` : `least(${limitsOf}.${period}_limit_usd, ${limitsOf}.own_${period}_limit_usd)`
  const used = Object.entries(spans).map(
    ([kind, period]) =>
      `'${kind}', json_build_object('used', ${row}.${kind}_used_usd::text, 'startedAt', ${row}.${kind}_started_at, 'limit', ${limitOf(period)}::text)`
  )
  if (total) used.push(`'total', json_build_object('used', ${row}.total_used_usd::text, 'limit', ${limitOf('total')}::text)`)
  return `json_build_object('windowAnchor', g.window_anchor, 'timeZone', g.time_zone, ${used.join(', ')})`
}

/** A line that operators write for each other. */
export const note = () =>
  text(
    { pattern: '^[^\\x00-\\x1f]{1,500}$', description: 'a line of 1 to 500 characters' },
    { meaning: 'a note for operators only', none: 'none', shown: 'operators', listed: 'lesser', isProse: true }
  )

/** A JSON Schema of an object that has these fields, all of which may be left out but the required ones. */
export function objectOf(fields: Fields, keywords: Schema): Schema {
  const required = Object.keys(fields).filter((name) => fields[name]?.required)
  const properties = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]))
  return { type: 'object', properties, required, ...keywords }
}
