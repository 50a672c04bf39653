import type { TSchema } from 'typebox'
import { Convert, Errors, Pointer } from 'typebox/value'
import { GatewayError } from '../gateway-errors.ts'
import { declarativeProblems } from '../set-up/declarative-checks.ts'
import { nearestName } from '../set-up/nearest-name.ts'
import { fieldName } from '../set-up/yaml-source.ts'

interface SchemaNode {
  description?: string
  properties?: Record<string, SchemaNode>
  anyOf?: SchemaNode[]
  patternProperties?: Record<string, SchemaNode>
  items?: SchemaNode
}

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

function shapeProblems(schema: TSchema, value: unknown): string[] {
  return Errors(schema, value).flatMap((error): string[] => {
    const path = Pointer.Indices(error.instancePath)
    const named = (name: string, text: string) => `${fieldName([...path, name])} ${text}`
    if (error.keyword === 'boolean') return [] // additionalProperties says the same once more
    if (error.keyword === 'required') return error.params.requiredProperties.map((name) => named(name, 'is missing'))
    if (error.keyword === 'additionalProperties') {
      const known = Object.keys(schemaAt(schema, path)?.properties ?? {})
      return error.params.additionalProperties.map((name) => named(name, `is not a known field: ${suggestion(name, known)}`))
    }
    return [
      `${path.length === 0 ? 'the request' : fieldName(path)} must be ${schemaAt(schema, path)?.description ?? 'something else'}`
    ]
  })
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === null ? `the fields here are ${known.join(', ')}` : `did you mean ${nearest}?`
}

function schemaAt(schema: TSchema, path: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema
  for (const step of path) {
    const choices: SchemaNode[] = node === undefined ? [] : [node, ...(node.anyOf ?? [])]
    node = choices
      .map(
        ({ properties, items, patternProperties = {} }) => properties?.[step] ?? items ?? Object.values(patternProperties)[0]
      )
      .find((inner) => inner !== undefined)
  }
  return node
}

/** Refuses what the declarative file refuses although its shape is right, such as a time zone that doesn't exist. */
export function checkAsDeclared(declared: { group: object } | { key: object } | { subscription: object }): void {
  const [file, depth] = fileOf(declared)
  const problems = declarativeProblems(file).map(({ path, text }) => `${fieldName(path.slice(depth))} ${text}`)
  if (problems.length > 0) throw refusal(problems)
}

/** A file that has only this, and how deep it is there. */
function fileOf(declared: { group: object } | { key: object } | { subscription: object }): [file: object, depth: number] {
  if ('group' in declared) return [{ groups: [declared.group] }, 2]
  if ('key' in declared) return [{ users: [{ keys: [declared.key] }] }, 4]
  return [{ users: [{ subscriptions: [declared.subscription] }] }, 4]
}

function refusal(problems: readonly string[]): GatewayError {
  return new GatewayError(400, 'invalid_request_error', [...new Set(problems)].join('; '))
}
