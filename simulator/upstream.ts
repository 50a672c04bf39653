/**
 * A simulated Messages API: a real HTTP server on 127.0.0.1 that answers as the real one does, and fails on request.
 *
 *     const upstream = await startSimulatedUpstream()
 *     t.after(() => upstream.close())
 *     // … point the gateway's account at upstream.url …
 *     upstream.requests[0]?.headers['x-api-key']
 *
 * What it answers is a `Behaviour` (behaviour.ts): plain JSON whose fields combine. Give one for all requests,
 * a list of rules (the first that matches decides), or a function of the request:
 *
 *     upstream.setBehaviour({ deltas: 100, paceMs: 50, usage: { inputTokens: 1000, outputTokens: 250 } })
 *     upstream.setBehaviour({ error: { status: 429 }, headers: { 'retry-after': '7' } })
 *     upstream.setBehaviour({ errorEvent: { at: 0 } })                        // `event: error` as the first event
 *     upstream.setBehaviour({ insert: [{ at: 0, event: 'ping' }, { at: 'middle', raw: ': comment\n\n' }] })
 *     upstream.setBehaviour({ breakOff: { how: 'reset', at: 'middle', midEvent: true } })
 *     upstream.setBehaviour({ breakOff: { how: 'stall', at: 'before-headers' } })
 *     upstream.setBehaviour({ holdAt: 'message_delta' })                       // nothing more until upstream.letGo()
 *     upstream.setBehaviour({ breakOff: { how: 'end', at: 'message_stop' } })  // a clean end without message_stop
 *     upstream.setBehaviour({ raw: { status: 307, headers: { location: 'http://127.0.0.1:9/' } } })
 *     upstream.setBehaviour({ raw: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' } })
 *     upstream.setBehaviour({ chunking: 'bytes', lineEnd: '\r\n', encoding: 'gzip' })
 *     upstream.setBehaviour({ text: '', stopReason: 'refusal', usage: { outputTokens: 0 } })
 *     upstream.setBehaviour([{ credential: 'sk-a', times: 2, behaviour: { error: { status: 529 } } }])
 *     upstream.setBehaviour((request, number) => (number === 1 ? { error: { status: 500 } } : {}))
 *
 * A function is asked once the body was read; one that wants to act before (`readBodyDelayMs`, `ignoreBody`, `at: 'request-head'`)
 * is set with `setBehaviour(fn, 'head')` and sees an empty body. Behaviours apply to POST /v1/messages and …/count_tokens.
 *
 * The last user message decides about tools: with the words "use the tool" it is answered by a tool_use block (the tool named
 * Bash if there is one, else the first), with a tool_result by text.
 *
 * `messageStarts` is the upstream's own book of what it worked for: a ledger has to agree with it. In-flight numbers count
 * POST /v1/messages from its head to just before its last bytes, so one who waits for the end before sending the next never
 * counts double.
 *
 * As a process: `node simulator/upstream.ts --port 0` prints its URL as one line. It is told what to do by
 * `PUT /__sim/behaviour` (a behaviour or rules), `POST /__sim/let-go` and `/__sim/reset`, and asked by `GET /__sim/stats`,
 * `/__sim/message-starts` and `/__sim/requests` (no bodies); upstream-process.ts has a client for it.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Command, InvalidArgumentError, Option } from 'commander'
import { parseObject, planBehaviour } from './behaviour.ts'
import type { Behaviour, BehaviourFunction, BehaviourRule, RecordedRequest } from './behaviour.ts'
import { identityHeaders, rateLimitHeaders } from './headers.ts'
import { composeMessage, countTokens } from './message.ts'
import type { SimulatedMessage } from './message.ts'
import { decode, errorBody, refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { breakConnection, eventParts, pause, sendBody } from './wire.ts'
import type { BodyPart, BodyWatch } from './wire.ts'

export type { Behaviour, BehaviourFunction, BehaviourRule, RecordedRequest } from './behaviour.ts'

const MESSAGE_PATHS = new Set(['/v1/messages', '/v1/messages/count_tokens'])

export interface SimulatedUpstreamOptions {
  port?: number
  /** The credentials it knows; others get 401. All are known when absent. */
  credentials?: string[]
  /** How it wants a key; either way when absent. */
  auth?: 'x-api-key' | 'bearer'
  /** `heads` leaves bodies out of `requests`, `none` keeps no requests: for long runs. */
  record?: 'all' | 'heads' | 'none'
  /** Called when a POST /v1/messages counts as in flight; what it returns is called, once, when it no longer does. */
  onInFlight?: (request: RecordedRequest) => () => void
}

