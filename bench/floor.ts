/**
 * The floor, as a process: what passing bytes through costs with node:http in front and undici behind, and nothing else. No
 * gateway on these two can be cheaper, so what one adds is told as a ratio to this. Prints its URL as one line.
 *
 *     node bench/floor.ts http://127.0.0.1:PORT
 */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'upgrade', 'te', 'trailer', 'expect'])

function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const passed: IncomingHttpHeaders = {}
  for (const name in headers) {
    if (!HOP_BY_HOP.has(name)) passed[name] = headers[name]
  }
  return passed
}

/** Copies the response at the client's pace; a client that leaves aborts the upstream request. */
function copyTo(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      if (response.destroyed) return controller.abort(new Error('client gone'))
      response.on('close', () => {
        if (!response.writableFinished) controller.abort(new Error('client gone'))
      })
      response.on('drain', () => controller.resume())
    },
    onResponseStart(_, status, headers) {
      response.writeHead(status, passedOn(headers))
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd() {
      response.end()
    },
    onResponseError() {
      response.destroy()
    }
  }
}

const pool = new Pool(process.argv[2] ?? '', { connections: null, pipelining: 1, allowH2: false })
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const method = request.method as Dispatcher.HttpMethod
  const body = method === 'GET' || method === 'HEAD' ? null : request
  pool.dispatch({ path: request.url ?? '/', method, headers: passedOn(request.headers), body }, copyTo(response))
})
server.listen(0, '127.0.0.1', 4096, () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
