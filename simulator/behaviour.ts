import type { IncomingHttpHeaders } from 'node:http'
import type { UsageFacts } from '../services/money/usage/usage-facts.ts'

/** A request as the simulated upstream got it. Fields below `at` change while it is answered. */
export interface RecordedRequest {
  /** 1 for the first request after the start (or the last `reset`). */
  number: number
  method: string
  /** Path with query, as on the request line. */
  path: string
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  /** The value of x-api-key, else the bearer token, else null. */
  credential: string | null
  at: number
  /** Empty until the whole body was read. */
  body: Buffer
  /** Grows while the body is read: shows how far a slowly read body got. */
  bodyBytesRead: number
  /** Body bytes handed to the socket so far: stands still while the other side doesn't read. */
  bytesSent: number
  /** The response was written to its end as planned. */
  answered: boolean
  /** The other side hung up before the response, or its planned break, was complete. */
  closedEarly: boolean
}

/**
 * A place in the event stream: before the n-th event (0 = before the first), or before a named event.
 * `middle` lies among the content deltas, `end` behind message_stop.
 */
export type StreamPosition = number | 'middle' | 'message_delta' | 'message_stop' | 'end'

/** What a message uses. */
export interface SimulatedUsage extends Omit<UsageFacts, 'iterations'> {
  /** Passed into `usage.iterations` as it is. */
  iterations: unknown[] | null
}

interface InsertedEvent {
  at: StreamPosition
  /** Event name; `data` defaults to `{"type": <event>}`. */
  event?: string
  data?: unknown
  /** Bytes as they are, in place of a built event: comments, `id:` lines, data without `event:`. */
  raw?: string
}

export interface BreakOff {
  /** end: the HTTP body ends properly; close: the connection is closed (FIN) unfinished; reset: it is reset (RST); stall: nothing more, for ever. */
  how: 'end' | 'close' | 'reset' | 'stall'
  /** `request-head`: before the body is read. In a JSON response every stream position means half-way. */
  at: 'request-head' | 'before-headers' | 'after-headers' | StreamPosition
  /** Also send the first half of the event that would come next. */
  midEvent?: boolean
}

/** How the body is cut into HTTP chunks (each arrives as a `data` event of its own). */
export type Chunking = 'events' | 'once' | 'bytes' | 'utf8' | { seed: number; maxBytes: number }

/** What one response is like. Everything is optional and combines; `{}` is a valid, realistic response. All of it is JSON. */
export interface Behaviour {
  /** The response's text; `''` leaves out the content. Derived from the request when absent. */
  text?: string
  /** Into how many text_delta events the text is cut (a text is made up to fill them if none is given). */
  deltas?: number
  /** A thinking block before the text. */
  thinking?: string
  /** Force a tool_use response, or forbid one (`false`), whatever the request says. */
  tool?: { name: string; input: unknown } | false
  /** The model the response names; the requested one when absent. */
  model?: string
  stopReason?: string
  usage?: Partial<SimulatedUsage>
  /** Leave `usage.cache_creation` (the 5m/1h split) out. */
  withoutCacheSplit?: boolean
  /** Two message_delta events, the first with half of the output tokens. */
  growingUsage?: boolean

  /** An error in Anthropic's shape. `body` replaces it (HTML, say); `type` defaults to the status' own. */
  error?: { status: number; type?: string; message?: string; errorCode?: string; body?: string }
  /** Any response at all, to streaming and other requests alike: HTML with 200, nothing with 200, a redirect. */
  raw?: { status: number; headers?: Record<string, string>; body?: string }
  /** Set, or with null leave out, response headers. */
  headers?: Record<string, string | string[] | null>

  /** Wait between the chunks in which the request body is read. */
  readBodyDelayMs?: number
  /** Answer without reading the request body. */
  ignoreBody?: boolean
  delayHeadersMs?: number
  /** Wait between the response headers and the first event (or the JSON). */
  delayFirstEventMs?: number
  /** Wait between events. */
  paceMs?: number
  /** Wait there, in a stream, until the upstream is told to `letGo`. */
  holdAt?: StreamPosition

  insert?: InsertedEvent[]
  /** `event: error` there, and nothing after it. */
  errorEvent?: { at: StreamPosition; type?: string; message?: string }
  /** One text_delta of that size in the middle. */
  hugeEventBytes?: number
  breakOff?: BreakOff

  chunking?: Chunking
  lineEnd?: '\n' | '\r\n' | '\r'
  byteOrderMark?: boolean
  /** Compress the body, asked or not; each event is flushed. */
  encoding?: 'gzip' | 'br' | 'deflate' | 'zstd'
}

/** A behaviour for the requests it matches; what is not named matches all. The first rule that matches decides. */
export interface BehaviourRule {
  behaviour: Behaviour
  credential?: string
  /** Path without query. */
  path?: string
  model?: string
  stream?: boolean
  /** Only for so many matches; then the rule is spent. */
  times?: number
  /** Only for each n-th match. */
  every?: number
}

export type BehaviourFunction = (request: RecordedRequest, number: number) => Behaviour | undefined

/** Decides a request's behaviour. `needsBody` says whether the body has to be read before. */
interface BehaviourPlan {
  needsBody: boolean
  decide: BehaviourFunction
}

export function planBehaviour(
  source: Behaviour | BehaviourRule[] | BehaviourFunction,
  decideAt: 'head' | 'body' = 'body'
): BehaviourPlan {
  if (typeof source === 'function') return { needsBody: decideAt === 'body', decide: source }
  if (!Array.isArray(source)) return { needsBody: false, decide: () => source }
  const matches = source.map(() => 0)
  return {
    needsBody: source.some((rule) => rule.model !== undefined || rule.stream !== undefined),
    decide(request) {
      for (const [index, rule] of source.entries()) {
        if (!isMatch(rule, request)) continue
        const match = (matches[index] ?? 0) + 1
        if (rule.times !== undefined && match > rule.times * (rule.every ?? 1)) continue
        matches[index] = match
        if (match % (rule.every ?? 1) === 0) return rule.behaviour
      }
      return undefined
    }
  }
}

function isMatch(rule: BehaviourRule, request: RecordedRequest): boolean {
  if (rule.credential !== undefined && rule.credential !== request.credential) return false
  if (rule.path !== undefined && rule.path !== request.path.split('?')[0]) return false
  if (rule.model === undefined && rule.stream === undefined) return true
  const body = parseObject(request.body)
  if (rule.model !== undefined && rule.model !== body?.['model']) return false
  return rule.stream === undefined || rule.stream === (body?.['stream'] === true)
}

/** The JSON object in `bytes`, or null if it is none. */
export function parseObject(bytes: Buffer): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(bytes.toString()))
  } catch {
    return null
  }
}

export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
}
