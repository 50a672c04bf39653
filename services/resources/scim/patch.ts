import { isFields } from '../problems.ts'
import { parseFilter, plainAttribute, type Equality } from './filter.ts'
import { scimRefused } from './refusals.ts'

/** The target of an operation: `emails[type eq "work"].value`. */
export interface AttributePath {
  /** In lower case. */
  attribute: string
  /** Selects one of several values. */
  filter: Equality[] | null
  sub: string | null
}

/** One change of one attribute: operations whose value has several are split. */
export interface Operation {
  op: 'add' | 'replace' | 'remove'
  path: AttributePath
  value: unknown
}

const MOST_OPERATIONS = 1000
const LONGEST_PATH = 1200
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

const PATH = /^((?:urn:[\w.:-]+:)?[A-Za-z$][\w$-]*)(?:\[(.*)\])?(?:\.([A-Za-z$][\w$-]*))?$/

/** Throws 400. */
export function parsePath(text: string): AttributePath {
  const [, name, filter, sub] = (text.length > LONGEST_PATH ? null : PATH.exec(text.trim())) ?? []
  if (name === undefined) throw scimRefused('invalidPath', 'a path of the operations is not understood')
  return {
    attribute: plainAttribute(name),
    filter: filter === undefined ? null : parseFilter(filter),
    sub: sub?.toLowerCase() ?? null
  }
}

/** The operations of a PATCH, in their order. Names are taken in any case, as Entra ID sends them. Throws 400. */
export function parsePatch(body: unknown): Operation[] {
  const { schemas, operations } = lowerKeys(body)
  if (Array.isArray(schemas) && !schemas.some((schema) => String(schema).toLowerCase() === PATCH.toLowerCase())) {
    throw scimRefused('invalidSyntax', `schemas must have ${PATCH}`)
  }
  if (!Array.isArray(operations) || operations.length === 0) {
    throw scimRefused('invalidSyntax', 'Operations must be a list of at least one operation')
  }
  if (operations.length > MOST_OPERATIONS) {
    throw scimRefused('tooMany', `there are more than ${MOST_OPERATIONS} operations: send them in several requests`)
  }
  return operations.flatMap(parseOperation)
}

function parseOperation(given: unknown): Operation[] {
  const { op: name, path, value } = lowerKeys(given)
  const op = ['add', 'replace', 'remove'].find((known) => known === String(name).toLowerCase()) as Operation['op'] | undefined
  if (op === undefined) throw scimRefused('invalidSyntax', 'op must be add, replace or remove')
  if (path !== undefined && path !== null) {
    if (typeof path !== 'string') throw scimRefused('invalidPath', 'path must be a text')
    return [{ op, path: parsePath(path), value }]
  }
  if (op === 'remove') throw scimRefused('noTarget', 'an operation that removes needs a path')
  if (!isFields(value)) throw scimRefused('invalidValue', 'value must be an object of attributes where there is no path')
  return Object.entries(value).flatMap(([attribute, each]) => named(op, attribute, each))
}

/** Entra ID also sends `name.givenName` and whole schemas as names of attributes; others are ignored. */
function named(op: Operation['op'], attribute: string, value: unknown): Operation[] {
  if (/^urn:.*:\d+\.\d+:\w+$/i.test(attribute)) {
    return isFields(value) ? Object.entries(value).flatMap(([each, of]) => named(op, `${attribute}:${each}`, of)) : []
  }
  return [{ op, path: parsePath(attribute), value }]
}

/** The fields of an object by their names in lower case: SCIM's names are case-insensitive. Throws 400 for what is no object. */
export function lowerKeys(value: unknown): Record<string, unknown> {
  if (!isFields(value)) throw scimRefused('invalidSyntax', 'the body must be an object, and its operations too')
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [plainAttribute(name), of]))
}
