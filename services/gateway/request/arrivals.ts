import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Clock } from '../../platform/clock.ts'
import { createQuietStreams } from '../forwarding/quiet-streams.ts'
import type { ClientRecognition } from './client-recognition.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeKind } from './outcomes.ts'

/** A request of which only the head has been read. */
interface Arrival {
  id: string
  kind: ExchangeKind
  headers: IncomingHttpHeaders
  ip: string
  response: ServerResponse
  /** How long ago it arrived, in ms. */
  elapsedMs: number
}

interface ArrivalsOptions {
  /** In ms, read at each arrival: operators may change settings. */
  config: { pingIntervalMs: number; keepAliveMs: number; clientStallTimeoutMs: number }
  clock: Clock
  clients: Pick<ClientRecognition, 'clientOf'>
}

/** Turns each request of a known client into an exchange. Rejects with 401 or 503. */
export function createArrivals({ config, clock, clients }: ArrivalsOptions): (arrival: Arrival) => Promise<Exchange> {
  const quietStreams = createQuietStreams({
    clock,
    shortestSilenceMs: () => Math.min(config.pingIntervalMs, config.keepAliveMs || Infinity)
  })

  return async ({ ip, ...arrival }) => {
    const client = await clients.clientOf({ ip, headers: arrival.headers })
    const { pingIntervalMs, keepAliveMs, clientStallTimeoutMs: stallTimeoutMs } = config
    return new Exchange({ ...arrival, address: ip, client, pingIntervalMs, keepAliveMs, stallTimeoutMs, quietStreams, clock })
  }
}
