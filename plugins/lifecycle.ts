import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { GatewayError } from '../services/gateway-errors.ts'

export interface Lifecycle {
  /** `draining`: still served, but not ready for more. `closing`: only what is under way is served. */
  readonly phase: 'running' | 'draining' | 'closing'
  startDraining: () => void
  /** Keeps the process from closing until the work is done. Returns the work. */
  carry: <T>(work: Promise<T>) => Promise<T>
  /** Stops waiting, for the delay before closing and for the work under way. */
  hurry: () => void
  /** Resolves when somebody is in a hurry. */
  readonly hurried: Promise<void>
  /** Aborts, with what the client is to be told, when the work under way is not waited for any longer. */
  readonly cutOff: AbortSignal
}

declare module 'fastify' {
  interface FastifyInstance {
    lifecycle: Lifecycle
  }
  interface FastifyContextConfig {
    /** Answered also when nothing else is that is new. */
    servedToTheEnd?: boolean
  }
}

const shuttingDown = () => new GatewayError(503, 'api_error', 'Sluice is shutting down, please retry', { comeBackS: 1 })

/** For what is cut off: to tell its client and to note what it cost. */
const LAST_WORDS_MS = 1000

async function lifecycle(app: FastifyInstance) {
  const underWay = new Set<Promise<unknown>>()
  const hurried = Promise.withResolvers<void>()
  const cutOff = new AbortController()
  let phase: Lifecycle['phase'] = 'running'

  app.decorate('lifecycle', {
    get phase() {
      return phase
    },
    startDraining() {
      if (phase === 'running') phase = 'draining'
    },
    async carry(work) {
      underWay.add(work)
      try {
        return await work
      } finally {
        underWay.delete(work)
      }
    },
    hurry: () => hurried.resolve(),
    hurried: hurried.promise,
    cutOff: cutOff.signal
  })

  /** A request is under way from its head to its answer's end: also while its body is read. */
  function carryUntilAnswered({ raw }: FastifyReply): void {
    const answered = Promise.withResolvers<void>()
    underWay.add(answered.promise)
    const end = () => {
      underWay.delete(answered.promise)
      answered.resolve()
    }
    raw.once('close', end)
    raw.once('finish', end)
  }

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.allSettled(underWay)
  }

  async function within(limitMs: number, work: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<void>()
    const deadline = app.clock.setTimer(late.resolve, limitMs)
    await Promise.race([work, late.promise])
    deadline.cancel()
  }

  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (phase !== 'closing') carryUntilAnswered(reply)
    if (phase === 'running') return
    // Also on the raw response: a hijacked reply takes its headers from there.
    reply.raw.setHeader('connection', 'close')
    if (phase === 'closing' && request.routeOptions.config.servedToTheEnd !== true) throw shuttingDown()
  })

  // Here and not in onClose: what a stream still needs, such as the journal, closes only after it has ended.
  app.addHook('preClose', async () => {
    phase = 'closing'
    await within(app.config.drainTimeoutMs, Promise.race([idle(), hurried.promise]))
    cutOff.abort(shuttingDown())
    await within(LAST_WORDS_MS, idle())
  })
}

export default fp(lifecycle, { name: 'lifecycle', fastify: '5.x', dependencies: ['config', 'errors'] })
