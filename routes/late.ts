import type { FastifyInstance } from 'fastify'
import { compileAnswerWriter } from '../services/admin/answer-writers.ts'
import admin from './admin/index.ts'
import me from './me/index.ts'

/** What operators and people who sign in ask for: nothing that a client of the Messages API needs. */
export default async function late(app: FastifyInstance) {
  app.setSerializerCompiler(compileAnswerWriter)
  await app.register(admin, { prefix: '/admin/v1' })
  await app.register(me, { prefix: '/me/v1' })
}
