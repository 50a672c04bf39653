import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { fieldInvalid, GatewayError } from '../../services/platform/gateway-errors.ts'
import {
  consoleBase,
  consolePathOf,
  publicRoot,
  RETURN_PATH_MAX_LENGTH,
  signInPageOf
} from '../../services/resources/sign-in/console-paths.ts'
import { compileRequestCheck } from '../../services/resources/admin/request-checks.ts'
import { problemOf } from '../../services/resources/sign-in/sign-in-refused.ts'

/**
 * Goes on by itself: the session's cookie is not sent with a request that another site has begun, so a redirect would come without
 * it.
 */
const pageOf = (next: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sluice</title><meta http-equiv="refresh" content="0;url=${next}"></head>
<body><p>You are signed in. <a href="${next}">Go on</a>.</p></body></html>
`

const HTML = {
  description: 'A page that goes on by itself, unless it was begun for the console',
  content: { 'text/html': { schema: { type: 'string' } } }
}
const TO_CONSOLE = { type: 'null', description: 'Back to the console; its sign-in page says why nobody is signed in' }

const Beginning = Type.Object({
  return_to: Type.Optional(
    Type.String({ description: 'the path of a page of the console, where a browser is sent in the end' })
  )
})

/** Signing in at the OpenID provider of the settings. */
const oidc: FastifyPluginAsyncTypebox = async (app) => {
  const provider = app.oidc
  if (provider === null) return
  const { publicUrl } = app.config
  const base = consoleBase(publicUrl)
  app.setValidatorCompiler(compileRequestCheck)
  const page = pageOf(`${publicRoot(publicUrl)}me/v1`)

  function returnPathOf(given: string): string {
    const path = consolePathOf(base, given)
    if (path !== null) return path
    throw fieldInvalid(
      `return_to must be the path of a page of the console, such as ${base}home, of at most ${RETURN_PATH_MAX_LENGTH} characters`
    )
  }

  /** The console asks the API once it is loaded, and then the session's cookie comes with it: a redirect will do. */
  const goTo = (reply: FastifyReply, path: string) =>
    reply.header('cache-control', 'no-store').redirect(publicUrl === null ? path : new URL(path, publicUrl).href, 303)

  /** The console tells why, in its own words. */
  function goBack(reply: FastifyReply, failure: unknown, returnTo: string | null): FastifyReply {
    const problem = problemOf(app.tellRefusal(reply.request, failure))
    return goTo(reply, signInPageOf(base, { problem, returnTo }))
  }

  app.get(
    '/oidc/sign-in',
    {
      schema: {
        summary: 'Sends a browser to the OpenID provider',
        querystring: Beginning,
        response: { 302: { type: 'null' }, 303: TO_CONSOLE }
      }
    },
    async (request, reply) => {
      const given = request.query.return_to
      const returnTo = given === undefined ? null : returnPathOf(given)
      try {
        const url = await provider.begin(reply, returnTo)
        return await reply.header('cache-control', 'no-store').redirect(url)
      } catch (error) {
        if (returnTo === null) throw error
        return await goBack(reply, error, returnTo)
      }
    }
  )

  const ending = { summary: 'Signs in whom the OpenID provider sends back', response: { 200: HTML, 303: TO_CONSOLE } }
  app.get('/oidc/callback', { schema: ending }, async (request, reply) => {
    const query = request.url.slice(request.url.indexOf('?'))
    const { isForConsole, returnTo } = provider.originOf(request, query)
    try {
      const { token, returnTo: next } = await provider.complete(request, reply, query)
      app.sessions.set(reply, token)
      if (next !== null) return await goTo(reply, next)
    } catch (error) {
      const isOfStranger = error instanceof GatewayError && error.status === 401
      const refusal = isOfStranger ? await app.refusalOfUnknown(request, error) : error
      if (!isForConsole) throw refusal
      return await goBack(reply, refusal, returnTo)
    }
    return await reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page)
  })
}

export default oidc
