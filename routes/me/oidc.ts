import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../../services/platform/gateway-errors.ts'

/**
 * Goes on by itself: the session's cookie is not sent with a request that another site has begun, so a redirect would come without
 * it.
 */
const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sluice</title><meta http-equiv="refresh" content="0;url=/me/v1"></head>
<body><p>You are signed in. <a href="/me/v1">Go on</a>.</p></body></html>
`

const HTML = { description: 'A page that goes on by itself', content: { 'text/html': { schema: { type: 'string' } } } }

/** Signing in at the OpenID provider of the settings. */
export default async function oidc(app: FastifyInstance) {
  const provider = app.oidc
  if (provider === null) return

  const beginning = { summary: 'Sends a browser to the OpenID provider', response: { 302: { type: 'null' } } }
  app.get('/oidc/sign-in', { schema: beginning }, async (_request, reply) => {
    const url = await provider.begin(reply)
    return await reply.header('cache-control', 'no-store').redirect(url)
  })

  const ending = { summary: 'Signs in whom the OpenID provider sends back', response: { 200: HTML } }
  app.get('/oidc/callback', { schema: ending }, async (request, reply) => {
    try {
      const { token } = await provider.complete(request, reply, request.url.slice(request.url.indexOf('?')))
      app.sessions.set(reply, token)
    } catch (error) {
      if (error instanceof GatewayError && error.status === 401) throw await app.refusalOfUnknown(request, error)
      throw error
    }
    return await reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(PAGE)
  })
}
