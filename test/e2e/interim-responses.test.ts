import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { account, ask, refusalOf, startGateway } from '../support/gateway.ts'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const NAMED_CONTINUE = 'HTTP/1.1 100 Go on\r\nx-via: an-old-proxy\r\n\r\n'
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
const PROCESSING = 'HTTP/1.1 102 Processing\r\n\r\n'

const message = JSON.stringify({
  type: 'message',
  model: 'claude-opus-5-5',
  content: [],
  usage: { input_tokens: 1, output_tokens: 1 }
})
const RESPONSE = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${message.length}\r\n\r\n${message}`

/** An upstream that answers each request on a connection with these bytes, in pieces of so many; counts its connections. */
async function rawUpstream(t: TestContext) {
  const upstream = { url: '', connections: 0, response: RESPONSE, pieceBytes: Infinity }
  async function respond(socket: Socket) {
    const { response, pieceBytes } = upstream
    for (let at = 0; at < response.length; at += pieceBytes) {
      socket.write(response.slice(at, Math.min(response.length, at + pieceBytes)))
      await turn()
    }
  }
  const server = createServer((socket) => {
    upstream.connections += 1
    socket.setNoDelay(true)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const [head = '', body] = text.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
      if (body === undefined || body.length < length) return
      text = ''
      void respond(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return upstream
}

test('interim responses that nobody asked for are passed over', { timeout: 30_000 }, async (t) => {
  const upstream = await rawUpstream(t)
  const { messages } = await startGateway(t, { declared: () => ({ accounts: [account('main', upstream.url)] }) })
  for (const interim of [CONTINUE, CONTINUE + CONTINUE, NAMED_CONTINUE, HINTS, PROCESSING, HINTS + CONTINUE + PROCESSING]) {
    for (const pieceBytes of [Infinity, 5, 1]) {
      Object.assign(upstream, { response: interim + RESPONSE, pieceBytes })
      const response = await messages(ask())
      assert.deepEqual([response.status, await response.text()], [200, message], JSON.stringify(interim))
    }
  }
  assert.equal(upstream.connections, 1, 'the connection goes on to be used')
})

test('an interim response alone is none', { timeout: 30_000 }, async (t) => {
  const upstream = await rawUpstream(t)
  const { messages } = await startGateway(t, {
    env: { START_TIMEOUT_MS: '300' },
    declared: () => ({ accounts: [account('main', upstream.url)] })
  })
  upstream.response = CONTINUE
  assert.equal((await refusalOf(await messages(ask({ stream: true })))).status, 504)
})
