import fastJsonStringify from 'fast-json-stringify'

type AnswerWriter = (answer: unknown) => string

/** By the text of their schema: once in a process, whatever the instances and routes that share it. */
const compiled = new Map<string, AnswerWriter>()

/**
 * Fastify's serializer for answers with a schema: what the schema doesn't name is left out. It is compiled with the first answer of
 * its kind, for that takes milliseconds, and most routes of a process are never asked.
 */
export function compileAnswerWriter({ schema }: { schema: object }): AnswerWriter {
  let writer: AnswerWriter | null = null
  return (answer) => (writer ??= writerOf(schema))(answer)
}

function writerOf(schema: object): AnswerWriter {
  const text = JSON.stringify(schema)
  const known = compiled.get(text)
  if (known !== undefined) return known
  const writer = fastJsonStringify(schema)
  compiled.set(text, writer)
  return writer
}
