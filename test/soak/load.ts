import { setTimeout as delay } from 'node:timers/promises'
import { REQUEST_HEADER, type PlannedRequest } from './requests.ts'
import { TIMES } from './scenario.ts'

/** What a client saw of one request. Instants are epoch milliseconds. */
export interface Seen {
  request: PlannedRequest
  startedAt: number
  endedAt: number
  exchangeId: string | null
  /** Null when there was no response at all. */
  status: number | null
  /** It read message_start, or all of a JSON message. */
  begun: boolean
  /** It read message_stop, or all of a JSON message. */
  whole: boolean
  /** It hung up by plan, before the end. */
  left: boolean
  /** What went wrong, in the gateway's words; null when it has its response. */
  error: string | null
}

const MESSAGE_START = 'event: message_start\n'
const MESSAGE_STOP = 'event: message_stop\n'
const ERROR_EVENT = /event: error\ndata: (.*)\n/

/** Sends the request and reads its response to the end, or to where the client leaves. */
export async function ask(url: string, request: PlannedRequest): Promise<Seen> {
  const startedAt = Date.now()
  const seen: Seen = {
    request,
    startedAt,
    endedAt: startedAt,
    exchangeId: null,
    status: null,
    begun: false,
    whole: false,
    left: false,
    error: null
  }
  const leaving = new AbortController()
  const { hangUp } = request
  const timer = hangUp !== null && 'afterMs' in hangUp ? setTimeout(() => leaving.abort(), hangUp.afterMs) : undefined
  try {
    await exchange(url, request, seen, leaving)
  } catch (error) {
    if (!leaving.signal.aborted) seen.error ??= `the connection broke: ${(error as Error).message}`
  } finally {
    clearTimeout(timer)
  }
  seen.left = leaving.signal.aborted && !seen.whole
  seen.endedAt = Date.now()
  return seen
}

/** One request after the other, until it is stopped; a request that was begun is read to its end. */
export async function runClient(
  url: string,
  next: () => PlannedRequest,
  stopping: AbortSignal,
  onSeen: (seen: Seen) => void
): Promise<void> {
  for (;;) {
    const request = next()
    await delay(request.thinkMs, undefined, { signal: stopping }).catch(() => {})
    if (stopping.aborted) return
    onSeen(await ask(url, request))
  }
}

async function exchange(url: string, request: PlannedRequest, seen: Seen, leaving: AbortController): Promise<void> {
  const { model, stream, agent } = request
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': request.key,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-claude-code-session-id': request.session,
      ...(agent === null ? {} : { 'x-claude-code-agent-id': agent }),
      ...(stream ? {} : { 'x-stainless-timeout': String(TIMES.clientTimeoutS) }),
      [REQUEST_HEADER]: String(request.number)
    },
    body: JSON.stringify({
      model,
      stream,
      max_tokens: 1000,
      messages: [{ role: 'user', content: `request ${request.number}` }]
    }),
    signal: leaving.signal
  })
  seen.status = response.status
  seen.exchangeId = response.headers.get('x-sluice-exchange-id')
  const text = await read(response, request, seen, leaving)
  if (response.status !== 200) seen.error = `${response.status} ${text}`
  else if (stream) seeStream(seen, text)
  else seen.begun = seen.whole = (JSON.parse(text) as { type: string }).type === 'message'
}

async function read(response: Response, { hangUp }: PlannedRequest, seen: Seen, leaving: AbortController): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let chunks = 0
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      if (hangUp !== null && 'afterChunks' in hangUp && ++chunks >= hangUp.afterChunks) leaving.abort()
    }
  } finally {
    seen.begun = text.includes(MESSAGE_START)
    seen.whole = text.includes(MESSAGE_STOP) && text.endsWith('\n\n')
  }
  return text
}

function seeStream(seen: Seen, text: string): void {
  const error = ERROR_EVENT.exec(text)?.[1]
  if (error !== undefined) seen.error = `in the stream: ${error}`
  else if (!seen.whole) seen.error = 'the stream ended without message_stop'
}
