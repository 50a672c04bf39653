/** A row as an operator reads it in order to change it. */
export type Versioned<Row> = Row & {
  /** Grows with each change by an operator, and with nothing else. */
  version: number
}
