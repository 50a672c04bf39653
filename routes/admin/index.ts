import type { FastifyInstance } from 'fastify'
import accounts from './accounts.ts'
import apply from './apply.ts'
import exchanges from './exchanges.ts'
import lists from './lists.ts'
import proxies from './proxies.ts'
import secrets from './secrets.ts'

/** The operator's API: every route of it asks for an admin token. */
export default async function admin(app: FastifyInstance) {
  app.addHook('onRequest', app.requireAdmin)
  await app.register(lists)
  await app.register(apply)
  await app.register(accounts)
  await app.register(proxies)
  await app.register(exchanges)
  await app.register(secrets)
}
