import { textArray } from '../platform/database/array-literals.ts'
import { containing, createConditions, ID_PATTERN, readCursor, toPage } from '../platform/database/pages.ts'
import type { Bind, Page, PageRequest } from '../platform/database/pages.ts'
import type { Queryable } from '../platform/database/queryable.ts'
import type { Versioned } from '../platform/database/versioned.ts'
import { searchedFields, shownFields, sortedFields, type Definition, type RowOf, type Values } from './definition.ts'
import type { Assignment, Field, Fields } from './field.ts'

/** A row as operators see it, in the wire's terms. */
export type Row = Versioned<{ id: string } & Values>

const expressionOf = (name: string, { select, column = name }: Field) => select ?? `r.${column}`

const selectionOf = (fields: Fields) =>
  Object.entries(fields).map(([name, field]) => `${expressionOf(name, field)} as "${name}"`)

const seen = ({ fields }: Definition) => shownFields(fields, 'operators')

const idColumn = ({ id }: Definition) => id?.column ?? 'id'

function selectOf(definition: Definition, fields: Fields, more: readonly string[] = []): string {
  const selected = [`r.${idColumn(definition)} as id`, ...selectionOf(fields), 'r.version::integer as version', ...more]
  return `select ${selected.join(', ')} from ${definition.table} r`
}

function toRow(fields: Fields, stored: Row): Row {
  return { ...stored, ...readValues(fields, stored) }
}

const readValues = (fields: Fields, stored: Values): Values =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, { read, parts }]): [string, unknown][] => {
      const value = stored[name]
      if (value === null) return []
      if (parts !== undefined) return [[name, { ...(value as Values), ...readValues(parts, value as Values) }]]
      return read === undefined ? [] : [[name, read(value)]]
    })
  )

const orderOf = (definition: Definition) => `order by r.${idColumn(definition)}${definition.newestFirst ? ' desc' : ''}`

/** All rows, in the order of creation, with the given fields. */
export async function listRows<D extends Definition>(db: Queryable, definition: D): Promise<(Row & RowOf<D>)[]>
export async function listRows(db: Queryable, definition: Definition, fields: Fields): Promise<Row[]>
export async function listRows(db: Queryable, definition: Definition, fields: Fields = seen(definition)): Promise<Row[]> {
  const { rows } = await db.query<Row>(`${selectOf(definition, fields)} ${orderOf(definition)}`)
  return rows.map((row) => toRow(fields, row))
}

/** What rows `r` are sorted by: SQL that is never null. */
export interface SortKey {
  by: (bind: Bind) => string
  isNumber: boolean
}

/** The fields that a list can be sorted by. Missing values, such as the last use of something never used, come lowest. */
export const sortKeysOf = (definition: Definition): Record<string, SortKey> =>
  Object.fromEntries(
    Object.entries(sortedFields(definition)).map(([name, field]): [string, SortKey] => {
      const sql = field.place ?? expressionOf(name, field)
      const by = field.sorted === 'time' ? `coalesce((extract(epoch from ${sql}) * 1000000)::bigint, -1)` : sql
      return [name, { by: () => by, isNumber: field.sorted !== 'text' }]
    })
  )

export interface Sorting {
  key: SortKey
  isDescending: boolean
  /** The order as requested: a page continues only from one with the same order. */
  name: string
}

export interface ListRequest extends PageRequest {
  /** A text that a searched field must contain. */
  search?: string | undefined
  sorting?: Sorting | null
}

/** No field has this name. */
const PLACE = ' place'

const TEXT = /^[^\0]*$/
const NUMBER = /^-?\d{1,30}(?:\.\d{1,9})?$/

/**
 * In the order of creation, or the newest first where the definition says so, unless another order is requested; `filters` are
 * values of fields. Each row is in exactly one page, unless its own place in the order changes meanwhile. Throws
 * InvalidCursorError.
 */
