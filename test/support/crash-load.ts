import type { PlannedRequest } from './crash-requests.ts'

/** What a client saw of one request. */
export interface SeenResponse {
  model: string
  /** It read message_start, or all of a JSON response. */
  begun: boolean
  /** It read message_stop, or all of a JSON response. */
  whole: boolean
}

interface LoadOptions {
  url: string
  clients: number
  next: () => PlannedRequest
  /** Resolves while the server is up. */
  up: () => Promise<void>
  onChunk: () => void
  onWhole: () => void
}

const MESSAGE_START = 'event: message_start\n'
const MESSAGE_STOP = /event: message_stop\n.*\n\n/

/** Keeps so many clients asking, one request after the other each, until it is stopped. */
export function startLoad(options: LoadOptions) {
  const { url, next, up } = options
  const responses: SeenResponse[] = []
  const stopping = new AbortController()

  async function client(): Promise<void> {
    for (await up(); !stopping.signal.aborted; await up()) {
      const request = next()
      const seen = { model: request.model, begun: false, whole: false }
      responses.push(seen)
      // However it ends, what was seen until then is what counts.
      await ask(request, seen).catch(() => {})
    }
  }

  async function ask(request: PlannedRequest, seen: SeenResponse): Promise<void> {
    const hangUp = new AbortController()
    const { hangUp: when } = request
    const timer = when !== null && 'afterMs' in when ? setTimeout(() => hangUp.abort(), when.afterMs) : undefined
    try {
      const response = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': request.key, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: JSON.stringify({
          model: request.model,
          max_tokens: 1000,
          stream: request.stream,
          messages: [{ role: 'user', content: 'hello' }]
        }),
        signal: hangUp.signal
      })
      await read(response, request, seen, hangUp)
    } finally {
      clearTimeout(timer)
    }
  }

  async function read(response: Response, request: PlannedRequest, seen: SeenResponse, hangUp: AbortController): Promise<void> {
    const { hangUp: when, stream } = request
    const decoder = new TextDecoder()
    let text = ''
    let chunks = 0
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      if (stream && response.status === 200) see(seen, text.includes(MESSAGE_START), MESSAGE_STOP.test(text))
      options.onChunk()
      if (when !== null && 'afterChunks' in when && ++chunks >= when.afterChunks) hangUp.abort()
    }
    if (!stream && response.status === 200) {
      const isMessage = (JSON.parse(text) as { type: string }).type === 'message'
      see(seen, isMessage, isMessage)
    }
  }

  function see(seen: SeenResponse, begun: boolean, whole: boolean): void {
    seen.begun ||= begun
    if (!whole || seen.whole) return
    seen.whole = true
    options.onWhole()
  }

  const running = Promise.all(Array.from({ length: options.clients }, client))
  return {
    responses,
    /** Resolves when every client has ended its last request. */
    async stop() {
      stopping.abort()
      await running
    }
  }
}
