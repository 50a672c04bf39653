import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { appendAudit } from '../services/records/audit-log.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Puts on record what an operator has done. No secret may be in `detail`. */
    audit: (action: string, subject: string, detail: Record<string, unknown>) => Promise<void>
  }
}

async function audit(app: FastifyInstance) {
  app.decorate('audit', (action, subject, detail) =>
    appendAudit(app.pg.pool, { at: app.clock.now(), actor: 'admin', action, subject, detail, exchangeId: null })
  )
}

export default fp(audit, { name: 'audit', fastify: '5.x', dependencies: ['config', 'database'] })