export async function pageRows(
  db: Queryable,
  definition: Definition,
  filters: Values,
  { limit, cursor, search, sorting = null }: ListRequest
): Promise<Page<Row>> {
  const fields = seen(definition)
  const conditions = createConditions()
  for (const [name, field] of Object.entries(definition.fields)) {
    const filter = filters[name] ?? null
    conditions.add(
      filter === null ? null : (field.normal?.(filter) ?? filter),
      (value) => field.matches?.(value) ?? `${expressionOf(name, field)} = ${value}`
    )
  }
  conditions.add(search === undefined ? null : containing(search), (value) => {
    const searched = Object.entries(searchedFields(definition)).map(([name, field]) => expressionOf(name, field))
    return `(${searched.map((sql) => `${sql} ilike any (${value})`).join(' or ')})`
  })
  const id = `r.${idColumn(definition)}`
  const idPattern = definition.id === undefined ? ID_PATTERN : new RegExp(definition.id.schema.pattern)
  const isDescending = sorting?.isDescending ?? definition.newestFirst === true
  const order = sorting === null ? [id] : ['s.place', id]
  // Computed once, not wherever it is named: it may be a sum.
  const place = sorting === null ? '' : `cross join lateral (select ${sorting.key.by(conditions.bind)} as place offset 0) s`
  if (cursor !== null) {
    const patterns = sorting === null ? [] : [new RegExp(`^${sorting.name}$`), sorting.key.isNumber ? NUMBER : TEXT]
    const last = readCursor(cursor, [...patterns, idPattern]).slice(-order.length)
    const values = last.map(conditions.bind)
    conditions.require(`(${order.join(', ')}) ${isDescending ? '<' : '>'} (${values.join(', ')})`)
  }
  const { rows } = await db.query<Row & { [PLACE]?: string }>(
    `${selectOf(definition, fields, sorting === null ? [] : [`s.place::text as "${PLACE}"`])} ${place} ${conditions.where()}
     order by ${order.map((sql) => `${sql}${isDescending ? ' desc' : ''}`).join(', ')} limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  const page = toPage(rows, limit, (row) => [...(sorting === null ? [] : [sorting.name, String(row[PLACE])]), row.id])
  return { ...page, rows: page.rows.map(({ [PLACE]: _place, ...row }) => toRow(fields, row as Row)) }
}

/** Null when there is no such row. */
export async function findRow<D extends Definition>(
  db: Queryable,
  definition: D,
  id: string
): Promise<(Row & RowOf<D>) | null> {
  return ((await findRows(db, definition, [id]))[0] ?? null) as (Row & RowOf<D>) | null
}

/** Those of them that exist, in the order of creation. */
export async function findRows(db: Queryable, definition: Definition, ids: readonly string[]): Promise<Row[]> {
  const fields = seen(definition)
  const { rows } = await db.query<Row>(
    `${selectOf(definition, fields)} where r.${idColumn(definition)} = any($1) order by r.${idColumn(definition)}`,
    [textArray(ids)]
  )
  return rows.map((row) => toRow(fields, row))
}

/** By the field that it is known by; null when there is no such row. */
export async function findId(db: Queryable, { table, known }: Definition, name: string): Promise<string | null> {
  return (await db.query<{ id: string }>(`select id from ${table} where ${known} = $1`, [name])).rows[0]?.id ?? null
}

/** The columns for the fields in `values`, of a row that is to be `row`. Secrets are already sealed. */
export function assignmentsOf({ fields }: Definition, values: Values, row: Values = values): Assignment[] {
  const assignments = Object.entries(fields).flatMap(([name, { column = name, write }]): Assignment[] => {
    if (!(name in values)) return []
    return write === undefined ? [{ column, value: values[name] }] : write(values[name], column, row)
  })
  return [...new Map(assignments.map((assignment) => [assignment.column, assignment])).values()]
}

/** Returns the new row's id. */
export async function insertRow(db: Queryable, definition: Definition, assignments: readonly Assignment[]): Promise<string> {
  const [id] = await insertRows(db, definition, [assignments])
  if (id === undefined) throw new Error(`no ${definition.kind} was inserted`)
  return id
}

/** Assigns the same columns in each, and returns the new rows' ids, in their order. */
export async function insertRows(
  db: Queryable,
  definition: Definition,
  inserted: readonly (readonly Assignment[])[]
): Promise<string[]> {
  const values: unknown[] = []
  const tuples = inserted.map(
    (assignments) => `(${assignments.map(({ value, sql = String }) => sql(`$${values.push(value)}`)).join(', ')})`
  )
  const columns = inserted[0]?.map(({ column }) => column).join(', ')
  const { rows } = await db.query<{ id: string }>(
    `insert into ${definition.table} (${columns}) values ${tuples.join(', ')} returning ${idColumn(definition)} as id`,
    values
  )
  return rows.map(({ id }) => id)
}

/** Does nothing when nothing is assigned. */
export async function updateRow(
  db: Queryable,
  definition: Definition,
  id: string,
  assignments: readonly Assignment[]
): Promise<void> {
  if (assignments.length === 0) return
  const sets = assignments.map(({ column, sql = String }, index) => `${column} = ${sql(`$${index + 2}`)}`)
  if (!definition.isCounted) sets.push('version = version + 1')
  await db.query(`update ${definition.table} set ${sets.join(', ')} where ${idColumn(definition)} = $1`, [
    id,
    ...assignments.map(({ value }) => value)
  ])
}

/** Throws a foreign key violation while something refers to it. */
export async function deleteRow(db: Queryable, definition: Definition, id: string): Promise<void> {
  await db.query(`delete from ${definition.table} where ${idColumn(definition)} = $1`, [id])
}
