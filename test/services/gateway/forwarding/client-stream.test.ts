import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { systemClock } from '../../../../services/platform/clock.ts'
import { ClientStream } from '../../../../services/gateway/forwarding/client-stream.ts'

const OPTIONS = {
  requestId: 'x',
  pingIntervalMs: 60_000,
  keepAliveMs: 0,
  quietStreams: { add() {}, remove() {} },
  stallTimeoutMs: 60_000,
  clock: systemClock
}
const EVENTS = { 'content-type': 'text/event-stream' }

/** What a client reads behind the head, byte for byte, of what `respond` writes; and the head. */
async function answered(t: TestContext, respond: (stream: ClientStream) => void, version = '1.1'): Promise<[string, string]> {
  const server = createServer((_request, response) => respond(new ClientStream(response, OPTIONS)))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(`GET / HTTP/${version}\r\nhost: x\r\nconnection: close\r\n\r\n`)
  const read = await text(socket)
  const end = read.indexOf('\r\n\r\n')
  return [read.slice(end + 4), read.slice(0, end)]
}

const write = (stream: ClientStream, content: string) => stream.write(Buffer.from(content), () => {})

await suite('the bytes of a stream', async () => {
  test('are pieces of the chunked coding, an empty one none of them, and nothing behind the last', async (t) => {
    const long = 'é'.repeat(5000)
    const [body, head] = await answered(t, (stream) => {
      stream.begin(200, EVENTS, true)
      write(stream, 'first')
      write(stream, '')
      write(stream, long)
      stream.end(Buffer.from('last one'))
    })
    assert.match(head, /\r\ntransfer-encoding: chunked/i)
    assert.equal(body, `5\r\nfirst\r\n2710\r\n${long}\r\n8\r\nlast one\r\n0\r\n\r\n`)
  })

  test('end with the last chunk where nothing is left to be written', async (t) => {
    const [body] = await answered(t, (stream) => {
      stream.begin(200, EVENTS, true)
      write(stream, 'all')
      stream.end()
    })
    assert.equal(body, '3\r\nall\r\n0\r\n\r\n')
  })

  test('end in an error event as pieces too', async (t) => {
    const [body] = await answered(t, (stream) => {
      stream.begin(200, EVENTS, true)
      stream.fail(new Error('no'))
    })
    assert.match(body, /^[0-9a-f]+\r\nevent: error\ndata: \{.*\}\n\n\r\n0\r\n\r\n$/)
  })

  test('are as they are for a client of before the chunked coding, and where their length is announced', async (t) => {
    const [old, oldHead] = await answered(
      t,
      (stream) => {
        stream.begin(200, EVENTS, true)
        write(stream, 'one ')
        stream.end(Buffer.from('two'))
      },
      '1.0'
    )
    assert.doesNotMatch(oldHead, /transfer-encoding/i)
    assert.equal(old, 'one two')
    const [whole] = await answered(t, (stream) => {
      stream.begin(200, { 'content-type': 'application/json', 'content-length': 2 }, false)
      stream.end(Buffer.from('{}'))
    })
    assert.equal(whole, '{}')
  })
})
