import type { TSchema } from 'typebox'
import { Convert } from 'typebox/value'
import { refusal } from '../problems.ts'
import { shapeProblems } from '../set-up/shape-problems.ts'

/**
 * Fastify's validator for routes whose bodies are taken literally: "100" is not 100, and an unknown field is an error. A schema's
 * `description` completes the sentence "<field> must be …". Texts of the URL become what the schema says. No body is an empty one.
 */
export function compileRequestCheck({ schema, httpPart }: { schema: TSchema; httpPart?: string | undefined }) {
  return (input: unknown) => {
    const value = httpPart === 'body' ? (input ?? {}) : Convert(schema, input)
    const problems = shapeProblems(schema, value)
    return problems.length === 0 ? { value } : { error: refusal(problems) }
  }
}
