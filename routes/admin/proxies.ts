import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { reachThrough } from '../../services/forwarding/proxy-check.ts'
import { parseProxyUrl } from '../../services/forwarding/proxy-url.ts'
import { GatewayError } from '../../services/gateway-errors.ts'
import { pageOf } from './paging.ts'
import { findProxy, listProxies } from '../../services/records/proxies.ts'

const Id = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })

const Proxy = Type.Object({ id: Type.String(), name: Type.String() })

/** The outbound proxies. Their URLs are secrets; the names say where they lead. */
const proxies: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/proxies', { schema: { response: { 200: pageOf(Proxy) } } }, async () => {
    const records = await listProxies(app.adminDatabase)
    return { data: records.map(({ id, name }) => ({ id, name })), next_cursor: null }
  })

  app.post('/proxies/:id/test', { schema: { params: Id } }, async ({ params: { id } }) => {
    const record = await findProxy(app.adminDatabase, id)
    if (record === null) throw new GatewayError(404, 'not_found_error', `no proxy has the id ${id}`)
    const { anthropicBaseUrl, upstreamConnectTimeoutMs } = app.config
    try {
      const proxy = parseProxyUrl(app.secretBox.open(record.url, `proxy:${record.name}`))
      const dispatcher = app.upstreamPools.dispatcherFor(new URL(anthropicBaseUrl).origin, proxy)
      const reached = await reachThrough(dispatcher, anthropicBaseUrl, {
        timeoutMs: 2 * upstreamConnectTimeoutMs,
        now: app.clock.now
      })
      return { ok: true, target: anthropicBaseUrl, status: reached.status, duration_ms: reached.durationMs, problem: null }
    } catch (error) {
      return { ok: false, target: anthropicBaseUrl, status: null, duration_ms: null, problem: (error as Error).message }
    }
  })
}

export default proxies