/** One message the upstream began to tell: from here on it counts as worked for. */
export interface MessageStart {
  requestNumber: number
  messageId: string
  requestId: string
  credential: string
  model: string
  stream: boolean
  /** What the whole message uses; the other side hears it only if the closing numbers reach it. */
  inputTokens: number
  outputTokens: number
  cacheCreation5mTokens: number
  cacheCreation1hTokens: number
  cacheReadTokens: number
  /** The closing message_delta, or the JSON's end, was handed to the socket. */
  closingUsageSent: boolean
}

export interface InFlight {
  inFlight: number
  maxInFlight: number
  total: number
}

export interface SimulatedUpstream {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  url: string
  requests: RecordedRequest[]
  messageStarts: MessageStart[]
  /** POST /v1/messages only. */
  stats: InFlight & { byCredential: Map<string, InFlight> }
  /** Connections accepted since the start, and open now. */
  connections: { total: number; open: number }
  setBehaviour: (source: Behaviour | BehaviourRule[] | BehaviourFunction, decideAt?: 'head' | 'body') => void
  /** Has the streams go on that are held now. */
  letGo: () => void
  /** Closes so many of the next connections as soon as they are accepted. */
  refuseConnections: (count: number) => void
  /** Forgets requests, message starts and totals, and answers normally again; what is in flight stays counted. */
  reset: () => void
  close: () => Promise<void>
}

