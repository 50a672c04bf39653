import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { wordsOf } from '../../services/platform/error-words.ts'
import { reachThrough } from '../../services/gateway/forwarding/proxy-check.ts'
import { parseProxyUrl } from '../../services/platform/network/proxy-url.ts'
import { proxyResource, sealedProxy } from '../../services/resources/proxies/proxies.ts'
import { resourceRoutes } from '../resource-routes.ts'
import { ID_OR_NAME } from './paging.ts'
import { TextOrNull } from './schemas.ts'

const Tested = Type.Object({
  ok: Type.Boolean(),
  target: Type.String(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  duration_ms: Type.Union([Type.Number(), Type.Null()]),
  problem: TextOrNull
})

/** The outbound proxies. Their URLs are secrets; the names say where they lead. */
const proxies: FastifyPluginAsyncTypebox = async (app) => {
  resourceRoutes(app, proxyResource)

  app.post(
    '/proxies/:id/test',
    { schema: { summary: 'Reaches for the upstream through a proxy', params: ID_OR_NAME, response: { 200: Tested } } },
    async ({ params: { id } }) => {
      const { url, context } = await sealedProxy(app.adminDatabase, id)
      const { anthropicBaseUrl, upstreamConnectTimeoutMs } = app.config
      try {
        const proxy = parseProxyUrl(app.secretBox.open(url, context))
        const dispatcher = app.upstreamPools.dispatcherFor(new URL(anthropicBaseUrl).origin, proxy)
        const reached = await reachThrough(dispatcher, anthropicBaseUrl, {
          timeoutMs: 2 * upstreamConnectTimeoutMs,
          clock: app.clock
        })
        return { ok: true, target: anthropicBaseUrl, status: reached.status, duration_ms: reached.durationMs, problem: null }
      } catch (error) {
        return { ok: false, target: anthropicBaseUrl, status: null, duration_ms: null, problem: wordsOf(error) }
      }
    }
  )
}

export default proxies
