import { Type, type TSchema } from 'typebox'
import { EXPECTED, givenRange } from '../../services/platform/given-times.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { InvalidCursorError, type Page } from '../../services/platform/database/pages.ts'
import { fieldRefused } from '../../services/resources/admin/operator-changes.ts'
import { closed } from './schemas.ts'

export const PAGING = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'an integer from 1 to 1000' })),
  cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'the next_cursor of the page before' }))
}

/** Of lists that are not filtered. Those that are short come as one page whatever the limit. */
export const PAGED = Type.Object(PAGING, closed)

export const FILTER_TEXT = Type.String({ minLength: 1, maxLength: 300, description: 'a text of 1 to 300 characters' })

/** What is filtered by one of these or by several, of which any will do: `user=a&user=b`. */
export const oneOrSeveral = <T extends TSchema & { description?: string }>(schema: T) =>
  Type.Optional(
    Type.Array(schema, { minItems: 1, maxItems: 100, description: `${schema.description ?? ''}, or up to 100 of them` })
  )

/** The names that usage is narrowed down to. */
export const USAGE_NAMES = {
  user: oneOrSeveral(FILTER_TEXT),
  key: oneOrSeveral(FILTER_TEXT),
  group: oneOrSeveral(FILTER_TEXT),
  account: oneOrSeveral(FILTER_TEXT),
  model: oneOrSeveral(FILTER_TEXT),
  team: oneOrSeveral(FILTER_TEXT)
}

export const ROW_ID = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$', description: 'a number' }) })

/** Of what has a name besides: an id, or else that. */
export const ID_OR_NAME = Type.Object({
  id: Type.String({ pattern: '^[^\\x00-\\x1f]{1,400}$', description: 'an id or a name' })
})

export const pageOf = <Row extends TSchema>(row: Row) =>
  Type.Object({ data: Type.Array(row), next_cursor: Type.Union([Type.String(), Type.Null()]) })

/** The options of a route that lists rows. */
export const listing = <Row extends TSchema, Query extends TSchema>(summary: string, row: Row, querystring: Query) => ({
  schema: { summary, querystring, response: { 200: pageOf(row) } }
})

export const pageRequest = ({ limit = 100, cursor }: { limit?: number; cursor?: string }) => ({
  limit,
  cursor: cursor ?? null
})

export async function pageResponse<Row, Wire>(page: Promise<Page<Row>>, toWire: (row: Row) => Wire) {
  try {
    const { rows, nextCursor } = await page
    return { data: rows.map(toWire), next_cursor: nextCursor }
  } catch (error) {
    if (error instanceof InvalidCursorError) throw new GatewayError(400, 'invalid_request_error', `cursor: ${error.message}`)
    throw error
  }
}

/** The times that a request asks for. */
export const TIMES = {
  from: Type.Optional(Type.String({ maxLength: 300, description: EXPECTED.from })),
  to: Type.Optional(Type.String({ maxLength: 300, description: EXPECTED.to }))
}

/** The same in epoch milliseconds; throws the 400 that names the one that is none, or between which nothing can be. */
export function timesOf(given: { from?: string; to?: string }, now: number): { from?: number; to?: number } {
  const { from, to, problem } = givenRange(given, now)
  if (problem !== null) throw fieldRefused(problem.about, problem.text)
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}
