import type { HostRules } from '../forwarding/host-rules.ts'
import type { Queryable } from '../records/queryable.ts'
import type { SecretBox } from '../secrets.ts'
import type { FieldProblem, Item } from './problems.ts'
import type { Definition, Values } from './definition.ts'
import type { Row } from './rows.ts'

/** What rows are written with: their secrets are sealed, and where upstreams may be is the settings' matter. */
export interface Tools {
  secretBox: SecretBox
  hosts: HostRules
}

/** A kind of row, and what its definition cannot say of it. */
export interface Resource<D extends Definition = Definition> {
  definition: D
  /** What the shape of an entry cannot say. The entry is unchecked: what has the wrong type is passed over here. */
  problems?: (item: Item) => FieldProblem[]
  /** The hosts that an entry has Sluice connect to, by field. */
  hostsOf?: (entry: Values) => { field: string; host: string }[]
  /** Why it is not removed, when something refers to it all the same. */
  isUsed: (name: string) => string
  /** Removes it, or throws the GatewayError that refuses it. */
  remove?: (db: Queryable, row: Row) => Promise<void>
}
