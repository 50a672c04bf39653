import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { describeApi, type DescribedRoute } from '../../services/admin/openapi.ts'

/** Nothing from elsewhere, and nobody else's frame. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

/**
 * `/reference`: the admin API as a page to read and to try it with. It asks for no token, for it has the API's shape and nothing
 * else; what is tried there does.
 */
export default async function reference(app: FastifyInstance, { routes }: { routes: readonly DescribedRoute[] }) {
  const document = describeApi(routes, { title: 'Sluice admin API', prefix: app.prefix })
  await app.register(swagger, { mode: 'static', specification: { document: document as never } })
  await app.register(swaggerUi, {
    routePrefix: '/reference',
    indexPrefix: app.prefix,
    theme: { title: 'Sluice admin API' },
    staticCSP: CONTENT_SECURITY_POLICY,
    uiConfig: { docExpansion: 'none', validatorUrl: null, persistAuthorization: false }
  })
}
