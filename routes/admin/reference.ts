import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** Nothing from elsewhere, and nobody else's frame. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" viewBox="0 0 120 40">
<text x="0" y="29" font-family="system-ui, sans-serif" font-size="28" font-weight="600" fill="#fff">Sluice</text></svg>`

/**
 * `/reference`: the API as a page to read and to try it with. It asks for no token, for it has the API's shape and nothing
 * else; what is tried there does.
 */
export default async function reference(app: FastifyInstance) {
  await app.register(swaggerUi, {
    routePrefix: '/reference',
    indexPrefix: app.prefix,
    theme: { title: 'Sluice API' },
    logo: { type: 'image/svg+xml', content: Buffer.from(LOGO) },
    staticCSP: CONTENT_SECURITY_POLICY,
    uiConfig: { docExpansion: 'list', validatorUrl: null, persistAuthorization: false }
  })
}
