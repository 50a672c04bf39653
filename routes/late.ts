import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { compileResponseWriter } from '../services/resources/admin/response-writers.ts'
import admin from './admin/index.ts'
import { describeApi } from './api-document.ts'
import consolePages from './console.ts'
import me from './me/index.ts'
import scim from './scim/index.ts'

/** A page that shows something sets a policy of its own. Whether all of a domain is behind TLS is for the proxy in front to say. */
const BROWSER_RULES: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"], formAction: ["'none'"] }
  },
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' }
}

/** What operators and people who sign in ask for: nothing that a client of the Messages API needs. */
export default async function late(app: FastifyInstance) {
  await app.register(helmet, BROWSER_RULES)
  app.setSerializerCompiler(compileResponseWriter)
  // Pages, and what describes itself, are no part of the API that is described from here on.
  await app.register(consolePages, { prefix: '/console' })
  if (app.config.scimTokens !== null) await app.register(scim, { prefix: '/scim/v2' })
  await describeApi(app)
  await app.register(admin, { prefix: '/admin/v1' })
  await app.register(me, { prefix: '/me/v1' })
}
