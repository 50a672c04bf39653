import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

const Link = Type.Object({
  code: Type.String({ description: 'goes behind the # of /console/enter' }),
  url: Type.Union([Type.String(), Type.Null()], { description: 'the whole link, where PUBLIC_URL says how it begins' }),
  expires_at: Type.String()
})

/** Links that sign an operator in to the console. */
const consoleLinks: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/console-links',
    {
      schema: {
        summary: 'Makes a link that signs an operator in to the console, once and within ten minutes',
        response: { 201: Link }
      }
    },
    async (request, reply) => {
      const { code, expiresAt } = await app.consoleLinks.make(app.operatorOf(request))
      const { publicUrl } = app.config
      return await reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({
          code,
          url: publicUrl === null ? null : `${publicUrl}/console/enter#${code}`,
          expires_at: new Date(expiresAt).toISOString()
        })
    }
  )
}

export default consoleLinks
