import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import type { TestContext } from 'node:test'

/** An ingress that has a gateway below a path, which it takes away. Browsers know it as `localhost`: another site than 127.0.0.1. */
export async function startPathProxy(t: TestContext, path: string) {
  let target = ''
  const server = createServer((incoming, response) => {
    const { url = '', method, headers } = incoming
    if (!url.startsWith(`${path}/`)) {
      response.writeHead(404).end('of another service')
      return
    }
    const outgoing = send(target + url.slice(path.length), { method, headers }, (upstream) => {
      // A page that was closed or left meanwhile.
      if (response.destroyed) {
        upstream.destroy()
        return
      }
      response.writeHead(upstream.statusCode ?? 502, upstream.headers)
      pipeline(upstream, response, () => {})
    })
    outgoing.on('error', () => response.destroy())
    pipeline(incoming, outgoing, () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}${path}`,
    sendTo(gatewayUrl: string) {
      target = gatewayUrl
    }
  }
}
