import type { TSchema } from 'typebox'
import { Convert } from 'typebox/value'
import { GatewayError } from '../gateway-errors.ts'
import type { FieldProblem } from '../resources/problems.ts'
import { declarativeProblems } from '../set-up/declarative-checks.ts'
import { shapeProblems } from '../set-up/shape-problems.ts'
import { fieldName } from '../set-up/yaml-source.ts'

/** A refusal names so many problems, each in so many characters: the names of fields are the sender's. */
const MAX_NAMED = 20
const MAX_CHARACTERS = 500

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

/** Refuses what the declarative file refuses although its shape is right, such as a time zone that doesn't exist. */
export function checkAsDeclared(declared: { group: object } | { key: object } | { subscription: object }): void {
  const [file, depth] = fileOf(declared)
  const problems = declarativeProblems(file).map((problem) => ({ ...problem, path: problem.path.slice(depth) }))
  if (problems.length > 0) throw refusal(problems)
}

/** A file that has only this, and how deep it is there. */
function fileOf(declared: { group: object } | { key: object } | { subscription: object }): [file: object, depth: number] {
  if ('group' in declared) return [{ groups: [declared.group] }, 2]
  if ('key' in declared) return [{ users: [{ keys: [declared.key] }] }, 4]
  return [{ users: [{ subscriptions: [declared.subscription] }] }, 4]
}

export function refusal(problems: readonly FieldProblem[]): GatewayError {
  const texts = problems.map(({ path, text }) => `${path.length === 0 ? 'the request' : fieldName(path)} ${text}`)
  const named = [...new Set(texts)].slice(0, MAX_NAMED).map((text) => text.slice(0, MAX_CHARACTERS))
  return new GatewayError(400, 'invalid_request_error', named.join('; '))
}
