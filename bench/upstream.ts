/**
 * A canned upstream as a process: it speaks just enough HTTP over plain sockets to cost next to nothing, so that the core it
 * shares with the load is not what is measured. The query says what it answers: `bench=json`, `bench=burst` (100 events, each an
 * HTTP chunk, in one write), `bench=brief` (a stream of one delta, 50 ms later) or `bench=paced` (an event each 50 ms until the other side leaves). Prints its URL as one line.
 */
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

const EVENT_INTERVAL_MS = 50
const TICK_MS = 5
const BURST_EVENTS = 100
const BRIEF_AFTER_MS = 50

/** As many and as long as the real API's, since a gateway pays for each. */
const COMMON_HEADERS = [
  'request-id: req_011CSHoEeqs5C35K2UUqR7Fy',
  'anthropic-organization-id: b7f5d8a0-3c1e-4f7a-9d52-51cafe000001',
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((kind) => [
    `anthropic-ratelimit-${kind}-limit: 400000`,
    `anthropic-ratelimit-${kind}-remaining: 399000`,
    `anthropic-ratelimit-${kind}-reset: 2030-01-01T00:00:00Z`
  ]),
  'strict-transport-security: max-age=31536000; includeSubDomains; preload',
  'set-cookie: _cfuvid=abcdef; path=/; domain=.anthropic.com; HttpOnly; Secure; SameSite=None',
  'cf-ray: 9a1b2c3d4e5f6071-FRA',
  'server: cloudflare'
].join('\r\n')

const USAGE = {
  input_tokens: 12,
  cache_creation_input_tokens: 100,
  cache_read_input_tokens: 4000,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 0 },
  output_tokens: 1,
  service_tier: 'standard',
  inference_geo: 'global'
}
const MESSAGE = { id: 'msg_01XFDUDYJgAACzvnptvVoYEL', type: 'message', role: 'assistant', model: 'claude-sonnet-5-5' }

const json = JSON.stringify({
  ...MESSAGE,
  content: [{ type: 'text', text: 'The settings loader now reads the file before it is needed.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { ...USAGE, output_tokens: 20 }
})
const JSON_RESPONSE = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${COMMON_HEADERS}\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`
)
const STREAM_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n${COMMON_HEADERS}\r\ntransfer-encoding: chunked\r\n\r\n`
const OPENING = [
  { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null, stop_sequence: null, usage: USAGE } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
]
const DELTA = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'so many words ' } }
const CLOSING = [
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { input_tokens: 12, cache_creation_input_tokens: 100, cache_read_input_tokens: 4000, output_tokens: 400 }
  },
  { type: 'message_stop' }
]
const DELTAS = Array.from({ length: BURST_EVENTS - OPENING.length - CLOSING.length }, () => DELTA)
const BURST_RESPONSE = Buffer.from(`${STREAM_HEAD}${[...OPENING, ...DELTAS, ...CLOSING].map(chunk).join('')}0\r\n\r\n`)
const BRIEF_RESPONSE = Buffer.from(`${STREAM_HEAD}${[...OPENING, DELTA, ...CLOSING].map(chunk).join('')}0\r\n\r\n`)
const PACED_HEAD = Buffer.from(`${STREAM_HEAD}${OPENING.map(chunk).join('')}`)
const PACED_EVENT = Buffer.from(chunk(DELTA))

function chunk(event: { type: string }): string {
  const frame = `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
  return `${Buffer.byteLength(frame).toString(16)}\r\n${frame}\r\n`
}

/** Streams take turns: each has one slot of the interval, so that 500 of them are no burst of 500. */
function createPacer() {
  const slots: Array<Set<Socket>> = Array.from({ length: EVENT_INTERVAL_MS / TICK_MS }, () => new Set<Socket>())
  let started = 0
  let tick = 0
  const from = performance.now()
  setInterval(() => {
    for (const due = Math.floor((performance.now() - from) / TICK_MS); tick < due; tick++) {
      for (const socket of slots[tick % slots.length] ?? []) socket.write(PACED_EVENT)
    }
  }, TICK_MS)
  return (socket: Socket) => {
    const slot = slots[started++ % slots.length]
    slot?.add(socket)
    socket.once('close', () => slot?.delete(socket))
    socket.write(PACED_HEAD)
  }
}

const startPaced = createPacer()

function respond(socket: Socket, target: string): void {
  if (target.includes('bench=paced')) startPaced(socket)
  else if (target.includes('bench=brief')) setTimeout(() => socket.write(BRIEF_RESPONSE), BRIEF_AFTER_MS)
  else socket.write(target.includes('bench=burst') ? BURST_RESPONSE : JSON_RESPONSE)
}

/** Finds where requests end: by content-length, or, if chunked, by the closing chunk at the end of what came. */
function serve(socket: Socket): void {
  let head = ''
  let target: string | null = null
  let bodyLeft = 0
  let tail = ''
  const finish = () => {
    const asked = target ?? ''
    target = null
    respond(socket, asked)
  }
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    let body = bytes
    if (target === null) {
      head += bytes.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const rest = head.length - end - 4
      target = head.slice(0, head.indexOf('\r\n'))
      const length = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end + 2))?.[1]
      const isChunked = length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head.slice(0, end + 2))
      bodyLeft = isChunked ? Infinity : Number(length ?? 0)
      head = ''
      tail = ''
      body = bytes.subarray(bytes.length - rest)
    }
    if (bodyLeft === Infinity) {
      tail = (tail + body.subarray(-7).toString('latin1')).slice(-7)
      if (tail === '\r\n0\r\n\r\n') finish()
      return
    }
    bodyLeft -= body.length
    if (bodyLeft <= 0) finish()
  })
}

const server = createServer(serve)
server.listen(0, '127.0.0.1', 4096, () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
