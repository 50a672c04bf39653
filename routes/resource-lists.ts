import { Type, type TSchema } from 'typebox'
import { filterSchemas, searchedFields, type Definition, type Values } from '../services/resources/definition.ts'
import { choiceSchema } from '../services/resources/field.ts'
import { sortKeysOf, type ListRequest, type Row, type SortKey } from '../services/resources/rows.ts'
import { oneOrSeveral, pageRequest, PAGING } from './admin/paging.ts'
import { closed } from './admin/schemas.ts'

/** What a list tells of each row besides where it is asked to, since it costs more than the row. */
interface Extra {
  schema: TSchema
  /** Reads it for all rows of a page at once. */
  read: (rows: readonly Row[]) => Promise<(row: Row) => unknown>
}

/** What a list can do beyond what follows from the fields of its rows. */
export interface ListWays {
  /** By what `with` calls them, which is what rows have them as. */
  extras?: Record<string, Extra>
  /** What it can be sorted by besides. */
  sortKeys?: Record<string, SortKey>
}

export type ListQuery = { limit?: number; cursor?: string; q?: string; sort?: string; with?: string[] } & Values

/** A list of a kind of row: what it is asked by, and what that comes to. */
export function listOf(definition: Definition, { extras = {}, sortKeys: more = {} }: ListWays) {
  const sortKeys = { ...sortKeysOf(definition), ...more }
  return {
    querystring: Type.Object(
      {
        ...PAGING,
        ...filtersOf(definition),
        ...searchOf(Object.keys(searchedFields(definition))),
        ...sortOf(Object.keys(sortKeys)),
        ...withOf(Object.keys(extras))
      },
      closed
    ),
    extraSchemas: Object.fromEntries(Object.entries(extras).map(([name, { schema }]) => [name, schema])),
    requestOf({ q: search, sort: name, ...query }: ListQuery): ListRequest {
      const key = sortKeys[name?.replace(/^-/, '') ?? '']
      const sorting = name === undefined || key === undefined ? null : { key, name, isDescending: name.startsWith('-') }
      return { ...pageRequest(query), search, sorting }
    },
    /** What the rows have besides, as it is asked for. */
    async readExtras({ with: names = [] }: ListQuery, rows: readonly Row[]): Promise<(row: Row) => Values> {
      const asked = Object.entries(extras).filter(([name]) => names.includes(name))
      const read = await Promise.all(asked.map(async ([name, extra]) => [name, await extra.read(rows)] as const))
      return (row) => Object.fromEntries(read.map(([name, of]) => [name, of(row)]))
    }
  }
}

const filtersOf = (definition: Definition) =>
  Object.fromEntries(
    Object.entries(filterSchemas(definition)).map(([name, schema]) => [name, Type.Optional(Type.Unsafe(schema))])
  )

function searchOf(fields: readonly string[]) {
  if (fields.length === 0) return {}
  const meaning = `a part of the ${fields.join(' or the ')}, in upper or lower case`
  const text = { type: 'string', pattern: '^[^\\x00-\\x1f]{1,100}$', meaning, description: 'a text of 1 to 100 characters' }
  return { q: Type.Optional(Type.Unsafe<string>(text)) }
}

function sortOf(names: readonly string[]) {
  if (names.length === 0) return {}
  const either = names.flatMap((name) => [name, `-${name}`])
  const description = `one of ${names.join(', ')}, with - before it for the descending order`
  return { sort: Type.Optional(Type.Unsafe<string>({ ...choiceSchema(either), description })) }
}

const withOf = (names: readonly string[]) =>
  names.length === 0 ? {} : { with: oneOrSeveral(Type.Unsafe<string>(choiceSchema(names))) }
