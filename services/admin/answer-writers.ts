import fastJsonStringify from 'fast-json-stringify'

/** Of each schema once, for all instances of a process. */
const compiled = new WeakMap<object, (answer: unknown) => string>()

/**
 * Fastify's serializer for answers with a schema: what the schema doesn't name is left out. It is compiled with the first answer of
 * its kind, for that takes milliseconds, and most routes of a process are never asked.
 */
export function compileAnswerWriter({ schema }: { schema: object }): (answer: unknown) => string {
  return (answer) => writerOf(schema)(answer)
}

function writerOf(schema: object): (answer: unknown) => string {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const writer = fastJsonStringify(schema)
  compiled.set(schema, writer)
  return writer
}
