import type { OperatorContext } from './admin/operator-changes.ts'
import type { Queryable } from '../platform/database/queryable.ts'
import type { FieldProblem, Item } from './problems.ts'
import type { Definition, Values } from './definition.ts'
import type { Row } from './rows.ts'

/** What rows are written with: their secrets are sealed, and where upstreams may be is the settings' matter. */
export type Tools = Pick<OperatorContext, 'secretBox' | 'hosts'>

/** A kind of row, and what its definition cannot say of it. */
export interface Resource<D extends Definition = Definition> {
  definition: D
  /** What the shape of an entry cannot say. The entry is unchecked: what has the wrong type is passed over here. */
  problems?: (item: Item) => FieldProblem[]
  /** A change of one of these is checked with what the others are. */
  together?: readonly string[]
  /** The hosts that an entry has Sluice connect to, by field. */
  hostsOf?: (entry: Values) => { field: string; host: string }[]
  /** What else a new row brings about; `values` are its fields. */
  inserted?: (db: Queryable, id: string, values: Values) => Promise<void>
  /** What else a change of one brings about; `values` are the fields that it names. */
  updated?: (db: Queryable, id: string, values: Values) => Promise<void>
  /** What is said when there would be two of one. */
  duplicate?: (values: Values) => string
  /** Throws the GatewayError that refuses any change of a row. */
  refuseChange?: (row: Row) => void
  /** The row as it is answered with at `now`, epoch milliseconds, with what follows from the time. */
  toResponse?: (row: Row, now: number) => Row
  /** Why it is not removed, when something refers to it all the same. */
  isUsed?: (name: string) => string
  /** Removes it, or throws the GatewayError that refuses it. */
  remove?: (db: Queryable, row: Row) => Promise<void>
}
