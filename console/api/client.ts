import createFetchClient from 'openapi-fetch'
import createQueryClient from 'openapi-react-query'
import type { components, paths } from './schema.ts'
import { learnServerTime } from './server-time.ts'

/** What the API refuses with, in its own words. */
export class ApiError extends Error {
  override name = 'ApiError'
  /** 0 where nothing came back. */
  readonly status: number
  readonly type: string
  /** Null where nothing came back. */
  readonly requestId: string | null

  constructor(status: number, type: string, message: string, requestId: string | null) {
    super(message)
    this.status = status
    this.type = type
    this.requestId = requestId
  }
}

/** Where the page is: `/console/`, or below the path of PUBLIC_URL. */
const PAGE = new URL(document.baseURI)

/** Where the API is, which is beside the page: with a slash at its end. */
export const API_ROOT = new URL('..', PAGE).href

/** The path of the page, for the router. */
export const BASE_PATH = PAGE.pathname

async function problemOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as components['schemas']['Error'] | null
  const id = body?.request_id ?? response.headers.get('x-sluice-exchange-id')
  if (body?.error === undefined) return new ApiError(response.status, 'api_error', `Status ${response.status}`, id)
  return new ApiError(response.status, body.error.type, body.error.message, id)
}

/** Rejects with ApiError, also where nothing comes back. */
async function request(input: Request): Promise<Response> {
  let response: Response
  try {
    response = await fetch(input)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'connection_error', 'Sluice does not answer', null)
  }
  learnServerTime(response, Date.now())
  if (!response.ok) throw await problemOf(response)
  return response
}

/** The API by its paths, typed by the document that the server makes of its schemas. Each call rejects with ApiError. */
export const api = createFetchClient<paths>({ baseUrl: API_ROOT.replace(/\/$/, ''), fetch: request })

/** The same as queries and changes of components. */
export const $api = createQueryClient(api)

/** The JSON of a successful response of a path, such as `ResponseOf<'get', '/admin/v1/overview'>`. */
export type ResponseOf<Method extends string, Path extends keyof paths> =
  paths[Path] extends Record<Method, { responses: infer Responses }>
    ? Responses extends Record<200 | 201, { content: { 'application/json': infer Body } }>
      ? Body
      : Responses extends { 200: { content: { 'application/json': infer Body } } }
        ? Body
        : Responses extends { 201: { content: { 'application/json': infer Body } } }
          ? Body
          : never
    : never

/** The JSON that a path takes, such as `RequestOf<'patch', '/admin/v1/accounts/{id}'>`. */
export type RequestOf<Method extends string, Path extends keyof paths> =
  paths[Path] extends Record<Method, infer Operation>
    ? Operation extends { requestBody?: { content: { 'application/json': infer Body } } }
      ? Body
      : never
    : never
