import { setTimeout as delay } from 'node:timers/promises'
import type { SeenResponse } from './crash-load.ts'
import { REQUEST_HEADER } from './cluster-counts.ts'
import type { Behaviour } from '../../simulator/behaviour.ts'

export interface ClusterRequest {
  /** Names the request everywhere: a model of its own (see crash-requests.ts). */
  model: string
  stream: boolean
  behaviour: Behaviour
  /** The client leaves after that many chunks. */
  hangUpAfterChunks: number | null
}

/** What became of one request, as its client saw it. Times are of `performance.now()`. */
export interface ClusterResponse extends SeenResponse {
  user: string
  sentAt: number
  endedAt: number
  /** Null without a response's head. */
  status: number | null
  headers: Headers | null
  /** `left`: as planned, by its client; `failed` is everything that a client would call so. `running` ends before the load does. */
  outcome: 'running' | 'whole' | 'left' | 'failed'
  /** Of a failure: what the client got. */
  detail: string
}

export interface LoadUser {
  email: string
  key: string
  clients: number
  /** Sent with all requests. */
  headers?: Record<string, string>
}

export interface ClusterLoadOptions {
  url: string
  users: readonly LoadUser[]
  next: (user: LoadUser) => ClusterRequest
  onSend?: (request: ClusterRequest, user: LoadUser) => void
  onLeave?: (request: ClusterRequest) => void
  /** Something came in at a client. */
  onChunk?: () => void
  onWhole?: () => void
}

/** So that clients that are refused at once don't do nothing else. */
const AFTER_FAILURE_MS = 100

/** Keeps each user's clients asking, one request after the other each and nothing twice, until it is stopped. */
export function startClusterLoad(options: ClusterLoadOptions) {
  const responses: ClusterResponse[] = []
  const stopping = new AbortController()

  async function client(user: LoadUser): Promise<void> {
    while (!stopping.signal.aborted) {
      const response = await sendOne(options, user, responses)
      if (response.outcome === 'failed') await delay(AFTER_FAILURE_MS)
    }
  }

  const running = Promise.all(options.users.flatMap((user) => Array.from({ length: user.clients }, () => client(user))))
  return {
    responses: responses as readonly ClusterResponse[],
    /** Resolves when every client has ended its last request. */
    async stop() {
      stopping.abort()
      await running
    }
  }
}

/** Sends the user's next request and resolves when it is over, however it ends. */
export async function sendOne(
  options: ClusterLoadOptions,
  user: LoadUser,
  book: ClusterResponse[] = []
): Promise<ClusterResponse> {
  const request = options.next(user)
  const seen: ClusterResponse = {
    model: request.model,
    user: user.email,
    begun: false,
    whole: false,
    sentAt: performance.now(),
    endedAt: Infinity,
    status: null,
    headers: null,
    outcome: 'running',
    detail: ''
  }
  book.push(seen)
  options.onSend?.(request, user)
  try {
    await ask(options, user, request, seen)
  } catch (error) {
    if (seen.outcome === 'running') fail(seen, String((error as Error).cause ?? error))
  }
  seen.endedAt = performance.now()
  if (seen.whole) options.onWhole?.()
  return seen
}

async function ask(
  options: ClusterLoadOptions,
  { key, headers }: LoadUser,
  request: ClusterRequest,
  seen: ClusterResponse
): Promise<void> {
  const leaving = new AbortController()
  const response = await fetch(`${options.url}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      [REQUEST_HEADER]: request.model,
      ...headers
    },
    // A conversation of its own, or all would be one session and bound to one account.
    body: JSON.stringify({
      model: request.model,
      max_tokens: 1000,
      stream: request.stream,
      messages: [{ role: 'user', content: `hello from ${request.model}` }]
    }),
    signal: leaving.signal
  })
  seen.status = response.status
  seen.headers = response.headers
  const decoder = new TextDecoder()
  let text = ''
  let chunks = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (request.stream && response.status === 200) seen.begun ||= text.includes('event: message_start\n')
    options.onChunk?.()
    if (request.hangUpAfterChunks !== null && ++chunks >= request.hangUpAfterChunks && !isWhole(request, text)) {
      seen.outcome = 'left'
      options.onLeave?.(request)
      leaving.abort()
    }
  }
  if (response.status === 200 && isWhole(request, text)) {
    seen.begun = seen.whole = true
    seen.outcome = 'whole'
  } else fail(seen, text)
}

function isWhole({ stream }: ClusterRequest, text: string): boolean {
  return stream ? /event: message_stop\n.*\n\n$/.test(text) : /^\{.*"type": ?"message".*\}$/s.test(text)
}

function fail(seen: ClusterResponse, got: string): void {
  seen.outcome = 'failed'
  seen.detail = got.slice(-400)
}
