import fastJsonStringify from 'fast-json-stringify'

type ResponseWriter = (response: unknown) => string

/** By the text of their schema: once per process, however many instances and routes share it. */
const compiled = new Map<string, ResponseWriter>()

/**
 * Fastify's serializer for responses with a schema: what the schema doesn't name is left out. It is compiled with the first response of
 * its kind, for that takes milliseconds, and most routes of a process are never asked.
 */
export function compileResponseWriter({ schema }: { schema: object }): ResponseWriter {
  let writer: ResponseWriter | null = null
  return (response) => (writer ??= writerOf(schema))(response)
}

function writerOf(schema: object): ResponseWriter {
  const text = JSON.stringify(schema)
  const known = compiled.get(text)
  if (known !== undefined) return known
  const writer = fastJsonStringify(schema)
  compiled.set(text, writer)
  return writer
}
