import type { FastifyRequest } from 'fastify'
import { parseFilter, type Equality } from '../../services/resources/scim/filter.ts'
import { scimRefused } from '../../services/resources/scim/refusals.ts'
import type { ScimPage } from '../../services/resources/records/scim-users.ts'

export const MOST_OF_A_PAGE = 200
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'

interface ListRequest {
  filter: Equality[]
  /** From 1. */
  startIndex: number
  count: number
  /** Attributes that are not asked for, in lower case. */
  left: (attribute: string) => boolean
}

function numberOf(query: Record<string, unknown>, name: string, byDefault: number): number {
  const text = query[name]
  if (text === undefined || text === '') return byDefault
  if (typeof text !== 'string' || !/^-?\d{1,9}$/.test(text)) throw scimRefused('invalidValue', `${name} must be an integer`)
  return Number(text)
}

function namesOf(query: Record<string, unknown>, name: string): string[] {
  const text = query[name]
  return typeof text === 'string' ? text.split(',', 100).map((each) => each.trim().toLowerCase()) : []
}

/** What a list, or one of its resources, is asked for. Throws 400. */
export function listRequestOf(request: FastifyRequest): ListRequest {
  const query = request.query as Record<string, unknown>
  const { filter } = query
  if (filter !== undefined && typeof filter !== 'string') throw scimRefused('invalidFilter', 'filter must be given once')
  const [wanted, unwanted] = [namesOf(query, 'attributes'), namesOf(query, 'excludedAttributes')]
  return {
    filter: filter === undefined || filter.trim() === '' ? [] : parseFilter(filter),
    startIndex: Math.max(1, numberOf(query, 'startIndex', 1)),
    count: Math.min(Math.max(0, numberOf(query, 'count', 100)), MOST_OF_A_PAGE),
    left: (attribute) => unwanted.includes(attribute) || (wanted.length > 0 && !wanted.some((name) => isOf(name, attribute)))
  }
}

const isOf = (name: string, attribute: string) =>
  name === attribute || name.startsWith(`${attribute}.`) || name.endsWith(`:${attribute}`)

/** The response to a list. */
export const listResponse = <Row>({ total, rows }: ScimPage<Row>, { startIndex }: ListRequest, show: (row: Row) => object) => ({
  schemas: [LIST],
  totalResults: total,
  startIndex,
  itemsPerPage: rows.length,
  Resources: rows.map(show)
})

/** The value of an attribute that a list is filtered by. Throws 400. */
export function filteredText({ attribute, value }: Equality): string {
  if (typeof value === 'string') return value
  throw scimRefused('invalidFilter', `${attribute} is compared with a text`)
}

/** What an attribute, in lower case, filters a list by. Throws 400 for a value that it cannot have. */
export type FilterAttributes<Filter> = Record<string, (clause: Equality) => Filter>

/** What a list is filtered by, all of which must hold. Throws 400 for other attributes than these. */
export const filterBy = <Filter extends object>(attributes: FilterAttributes<Filter>, clauses: readonly Equality[]): Filter =>
  Object.assign(
    {},
    ...clauses.map((clause) => {
      const read = Object.hasOwn(attributes, clause.attribute) ? attributes[clause.attribute] : undefined
      if (read === undefined) throw scimRefused('invalidFilter', `a list cannot be filtered by ${clause.attribute}`)
      return read(clause)
    })
  ) as Filter
