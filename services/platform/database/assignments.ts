/**
 * The `set` list and values of an update that touches only what `changes` names; placeholders begin at $2, $1 is the row's
 * id. `columns` maps each field to its column, which is the only text that reaches the SQL. An empty change sets nothing anew.
 */
export function assignments<Changes extends object>(changes: Changes, columns: Record<keyof Changes & string, string>) {
  const fields = (Object.keys(columns) as (keyof Changes & string)[]).filter((field) => changes[field] !== undefined)
  const list = fields.map((field, index) => `${columns[field]} = $${index + 2}`)
  return { set: list.length > 0 ? list.join(', ') : 'created_at = created_at', values: fields.map((field) => changes[field]) }
}
