import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { wordsOf } from '../../services/error-words.ts'
import { addProxy, changeProxy, removeProxy } from '../../services/admin/accounts.ts'
import { etagOf, unknownId } from '../../services/admin/operator-changes.ts'
import { reachThrough } from '../../services/forwarding/proxy-check.ts'
import { parseProxyUrl } from '../../services/forwarding/proxy-url.ts'
import { findProxy, listProxies, type ProxyRecord } from '../../services/records/proxies.ts'
import { DesiredProxy } from '../../services/set-up/declarative-schema.ts'
import { upstreamContextOf } from './account-rows.ts'
import { ONE_PAGE, pageOf, ROW_ID } from './paging.ts'
import { closed, TextOrNull } from './schemas.ts'

const Proxy = Type.Object({ id: Type.String(), name: Type.String(), version: Type.Integer() })
const NewProxy = Type.Object(DesiredProxy.properties, closed)
const ProxyChanges = Type.Object({ url: DesiredProxy.properties.url }, closed)
const Tested = Type.Object({
  ok: Type.Boolean(),
  target: Type.String(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  duration_ms: Type.Union([Type.Number(), Type.Null()]),
  problem: TextOrNull
})

const onWire = ({ id, name, version }: ProxyRecord) => ({ id, name, version })

/** The outbound proxies. Their URLs are secrets; the names say where they lead. */
const proxies: FastifyPluginAsyncTypebox = async (app) => {
  async function changed(reply: FastifyReply, proxy: ProxyRecord) {
    app.bus.publish('accounts')
    return await reply.header('etag', etagOf(proxy)).send(onWire(proxy))
  }

  app.get(
    '/proxies',
    { schema: { summary: 'Lists proxies, without their URLs', querystring: ONE_PAGE, response: { 200: pageOf(Proxy) } } },
    async () => {
      const records = await listProxies(app.adminDatabase)
      return { data: records.map(onWire), next_cursor: null }
    }
  )

  app.get(
    '/proxies/:id',
    { schema: { summary: 'Shows a proxy, without its URL', params: ROW_ID, response: { 200: Proxy } } },
    async ({ params: { id } }, reply) => {
      const proxy = await findProxy(app.adminDatabase, id)
      if (proxy === null) throw unknownId('proxy', id)
      return await reply.header('etag', etagOf(proxy)).send(onWire(proxy))
    }
  )

  app.post(
    '/proxies',
    { schema: { summary: 'Creates a proxy', body: NewProxy, response: { 201: Proxy } } },
    async (request, reply) => changed(reply.code(201), await addProxy(upstreamContextOf(app, request), request.body))
  )

  app.patch(
    '/proxies/:id',
    { schema: { summary: "Changes a proxy's URL", params: ROW_ID, body: ProxyChanges, response: { 200: Proxy } } },
    async (request, reply) => {
      const target = { id: request.params.id, ifMatch: request.headers['if-match'] }
      return await changed(reply, await changeProxy(upstreamContextOf(app, request), target, request.body.url))
    }
  )

  app.delete(
    '/proxies/:id',
    { schema: { summary: 'Removes a proxy that no account goes through', params: ROW_ID, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await removeProxy(app.operatorOf(request), { id: request.params.id, ifMatch: request.headers['if-match'] })
      app.bus.publish('accounts')
      return await reply.code(204).send(null)
    }
  )

  app.post(
    '/proxies/:id/test',
    { schema: { summary: 'Reaches for the upstream through a proxy', params: ROW_ID, response: { 200: Tested } } },
    async ({ params: { id } }) => {
      const record = await findProxy(app.adminDatabase, id)
      if (record === null) throw unknownId('proxy', id)
      const { anthropicBaseUrl, upstreamConnectTimeoutMs } = app.config
      try {
        const proxy = parseProxyUrl(app.secretBox.open(record.url, `proxy:${record.name}`))
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
