import type { TSchema } from 'typebox'
import { Settings as TypeBoxSettings } from 'typebox/system'
import { Check, Errors, Pointer } from 'typebox/value'
import { MAX_JSON_DEPTH } from '../../platform/json-walk.ts'
import type { FieldProblem, Path } from '../problems.ts'
import { nearestName } from './nearest-name.ts'

interface SchemaNode {
  description?: string
  properties?: Record<string, SchemaNode>
  anyOf?: SchemaNode[]
  patternProperties?: Record<string, SchemaNode>
  items?: SchemaNode
}

const MAX_PROBLEMS = 1_000
const UNSTORABLE = 'must be text without NUL characters or lone surrogates'

/**
 * Where a value violates a schema, or has a text that cannot be stored; empty only when it is valid. A schema's `description`
 * completes the sentence "<field> must be …". Unknown fields are problems if the schema says `additionalProperties: false`.
 */
export function shapeProblems(schema: TSchema, value: unknown): FieldProblem[] {
  // Validity is never concluded from the list, which is truncated.
  if (Check(schema, value)) return unstorableTexts(value)
  const problems = allErrors(schema, value).flatMap((error): FieldProblem[] => {
    const path = pathOf(error.instancePath, value)
    if (error.keyword === 'additionalProperties') return [] // reported for each such field already
    if (error.keyword === 'required') {
      return error.params.requiredProperties.map((name) => ({ path: [...path, name], text: 'is missing' }))
    }
    if (error.keyword === 'boolean') {
      const known = Object.keys(schemaAt(schema, path.slice(0, -1))?.properties ?? {})
      return [{ path, text: `is not a known field: ${suggestion(String(path.at(-1)), known)}`, isName: true }]
    }
    return [{ path, text: expectation(schemaAt(schema, path)?.description) }]
  })
  return problems.length > 0 ? problems : [{ path: [], text: expectation(undefined) }]
}

const expectation = (description: string | undefined) => (description === undefined ? 'is not valid' : `must be ${description}`)

/** Postgres accepts no NUL in a text, and UTF-8 no lone surrogate. */
function unstorableTexts(value: unknown, path: Path = []): FieldProblem[] {
  const isUnstorable = (text: string) => text.includes('\0') || !text.isWellFormed()
  if (typeof value === 'string') return isUnstorable(value) ? [{ path, text: UNSTORABLE }] : []
  if (typeof value !== 'object' || value === null) return []
  if (path.length >= MAX_JSON_DEPTH) return [{ path: path.slice(0, 1), text: 'is nested too deep' }]
  return Object.entries(value).flatMap(([name, inner]) =>
    isUnstorable(name)
      ? [{ path, text: `has a field whose name ${UNSTORABLE}` }]
      : unstorableTexts(inner, [...path, Array.isArray(value) ? Number(name) : name])
  )
}

function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'there are none here'
  const nearest = nearestName(name, known)
  return nearest === null ? `the fields here are ${known.join(', ')}` : `did you mean ${nearest}?`
}

/** TypeBox stops at its global limit of eight errors; people want them all at once. */
function allErrors(schema: TSchema, value: unknown) {
  const { maxErrors } = TypeBoxSettings.Get()
  TypeBoxSettings.Set({ maxErrors: MAX_PROBLEMS })
  try {
    return Errors(schema, value)
  } finally {
    TypeBoxSettings.Set({ maxErrors })
  }
}

function schemaAt(schema: TSchema, path: Path): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema
  for (const step of path) {
    const choices: SchemaNode[] = node === undefined ? [] : [node, ...(node.anyOf ?? [])]
    node = choices
      .map(({ properties, items, patternProperties = {} }) =>
        typeof step === 'number' ? items : (properties?.[step] ?? Object.values(patternProperties)[0])
      )
      .find((inner) => inner !== undefined)
  }
  return node
}

/** Array indexes become numbers, so that paths compare equal to those of a YAML source. */
function pathOf(pointer: string, root: unknown): Path {
  const path: (string | number)[] = []
  let value = root
  for (const step of Pointer.Indices(pointer)) {
    path.push(Array.isArray(value) ? Number(step) : step)
    value = (value as Record<string, unknown> | undefined)?.[step]
  }
  return path
}
