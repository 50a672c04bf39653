import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { Type } from 'typebox'
import type { Scheme } from './described-routes.ts'

const SCHEMES = {
  adminToken: { type: 'http', scheme: 'bearer', description: 'SLUICE_ADMIN_TOKEN' },
  session: { type: 'apiKey', in: 'cookie', name: 'sluice_session', description: 'of whoever has signed in' },
  clientKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: "a user's key" },
  clientToken: { type: 'http', scheme: 'bearer', description: "a user's key" }
} as const satisfies Record<Scheme, object>

const Error = Type.Object({
  type: Type.Literal('error'),
  error: Type.Object({ type: Type.String(), message: Type.String() }),
  request_id: Type.String()
})

/**
 * Has the routes that are registered from now on, and those of clients, described by `app.swagger()`: an OpenAPI 3.1 document, made
 * of the schemas that they state.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice', version: '1' },
      components: { securitySchemes: SCHEMES, schemas: { Error } }
    },
    stripBasePath: false,
    transform: ({ schema, url, route: { method } }) => ({
      url: url.replace(/\/$/, ''),
      schema: documented(schema ?? {}, `${String(method)} ${url}`)
    }),
    transformObject: (document) => ('openapiObject' in document ? withOptionalBodies(document.openapiObject) : {})
  })
  for (const { method, url, schema } of app.clientRoutes) {
    app.route({ method, url, schema, validatorCompiler: () => () => true, handler: async () => {} })
  }
}

function documented(schema: FastifySchema, route: string): FastifySchema {
  const { response, ...rest } = explained(schema) as FastifySchema
  const [method = '', ...words] = route.match(/[A-Za-z0-9]+/g) ?? []
  return {
    // What clients that are made of the document call it.
    operationId: [method.toLowerCase(), ...words].join('_'),
    ...rest,
    response: { ...withDescriptions(response ?? { 200: { type: 'object' } }), ...refusalsOf(schema) }
  }
}

/** No body is an empty one, so one is required where something in it is. */
function withOptionalBodies<D extends { paths?: object }>(document: D): D {
  for (const path of Object.values(document.paths ?? {})) {
    for (const { requestBody } of Object.values(path as Record<string, { requestBody?: RequestBody }>)) {
      const schemas = Object.values(requestBody?.content ?? {}).map(({ schema }) => schema)
      if (requestBody !== undefined) requestBody.required = schemas.some(({ required = [] }) => required.length > 0)
    }
  }
  return document
}

interface RequestBody {
  required: boolean
  content: Record<string, { schema: { required?: readonly string[] } }>
}

/** What a field is says more than what it must be. */
function explained(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(explained)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, explained(value)]))
  const { meaning, description, ...rest } = inner
  // A field of that name has a schema there.
  return typeof meaning === 'string' ? { ...rest, description: [meaning, description].filter(Boolean).join('; ') } : inner
}

const withDescriptions = (response: object) =>
  Object.fromEntries(
    Object.entries(response).map(([status, schema]) => [status, { description: 'Done', ...(schema as object) }])
  )

function refusalsOf({ body, querystring, params, headers, security = [], refuses }: FastifySchema) {
  const takes = [body, querystring, params, headers].some((part) => part !== undefined)
  const refusals = {
    ...(takes ? { 400: 'It asks for what cannot be' } : {}),
    ...(security.length > 0 ? { 401: 'Nobody known asks', 403: 'Whoever asks may not do this' } : {}),
    ...(params === undefined ? {} : { 404: 'There is nothing of that id or name' }),
    ...('if-match' in ((headers as { properties?: object } | undefined)?.properties ?? {})
      ? { 412: 'It is at another version than If-Match names' }
      : {}),
    ...refuses,
    default: 'Anything else that is wrong'
  }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
  return Object.fromEntries(Object.entries(refusals).map(([status, description]) => [status, { description, content }]))
}
