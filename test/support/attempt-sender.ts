import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import type { Dispatcher } from 'undici'
import { ClientStream } from '../../services/gateway/forwarding/client-stream.ts'
import { createQuietStreams } from '../../services/gateway/forwarding/quiet-streams.ts'
import { OwnTime } from '../../services/gateway/request/own-time.ts'
import { runAttempt, type AttemptOptions, type AttemptResult } from '../../services/gateway/forwarding/upstream-attempt.ts'
import { ClientGoneError } from '../../services/platform/gateway-errors.ts'
import { systemClock } from '../../services/platform/clock.ts'
import type { AttemptRecorder } from '../../services/money/usage/attempt-recorder.ts'

const NOTHING_RECORDED: AttemptRecorder = { answered() {}, firstByte() {}, observe() {}, close() {}, void() {} }

export type Changes = Partial<Pick<AttemptOptions, 'headers' | 'headersTimeoutMs' | 'idleTimeoutMs' | 'clock'>> & {
  body?: Buffer
}

interface SentAttempt {
  result: Promise<AttemptResult>
  /** The response as the client has it; its head alone is waited for. */
  response: Promise<IncomingMessage>
  /** Resolves to the response's body, null when it was cut. */
  body: () => Promise<Buffer | null>
  /** The client leaves. */
  hangUp: () => void
}

/** Sends attempts by a dispatcher, each for a real client behind a real server. */
export async function startAttemptSender(t: TestContext): Promise<(by: Dispatcher, changes?: Changes) => SentAttempt> {
  const pending: ((stream: ClientStream) => void)[] = []
  const quietStreams = createQuietStreams({ clock: systemClock, shortestSilenceMs: () => 60_000 })
  const times = { pingIntervalMs: 60_000, keepAliveMs: 0, stallTimeoutMs: 60_000 }
  const server = createServer((_request, response) => {
    pending.shift()?.(new ClientStream(response, { requestId: 'x', ...times, quietStreams, clock: systemClock }))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })

  return (dispatcher, { body = Buffer.from('{"model":"m","stream":true}'), ...changes } = {}) => {
    const gone = new AbortController()
    const client = Promise.withResolvers<ClientStream>()
    pending.push(client.resolve)
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent: false }, resolve).on('error', reject)
    })
    response.catch(() => {})
    const result = client.promise.then(async (stream) => {
      const result = await runAttempt(
        { bytes: body.length, content: [body], encoded: true },
        {
          dispatcher,
          path: '/v1/messages',
          headers: ['content-type', 'application/json', 'anthropic-version', '2023-06-01', 'x-api-key', 'upstream-key'],
          target: { client: stream, record: NOTHING_RECORDED, requestedModel: null, acceptEncoding: undefined },
          clientGone: gone.signal,
          ownTime: new OwnTime(),
          drainMs: 0,
          headersTimeoutMs: 60_000,
          idleTimeoutMs: 60_000,
          startBy: null,
          mayRepeat: false,
          onCommitted() {},
          clock: systemClock,
          ...changes
        }
      )
      if (result.kind !== 'answered') stream.destroy()
      return result
    })
    return {
      result,
      response,
      body: async () => await buffer(await response).catch(() => null),
      hangUp: () => gone.abort(new ClientGoneError())
    }
  }
}
