import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createQuietStreams } from '../../services/gateway/forwarding/quiet-streams.ts'
import { Exchange, type KeptEnvelope } from '../../services/gateway/request/exchange.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** An exchange whose client is connected to nothing, whose envelope has these fields. */
export function loneExchange(
  t: TestContext,
  clock: VirtualClock,
  { id = 'x', envelope = {}, client = {} }: { id?: string; envelope?: Partial<KeptEnvelope>; client?: object } = {}
): Exchange {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const exchange = new Exchange({
    id,
    kind: 'messages',
    client: client as Exchange['client'],
    headers: {},
    address: '127.0.0.1',
    response,
    elapsedMs: 0,
    pingIntervalMs: 5000,
    keepAliveMs: 25_000,
    quietStreams: createQuietStreams({ clock, shortestSilenceMs: () => 5000 }),
    stallTimeoutMs: 60_000,
    clock
  })
  t.after(() => response.destroy())
  t.mock.getter(exchange, 'envelope', () => ({
    model: 'opus',
    stream: true,
    pinned: false,
    thread: null,
    speed: null,
    ...envelope
  }))
  return exchange
}
