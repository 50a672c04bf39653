/**
 * JSON Schema, as TypeBox checks it; its `description` completes the sentence "<field> must be …". It is plain data rather than made
 * by TypeBox's builders, which take longer to load than most commands take to run, and the command reads definitions too.
 */
export interface Schema {
  readonly description?: string
  readonly [keyword: string]: unknown
}
