import type { OperatorContext } from './admin/operator-changes.ts'
import type { Queryable } from '../platform/database/queryable.ts'
import type { FieldProblem, Item } from './problems.ts'
import type { Definition, Values } from './definition.ts'
import type { Row } from './rows.ts'

/** What writing rows needs: secrets are sealed, and settings decide where upstreams may be. */
export type Tools = Pick<OperatorContext, 'secretBox' | 'hosts'>

/** A kind of row, with what its definition cannot express. */
export interface Resource<D extends Definition = Definition> {
  definition: D
  /** Problems that the shape of an entry does not cover. The entry is unchecked: values of the wrong type are skipped here. */
  problems?: (item: Item) => FieldProblem[]
  /** A change of one of these is checked together with the others' values. */
  together?: readonly string[]
  /** The hosts that an entry makes Sluice connect to, by field. */
  hostsOf?: (entry: Values) => { field: string; host: string }[]
  /** Further effects of a new row; `values` are its fields. */
  inserted?: (db: Queryable, id: string, values: Values) => Promise<void>
  /** What else a change of one brings about; `values` are the fields that it names. */
  updated?: (db: Queryable, id: string, values: Values) => Promise<void>
  /** The message when a row would be a duplicate. */
  duplicate?: (values: Values) => string
  /** Throws the GatewayError that refuses any change of a row. */
  refuseChange?: (row: Row) => void
  /** The row as in a response at `now`, epoch milliseconds, with what follows from the time. */
  toResponse?: (row: Row, now: number) => Row
  /** Why it cannot be removed when something still refers to it. */
  isUsed?: (name: string) => string
  /** Removes it, or throws the GatewayError that refuses it. */
  remove?: (db: Queryable, row: Row) => Promise<void>
}
