import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { GatewayError } from '../services/platform/gateway-errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** onRequest: lets the holder of an admin token through, admins who have signed in, and viewers who only look. */
    requireAdmin: (request: FastifyRequest) => Promise<void>
    /** A token of this process's life, for the `sluice` command on the same machine. */
    localAdminToken: string
  }
}

const digest = (token: string) => hash('sha256', token, 'buffer')

async function adminAuthentication(app: FastifyInstance) {
  const localToken = randomBytes(32).toString('base64url')
  const { adminToken } = app.config
  const accepted = [localToken, ...(adminToken === null ? [] : [adminToken])].map(digest)

  app.decorate('localAdminToken', localToken)
  function isAdminToken(token: string): boolean {
    // Digests are of one length, and comparing them tells nothing of the token.
    const given = digest(token)
    return accepted.filter((known) => timingSafeEqual(known, given)).length > 0
  }

  app.decorate('requireAdmin', async (request: FastifyRequest) => {
    const token = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token !== undefined && isAdminToken(token)) return
    request.person = token === undefined ? await app.sessions.personOf(request) : null
    if (request.person === null) {
      throw await app.refusalOfUnknown(request, new GatewayError(401, 'authentication_error', 'invalid admin token'))
    }
    const { role } = request.person
    if (role === 'admin' || (role === 'viewer' && ['GET', 'HEAD'].includes(request.method))) return
    throw new GatewayError(403, 'permission_error', `the role ${role} may not do this`)
  })
}

export default fp(adminAuthentication, {
  name: 'admin-authentication',
  fastify: '5.x',
  dependencies: ['config', 'authentication', 'people']
})