/** Starts the simulated upstream on 127.0.0.1, on a free port unless one is named. */
export async function startSimulatedUpstream(options: SimulatedUpstreamOptions = {}): Promise<SimulatedUpstream> {
  const known = options.credentials === undefined ? null : new Set(options.credentials)
  const { auth = null } = options
  const run = randomBytes(4).toString('hex')
  const requests: RecordedRequest[] = []
  const messageStarts: MessageStart[] = []
  const stats = { inFlight: 0, maxInFlight: 0, total: 0, byCredential: new Map<string, InFlight>() }
  const connections = { total: 0, open: 0 }
  const held = new Set<() => void>()
  let plan = planBehaviour({})
  let received = 0
  let refusals = 0

  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000 }, (request, response) => {
    const url = request.url ?? '/'
    const work = url.startsWith('/__sim/') ? control(url, request, response) : serve(request, response)
    work.catch((error: unknown) => {
      if (response.destroyed) return
      console.error('simulated upstream:', error)
      response.destroy()
    })
  })
  server.on('connection', (socket: Socket) => {
    connections.total++
    if (refusals > 0) {
      refusals--
      socket.resetAndDestroy()
      return
    }
    connections.open++
    socket.on('close', () => connections.open--)
  })

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = recordHead(incoming, ++received)
    if (options.record !== 'none') requests.push(request)
    const requestId = `req_sim${run}${String(request.number).padStart(8, '0')}`
    const path = request.path.split('?')[0] ?? ''
    const isMessage = request.method === 'POST' && path === '/v1/messages'
    const release = isMessage ? countIn(stats, request.credential ?? '', options.onInFlight?.(request)) : () => {}
    const gone = new AbortController()
    response.on('error', () => {})
    response.on('close', () => {
      release()
      if (!request.answered) request.closedEarly = true
      if (options.record === 'heads') request.body = Buffer.alloc(0)
      gone.abort()
    })
    const watch: BodyWatch = {
      gone: gone.signal,
      beforePart: () => {},
      async held() {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        const hangUp = () => reject(gone.signal.reason)
        gone.signal.addEventListener('abort', hangUp, { once: true })
        held.add(resolve)
        try {
          await promise
        } finally {
          held.delete(resolve)
        }
      },
      afterWrite: (bytes) => (request.bytesSent += bytes),
      beforeLastPart: release,
      beforeEnd: () => {
        release()
        request.answered = true
      }
    }
    const exchange: Exchange = {
      incoming,
      response,
      request,
      requestId,
      watch,
      release
    }
    try {
      if (request.method !== 'POST' || !MESSAGE_PATHS.has(path)) {
        return await sendError(exchange, {}, { status: 404, message: `Not Found` })
      }
      await respond(exchange)
    } catch (error) {
      if (!gone.signal.aborted) throw error
    }
  }

  async function respond(exchange: Exchange): Promise<void> {
    const { request, response, watch } = exchange
    let body = plan.needsBody ? await readBody(exchange, 0) : null
    const behaviour = plan.decide(request, request.number) ?? {}
    const { breakOff } = behaviour
    if (breakOff?.at === 'request-head') {
      watch.beforeEnd()
      return await breakConnection(response, breakOff.how, watch.gone)
    }
    if (behaviour.ignoreBody !== true) body ??= await readBody(exchange, behaviour.readBodyDelayMs ?? 0)
    if (behaviour.delayHeadersMs !== undefined) await pause(behaviour.delayHeadersMs, watch.gone)
    if (breakOff?.at === 'before-headers') {
      if (breakOff.how !== 'stall') watch.beforeEnd()
      return await breakConnection(response, breakOff.how, watch.gone)
    }
    if (behaviour.raw !== undefined) {
      const { status, headers = {}, body: text = '' } = behaviour.raw
      return await sendWhole(exchange, behaviour, status, headers, text)
    }
    if (behaviour.error !== undefined) return await sendError(exchange, behaviour, behaviour.error)
    const text = decode(body ?? Buffer.alloc(0), exchange.incoming.headers['content-encoding'])
    const refusal = refuse(request, text, { known, auth })
    if (refusal !== null) return await sendError(exchange, behaviour, refusal)
    await sendResponse(exchange, behaviour, parseObject(text) ?? {})
  }

  async function sendResponse(exchange: Exchange, behaviour: Behaviour, body: Record<string, unknown>): Promise<void> {
    const { request, requestId, watch } = exchange
    if (request.path.includes('/count_tokens')) {
      return await sendWhole(exchange, behaviour, 200, {}, JSON.stringify({ input_tokens: countTokens(body) }))
    }
    const message = composeMessage(`msg_sim${run}${String(request.number).padStart(8, '0')}`, body, behaviour)
    const stream = body['stream'] === true
    const start = messageStart(message, exchange, stream)
    if (!stream) {
      messageStarts.push(start)
      watch.beforePart = () => (start.closingUsageSent = behaviour.breakOff === undefined)
      return await sendWhole(exchange, behaviour, 200, rateLimitHeaders(), JSON.stringify(message.json))
    }
    const parts = eventParts(message.events, behaviour, requestId)
    let closingLeft = parts.filter(isClosing).length
    watch.beforePart = (names) => {
      if (names.includes('message_start')) messageStarts.push(start)
      const closing = names.filter((name) => name === 'message_delta').length
      closingLeft -= closing
      if (closing > 0 && closingLeft === 0) start.closingUsageSent = true
    }
    const head = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...rateLimitHeaders() }
    await sendParts(exchange, behaviour, 200, head, parts)
  }

  async function control(url: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    const reply = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
    switch (url) {
      case '/__sim/behaviour':
        plan = planBehaviour(JSON.parse(body.toString()) as Behaviour | BehaviourRule[])
        return void reply({})
      case '/__sim/let-go':
        upstream.letGo()
        return void reply({})
      case '/__sim/reset':
        upstream.reset()
        return void reply({})
      case '/__sim/stats':
        return void reply({ ...stats, byCredential: Object.fromEntries(stats.byCredential), connections })
      case '/__sim/message-starts':
        return void reply(messageStarts)
      case '/__sim/requests':
        return void reply(requests.map((request) => ({ ...request, body: undefined })))
      default:
        response.statusCode = 404
        return void reply({ error: `no such control: ${url}` })
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const upstream: SimulatedUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    messageStarts,
    stats,
    connections,
    setBehaviour(source, decideAt) {
      plan = planBehaviour(source, decideAt)
    },
    letGo() {
      for (const goOn of held) goOn()
    },
    refuseConnections(count) {
      refusals = count
    },
    reset() {
      plan = planBehaviour({})
      received = 0
      requests.length = 0
      messageStarts.length = 0
      for (const counter of [stats, ...stats.byCredential.values()]) {
        counter.total = 0
        counter.maxInFlight = counter.inFlight
      }
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }
  return upstream
}

interface Exchange {
  incoming: IncomingMessage
  response: ServerResponse
  request: RecordedRequest
  requestId: string
  watch: BodyWatch
  release: () => void
}

function recordHead(incoming: IncomingMessage, number: number): RecordedRequest {
  const bearer = /^Bearer\s+(.+)$/i.exec(incoming.headers.authorization ?? '')?.[1]
  const key = incoming.headers['x-api-key']
  return {
    number,
    method: incoming.method ?? '',
    path: incoming.url ?? '/',
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    credential: typeof key === 'string' ? key : (bearer ?? null),
    at: Date.now(),
    body: Buffer.alloc(0),
    bodyBytesRead: 0,
    bytesSent: 0,
    answered: false,
    closedEarly: false
  }
}

/** Counts one in for all and for its credential; the returned function counts it out, once. */
function countIn(stats: SimulatedUpstream['stats'], credential: string, onOut = () => {}): () => void {
  const own = stats.byCredential.get(credential) ?? { inFlight: 0, maxInFlight: 0, total: 0 }
  stats.byCredential.set(credential, own)
  for (const counter of [stats, own]) {
    counter.total++
    counter.inFlight++
    counter.maxInFlight = Math.max(counter.maxInFlight, counter.inFlight)
  }
  let isOut = false
  return () => {
    if (isOut) return
    isOut = true
    stats.inFlight--
    own.inFlight--
    onOut()
  }
}

async function readBody({ incoming, request, watch }: Exchange, chunkDelayMs: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    request.bodyBytesRead += chunk.length
    chunks.push(chunk)
    if (chunkDelayMs > 0) await pause(chunkDelayMs, watch.gone)
  }
  request.body = Buffer.concat(chunks)
  return request.body
}

