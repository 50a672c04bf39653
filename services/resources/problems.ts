import { givenTime, INSTANT_EXPECTED } from '../platform/given-times.ts'
import { GatewayError } from '../platform/gateway-errors.ts'

/** Where a value is: the keys and indexes that lead to it. */
export type Path = readonly (string | number)[]

export interface FieldProblem {
  path: Path
  /** The rest of a sentence that begins with the field's name. */
  text: string
  /** The problem is the name of the field rather than its value. */
  isName?: boolean
  /** Where other problems are only consequences of this one; by default the field itself. */
  covers?: Path
}

/** An entry of a file, or the body of a request, and its position. */
export interface Item {
  path: Path
  value: Record<string, unknown>
}

export const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function mappingProblems({ path, value }: Item): FieldProblem[] {
  const mapping = value['model_mapping']
  return Object.keys(isFields(mapping) ? mapping : {})
    .filter((model) => !/^[^\s\p{Cc}]{1,200}$/u.test(model))
    .map((model) => ({ path: [...path, 'model_mapping', model], text: 'is not the name of a model' }))
}

/** Values that look like times but are none. */
export function instantProblems({ path, value }: Item, field: string, expected = INSTANT_EXPECTED): FieldProblem[] {
  const text = value[field]
  if (typeof text !== 'string' || givenTime(text, 0, 'ahead') !== null) return []
  return [{ path: [...path, field], text: `must be ${expected}` }]
}

/** A path as shown to operators: `accounts[0].name`. */
export function fieldName(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}

/** A refusal lists at most this many problems, each of this many characters: the sender chooses the names of fields. */
const MAX_NAMED = 20
const MAX_CHARACTERS = 500

export function refusal(problems: readonly FieldProblem[]): GatewayError {
  const texts = problems.map(({ path, text }) => `${path.length === 0 ? 'the request' : fieldName(path)} ${text}`)
  const named = [...new Set(texts)].slice(0, MAX_NAMED).map((text) => text.slice(0, MAX_CHARACTERS))
  return new GatewayError(400, 'invalid_request_error', named.join('; '))
}
