import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { hostRulesOf } from '../services/platform/network/host-rules.ts'
import { record, type OperatorContext } from '../services/resources/admin/operator-changes.ts'
import type { AuditOrigin } from '../services/resources/records/audit-log.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where a request came from. */
    originOf: (request: FastifyRequest) => AuditOrigin
    /** What the changes that a request asks for are made, and put on record, with. */
    operatorOf: (request: FastifyRequest) => OperatorContext
    /** Puts on record what an operator has done. No secret may be in `detail`. */
    audit: (request: FastifyRequest, action: string, subject: string, detail: Record<string, unknown>) => Promise<void>
  }
}

const LONGEST_USER_AGENT = 300
const OS_USER = /^[\w.@-]{1,64}$/

/** Whoever has the token may say which user of their machine they are, as the `sluice` command does, and be nobody else by it. */
function holderOfToken({ headers }: FastifyRequest): string {
  const user = headers['x-sluice-os-user']
  return typeof user === 'string' && OS_USER.test(user) ? `cli:${user}` : 'admin'
}

async function audit(app: FastifyInstance) {
  const hosts = hostRulesOf(app.config)
  const originOf = (request: FastifyRequest): AuditOrigin => ({
    requestId: request.id,
    clientAddress: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, LONGEST_USER_AGENT) ?? null
  })
  const operatorOf = (request: FastifyRequest): OperatorContext => ({
    pool: app.adminDatabase,
    clock: app.clock,
    secretBox: app.secretBox,
    hosts,
    actor: request.person?.name ?? holderOfToken(request),
    origin: originOf(request)
  })
  app.decorate('originOf', originOf)
  app.decorate('operatorOf', operatorOf)
  app.decorate('audit', (request, action, subject, detail) =>
    record(app.adminDatabase, operatorOf(request), action, subject, detail)
  )
}

export default fp(audit, { name: 'audit', fastify: '5.x', dependencies: ['config', 'database', 'secrets', 'people'] })