function isClosing(part: BodyPart): boolean {
  return part.names[0] === 'message_delta'
}

async function sendError(exchange: Exchange, behaviour: Behaviour, error: Refusal): Promise<void> {
  await sendWhole(exchange, behaviour, error.status, {}, errorBody(error, exchange.requestId))
}

/** Sends a body that is one piece: JSON, HTML or nothing. */
async function sendWhole(
  exchange: Exchange,
  behaviour: Behaviour,
  status: number,
  headers: OutgoingHttpHeaders,
  text: string
): Promise<void> {
  const isPlain = behaviour.chunking === undefined && behaviour.encoding === undefined && behaviour.breakOff?.how !== 'end'
  const length = isPlain ? { 'content-length': Buffer.byteLength(text) } : {}
  const part = { names: [], bytes: Buffer.from(text) }
  const { breakOff } = behaviour
  const halved: Behaviour =
    breakOff === undefined || breakOff.at === 'after-headers'
      ? behaviour
      : { ...behaviour, breakOff: { ...breakOff, midEvent: true } }
  await sendParts(exchange, halved, status, { 'content-type': 'application/json', ...length, ...headers }, [part])
}

async function sendParts(
  { response, requestId, request, watch }: Exchange,
  behaviour: Behaviour,
  status: number,
  headers: OutgoingHttpHeaders,
  parts: BodyPart[]
): Promise<void> {
  const all: OutgoingHttpHeaders = { ...identityHeaders(requestId, request), ...headers }
  if (behaviour.encoding !== undefined) all['content-encoding'] = behaviour.encoding
  for (const [name, value] of Object.entries(behaviour.headers ?? {})) {
    if (value === null) delete all[name]
    else all[name] = value
  }
  response.writeHead(status, all)
  response.flushHeaders()
  if (behaviour.delayFirstEventMs !== undefined) await pause(behaviour.delayFirstEventMs, watch.gone)
  await sendBody(response, parts, behaviour, watch)
}

function messageStart(message: SimulatedMessage, { request, requestId }: Exchange, stream: boolean): MessageStart {
  const { inputTokens, outputTokens, cacheCreation5mTokens, cacheCreation1hTokens, cacheReadTokens } = message.usage
  return {
    requestNumber: request.number,
    messageId: message.id,
    requestId,
    credential: request.credential ?? '',
    model: message.model,
    stream,
    inputTokens,
    outputTokens,
    cacheCreation5mTokens,
    cacheCreation1hTokens,
    cacheReadTokens,
    closingUsageSent: false
  }
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return Number(text)
}

if (import.meta.main) {
  const { port, record } = new Command('simulator/upstream.ts')
    .description('Answers as the Messages API does, on 127.0.0.1, and prints its URL')
    .addOption(new Option('--port <n>', 'any free one when it is 0').argParser(portOf).default(0))
    .addOption(new Option('--record <what>', 'what it keeps of requests').choices(['all', 'heads', 'none']).default('heads'))
    .showHelpAfterError('(see --help)')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse()
    .opts<{ port: number; record: 'all' | 'heads' | 'none' }>()
  const upstream = await startSimulatedUpstream({ port, record })
  process.once('SIGTERM', () => void upstream.close())
  console.log(upstream.url)
}
