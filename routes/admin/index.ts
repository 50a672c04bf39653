import type { FastifyInstance } from 'fastify'
import apply from './apply.ts'
import lists from './lists.ts'

/** The operator's API: every route of it asks for an admin token. */
export default async function admin(app: FastifyInstance) {
  app.addHook('onRequest', app.requireAdmin)
  await app.register(lists)
  await app.register(apply)
}
