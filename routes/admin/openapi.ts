import type { FastifyInstance } from 'fastify'

/** `GET /openapi.json`: all routes as an OpenAPI 3.1 document, made of the schemas that they state. */
export default async function openapi(app: FastifyInstance) {
  let text: string | null = null

  app.get('/openapi.json', { schema: { summary: 'This document' } }, async (_request, reply) => {
    text ??= JSON.stringify(app.swagger())
    return await reply.type('application/json').send(text)
  })
}
