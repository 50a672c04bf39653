import type { TSchema } from 'typebox'
import { Convert } from 'typebox/value'
import { refusal } from '../problems.ts'
import { shapeProblems } from '../set-up/shape-problems.ts'

/**
 * Fastify's validator for routes with strict bodies: "100" is not 100, and an unknown field is an error. A schema's `description`
 * completes the sentence "<field> must be …". Values in the URL are converted as the schema says. A missing body is an empty one.
 */
export function compileRequestCheck({ schema, httpPart }: { schema: TSchema; httpPart?: string | undefined }) {
  return (input: unknown) => {
    const value = httpPart === 'body' ? (input ?? {}) : Convert(schema, input)
    const problems = shapeProblems(schema, value)
    return problems.length === 0 ? { value } : { error: refusal(problems) }
  }
}
