import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Clock, Timer } from '../../platform/clock.ts'
import type { QuietStreams, Watched } from './quiet-streams.ts'
import {
  asGatewayError,
  GatewayError,
  errorResponse,
  errorBody,
  EXCHANGE_ID_HEADER,
  inStreamType
} from '../../platform/gateway-errors.ts'

const PING = Buffer.from('event: ping\ndata: {"type":"ping"}\n\n')

/** The head of a stream that begins with our own pings: proxies must neither buffer nor cache it. */
const PING_HEAD = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }

const LINE_END = Buffer.from('\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** Longer chunks are written separately from their frame, since copying them would cost more. */
const MAX_COPIED_BYTES = 8192

export interface ClientStreamOptions {
  requestId: string
  /** How often a stream that waits in the queue is pinged. */
  pingIntervalMs: number
  /** How long the upstream may be silent before the stream is pinged; 0 = never. */
  keepAliveMs: number
  quietStreams: QuietStreams
  /** A client that reads nothing for this long is disconnected. */
  stallTimeoutMs: number
  clock: Clock
}

/**
 * The client's side of one exchange: the only writer of its response. Until the upstream's first byte it sends our own (pings, or
 * a refusal with its own status); from `begin` on it carries the upstream's bytes, with our pings between two events when the
 * upstream is silent for long.
 */
export class ClientStream implements Watched {
  /** Whether an `error` event could be read if it were sent now: in an event stream, between two events. */
  annotatable = false
  /** Our own headers, added to those of a successful response. */
  headersOfSuccess: OutgoingHttpHeaders = {}
  readonly #response: ServerResponse
  #isChunked = false
  readonly #options: ClientStreamOptions
  #phase: 'silent' | 'pinging' | 'relaying' | 'ended' = 'silent'
  #isWatched = false
  /** When the client last received something, in ms of uptime; `#wrote` since the last check. */
  #silentSince = 0
  #wrote = false
  /** When it began to wait in the queue; pings for that continue until the upstream's first byte. */
  #queuedSince: number | null = null
  #stallTimer: Timer | null = null
  #onDrain: (() => void) | null = null

  constructor(response: ServerResponse, options: ClientStreamOptions) {
    this.#response = response
    this.#options = options
  }

  /** True once a head was sent, so that the status can no longer be chosen. */
  get begun(): boolean {
    return this.#phase !== 'silent'
  }

  /** The status the client saw or will see, or null before that. */
  get status(): number | null {
    return this.begun ? this.#response.statusCode : null
  }

  /** From now on, sends a ping after each KEEPALIVE_MS of silence. For streaming clients. */
  keepAlive(): void {
    if (this.#isWatched || this.#phase === 'ended') return
    this.#isWatched = true
    this.#silentSince = this.#options.clock.uptime()
    this.#options.quietStreams.add(this)
  }

  /** Starts pinging after one interval, until the upstream's first byte. For streaming clients that have to wait. */
  startPings(): void {
    if (this.#phase !== 'silent' && this.#phase !== 'pinging') return
    this.keepAlive()
    this.#queuedSince ??= this.#options.clock.uptime()
  }

  /** If the wait ended before the first ping was due, the status stays open. Pings that have begun continue. */
  stopPingsUnlessBegun(): void {
    if (this.#phase === 'silent') this.#queuedSince = null
  }

  look(now: number): void {
    if (this.#wrote) {
      this.#wrote = false
      this.#silentSince = now
    }
    if (this.#isPingDue(now) && this.#canPing()) this.#ping(now)
  }

  /** Sends the upstream's head, unless pings have sent ours already. What follows may be `annotatable`. */
  begin(status: number, headers: OutgoingHttpHeaders, annotatable: boolean): void {
    this.#queuedSince = null
    if (this.#phase === 'silent') this.#writeHead(status, headers)
    this.#phase = 'relaying'
    this.annotatable = annotatable
  }

  /** Writes bytes to the client. False when it lags: then wait for `onDrain` before the next write. */
  write(bytes: Buffer, onDrain: () => void): boolean {
    this.#wrote = true
    if (this.#send(bytes)) return true
    this.#awaitDrain(onDrain)
    return false
  }

  end(bytes?: Buffer): void {
    this.#finish()
    this.#sendLast(bytes)
    // The rest may also stay unread for ever.
    if (this.#response.writableLength > 0) this.#watchStall(this.#response.writableLength)
  }

  /** Reports a failure to the client in whatever form is still possible. Anything but a GatewayError reads as an internal error. */
  fail(failure: unknown): void {
    const error = asGatewayError(failure)
    const { requestId } = this.#options
    if (this.#phase === 'silent') {
      const { status, headers, body } = errorResponse(error, requestId)
      this.#respond(status, { 'content-type': 'application/json', ...headers }, Buffer.from(JSON.stringify(body)))
    } else this.#endWithError(JSON.stringify(errorBody(inStreamType(error), error.message, requestId, error.details)))
  }

  /** Passes on an upstream's error response: as it is, or after a ping as an `error` event that holds its JSON. */
  passError(status: number, headers: OutgoingHttpHeaders, body: Buffer): void {
    if (this.#phase === 'silent') {
      this.#respond(status, headers, body)
      return
    }
    const json = singleLineJson(body)
    if (json === null) this.fail(new GatewayError(502, 'api_error', `The upstream refused the request with status ${status}`))
    else this.#endWithError(json)
  }

  /** Closes the connection without a message: the only honest end of a response that cannot be completed or annotated. */
  destroy(): void {
    this.#finish()
    this.#response.destroy()
  }

  /** Clears timers when the connection is gone. */
  closed(): void {
    this.#finish()
  }

  #writeHead(status: number, headers: OutgoingHttpHeaders): void {
    const response = this.#response
    const own = status < 400 ? this.headersOfSuccess : {}
    response.writeHead(status, { ...headers, ...own, [EXCHANGE_ID_HEADER]: this.#options.requestId })
    // Node would pass each chunk to the kernel in four parts, two of them strings: a third of a stream's cost.
    this.#isChunked = response.chunkedEncoding
    response.chunkedEncoding = false
  }

  #send(bytes: Buffer): boolean {
    const response = this.#response
    if (!this.#isChunked) return response.write(bytes)
    if (bytes.length === 0) return true
    if (bytes.length <= MAX_COPIED_BYTES) return response.write(chunkOf(bytes))
    response.write(chunkHead(bytes), 'latin1')
    response.write(bytes)
    return response.write(LINE_END)
  }

  #sendLast(bytes?: Buffer): void {
    if (!this.#isChunked) {
      this.#response.end(bytes)
      return
    }
    if (bytes !== undefined) this.#send(bytes)
    this.#response.end(LAST_CHUNK)
  }

  #respond(status: number, headers: OutgoingHttpHeaders, body: Buffer): void {
    this.#finish()
    this.#writeHead(status, { ...headers, 'content-length': body.length })
    this.#response.end(body)
  }

  #endWithError(json: string): void {
    const canAnnotate = this.#phase === 'pinging' || (this.#phase === 'relaying' && this.annotatable)
    if (!canAnnotate) {
      if (this.#phase !== 'ended') this.destroy()
      return
    }
    this.#finish()
    this.#sendLast(Buffer.from(`event: error\ndata: ${json}\n\n`))
  }

  #finish(): void {
    this.#phase = 'ended'
    if (this.#isWatched) this.#options.quietStreams.remove(this)
    this.#stallTimer?.cancel()
    this.#stallTimer = null
    this.#onDrain = null
  }

  #isPingDue(now: number): boolean {
    const { keepAliveMs, pingIntervalMs } = this.#options
    if (keepAliveMs > 0 && now - this.#silentSince >= keepAliveMs) return true
    return this.#queuedSince !== null && now - Math.max(this.#queuedSince, this.#silentSince) >= pingIntervalMs
  }

  #canPing(): boolean {
    if (this.#phase === 'relaying') return this.annotatable && !this.#response.writableNeedDrain
    // A client that does not even read pings gets no more of them: pings must not pile up.
    return this.#phase !== 'ended' && !this.#response.writableNeedDrain
  }

  #ping(now: number): void {
    this.#silentSince = now
    if (this.#phase === 'silent') {
      this.#writeHead(200, { ...PING_HEAD, 'request-id': this.#options.requestId })
      this.#phase = 'pinging'
    }
    if (!this.#send(PING)) this.#awaitDrain(() => {})
  }

  #awaitDrain(onDrain: () => void): void {
    const waiting = this.#onDrain !== null
    this.#onDrain = onDrain
    if (waiting) return
    this.#response.once('drain', () => {
      const resume = this.#onDrain
      this.#onDrain = null
      this.#stallTimer?.cancel()
      this.#stallTimer = null
      resume?.()
    })
    this.#watchStall(this.#response.writableLength)
  }

  #watchStall(pendingBytes: number): void {
    this.#stallTimer = this.#options.clock.setTimer(() => {
      const left = this.#response.writableLength
      if (left < pendingBytes) this.#watchStall(left)
      else this.#response.destroy()
    }, this.#options.stallTimeoutMs)
  }
}

const chunkHead = (bytes: Buffer) => `${bytes.length.toString(16)}\r\n`

/** A chunk of the chunked transfer coding (RFC 9112, section 7.1). */
function chunkOf(bytes: Buffer): Buffer {
  const head = chunkHead(bytes)
  const chunk = Buffer.allocUnsafe(head.length + bytes.length + LINE_END.length)
  chunk.write(head, 'latin1')
  bytes.copy(chunk, head.length)
  LINE_END.copy(chunk, head.length + bytes.length)
  return chunk
}

function singleLineJson(body: Buffer): string | null {
  try {
    return JSON.stringify(JSON.parse(body.toString()))
  } catch {
    return null
  }
}
