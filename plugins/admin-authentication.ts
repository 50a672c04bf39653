import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { bearerOf, createTokenCheck } from '../services/platform/bearer-tokens.ts'
import { GatewayError } from '../services/platform/gateway-errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** onRequest: lets the holder of an admin token through, admins who have signed in, and viewers who only look. */
    requireAdmin: (request: FastifyRequest) => Promise<void>
    /** onRequest: lets an identity provider through that has a SCIM token. */
    requireScim: (request: FastifyRequest) => Promise<void>
    /** A token of this process's life, for the `sluice` command on the same machine. */
    localAdminToken: string
  }
}

async function adminAuthentication(app: FastifyInstance) {
  const localToken = randomBytes(32).toString('base64url')
  const { adminToken, scimTokens } = app.config
  const isAdminToken = createTokenCheck([localToken, ...(adminToken === null ? [] : [adminToken])])
  const isScimToken = createTokenCheck(scimTokens ?? [])

  app.decorate('localAdminToken', localToken)
  app.decorate('requireAdmin', async (request: FastifyRequest) => {
    const token = bearerOf(request.headers)
    if (token !== null && isAdminToken(token)) return
    request.person = token === null ? await app.sessions.personOf(request) : null
    if (request.person === null) {
      throw await app.refusalOfUnknown(request, new GatewayError(401, 'authentication_error', 'invalid admin token'))
    }
    const { role } = request.person
    if (role === 'admin' || (role === 'viewer' && ['GET', 'HEAD'].includes(request.method))) return
    throw new GatewayError(403, 'permission_error', `the role ${role} may not do this`)
  })

  app.decorate('requireScim', async (request: FastifyRequest) => {
    const token = bearerOf(request.headers)
    if (token !== null && isScimToken(token)) return
    throw await app.refusalOfUnknown(request, new GatewayError(401, 'authentication_error', 'invalid SCIM token'))
  })
}

export default fp(adminAuthentication, {
  name: 'admin-authentication',
  fastify: '5.x',
  dependencies: ['config', 'authentication', 'people']
})
