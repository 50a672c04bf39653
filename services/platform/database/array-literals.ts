/**
 * Array parameters in Postgres' own text form. pg can write them too, but walks every element through its general
 * conversion; for batches of hundreds of rows that costs more than the insert's share of the database.
 */
export function scalarArray(values: readonly (string | number | bigint | boolean | null)[]): string {
  // A null joins as nothing, which is what only NULL may look like here.
  return `{${values.map((value) => value ?? 'NULL').join()}}`
}

/** For text and jsonb: each element is quoted. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : `"${escape(value)}"`)).join()}}`
}

function escape(text: string): string {
  return /["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text
}
