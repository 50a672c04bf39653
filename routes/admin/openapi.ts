import type { FastifyInstance } from 'fastify'
import { describeApi, type DescribedRoute } from '../../services/admin/openapi.ts'

/** `GET /openapi.json`: the admin API as an OpenAPI 3.1 document, made from the schemas that its routes are checked with. */
export default async function openapi(app: FastifyInstance, { routes }: { routes: readonly DescribedRoute[] }) {
  let text: string | null = null

  app.get('/openapi.json', { schema: { summary: 'This document' } }, async (_request, reply) => {
    text ??= JSON.stringify(describeApi(routes, { title: 'Sluice admin API', prefix: app.prefix }))
    return await reply.type('application/json').send(text)
  })
}
