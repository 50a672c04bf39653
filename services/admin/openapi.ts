/** A route as it was registered; the schemas are JSON Schema. */
export interface DescribedRoute {
  /** GET, POST, PATCH, DELETE … */
  method: string
  /** With its prefix and `:name` for parameters. */
  url: string
  schema: {
    /** What it does, in a line. */
    summary?: string
    params?: ObjectSchema
    querystring?: ObjectSchema
    body?: object
    response?: Record<string, object>
  }
}

interface ObjectSchema {
  properties?: Record<string, object>
  required?: readonly string[]
}

const ERROR = { $ref: '#/components/schemas/Error' }
const json = (schema: object) => ({ 'application/json': { schema } })

/** The OpenAPI 3.1 document of an API whose routes all ask for an admin token. */
export function describeApi(routes: readonly DescribedRoute[], { title, prefix }: { title: string; prefix: string }) {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, path.slice(prefix.length)) }
  }
  return {
    openapi: '3.1.0',
    info: { title, version: '1' },
    security: [{ adminToken: [] }],
    paths,
    components: {
      securitySchemes: { adminToken: { type: 'http', scheme: 'bearer', description: 'SLUICE_ADMIN_TOKEN' } },
      schemas: {
        Error: {
          type: 'object',
          required: ['type', 'error', 'request_id'],
          properties: {
            type: { const: 'error' },
            error: {
              type: 'object',
              required: ['type', 'message'],
              properties: { type: { type: 'string' }, message: { type: 'string' } }
            },
            request_id: { type: 'string' }
          }
        }
      }
    }
  }
}

function operationOf({ method, schema }: DescribedRoute, path: string) {
  const { summary, params, querystring, body, response } = schema
  const [tag = ''] = path.split('/').filter(Boolean)
  return {
    operationId: [method.toLowerCase(), ...path.split(/[^A-Za-z0-9]+/).filter(Boolean)].join('_'),
    tags: [tag],
    summary,
    security: [{ adminToken: [] }],
    parameters: [...parametersOf(params, 'path'), ...parametersOf(querystring, 'query'), ...headersOf(method, path)],
    ...(body === undefined ? {} : { requestBody: { required: isRequired(body), content: json(body) } }),
    responses: {
      // Routes that say nothing of their answers answer with a JSON object.
      ...answersOf(response ?? { 200: { type: 'object' } }),
      default: { description: 'What was wrong', content: json(ERROR) }
    }
  }
}

function parametersOf({ properties = {}, required = [] }: ObjectSchema = {}, place: 'path' | 'query') {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema
  }))
}

/** No body is an empty one, so one is required where something in it is. */
const isRequired = (body: ObjectSchema) => (body.required ?? []).length > 0

const answersOf = (response: Record<string, object>) =>
  Object.fromEntries(
    Object.entries(response).map(([status, schema]) => [status.toUpperCase(), { description: 'Done', content: json(schema) }])
  )

const VERSIONED = new Set([
  'users',
  'keys',
  'groups',
  'subscriptions',
  'codes',
  'accounts',
  'proxies',
  'price-overrides',
  'settings'
])

/** What is done for a row without changing it. */
const BESIDE_ROWS = new Set(['redeem', 'password', 'sign-out', 'test', 'login', 'refresh', 'clear-error', 'enable', 'disable'])

/** Headers that routes read by themselves. */
function headersOf(method: string, path: string) {
  const [kind = '', , action] = path.split('/').filter(Boolean)
  const header = (name: string, required: boolean, description: string) => [
    { name, in: 'header', required, description, schema: { type: 'string' } }
  ]
  if (action === 'balance-adjustments') return header('Idempotency-Key', true, 'by which a repeated request is known')
  const changesRow =
    VERSIONED.has(kind) &&
    (method === 'PATCH' || method === 'PUT' || method === 'DELETE' || (action !== undefined && !BESIDE_ROWS.has(action)))
  return changesRow ? header('If-Match', false, 'the ETag that the row must still have') : []
}
