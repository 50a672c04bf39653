import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { GatewayError } from '../services/platform/gateway-errors.ts'
import { within } from '../services/platform/within.ts'

export interface Lifecycle {
  /** `draining`: still served, but not ready for more. `closing`: only what is under way is served. */
  readonly phase: 'running' | 'draining' | 'closing'
  /**
   * No longer ready, but still serving. Resolves when the door may close: after the delay, or after half of it when nobody is
   * served and nobody asks, or when somebody is in a hurry. Probes and scrapes are not asking.
   */
  drain: (delayMs: number) => Promise<void>
  /** Keeps the process from closing until the work is done. Returns the work. */
  carry: <T>(work: Promise<T>) => Promise<T>
  /** Stops waiting, for the delay before closing and for the work under way. */
  hurry: () => void
  /** Aborts, with what the client is to be told, when the work under way is not waited for any longer. */
  readonly cutOff: AbortSignal
}

declare module 'fastify' {
  interface FastifyInstance {
    lifecycle: Lifecycle
  }
  interface FastifyContextConfig {
    /** For who watches the process: answered also when nothing else is that is new, and no reason to go on. */
    servedToTheEnd?: boolean
  }
}

const isForWatchers = (request: FastifyRequest) => request.routeOptions.config.servedToTheEnd === true

const shuttingDown = () => new GatewayError(503, 'api_error', 'Sluice is shutting down, please retry', { retryAfterS: 1 })

/** For what is cut off: to tell its client and to note what it cost. */
const LAST_WORDS_MS = 1000

async function lifecycle(app: FastifyInstance) {
  const underWay = new Set<Promise<unknown>>()
  /** Requests that are not answered yet, without those of watchers. */
  const unanswered = new Set<Promise<unknown>>()
  const hurried = Promise.withResolvers<void>()
  const cutOff = new AbortController()
  let phase: Lifecycle['phase'] = 'running'
  /** Whether there was one of them since the stop began. */
  let isWanted = false

  app.decorate('lifecycle', {
    get phase() {
      return phase
    },
    async drain(delayMs) {
      phase = 'draining'
      isWanted = unanswered.size > 0
      const isHurried = await within(app.clock, delayMs / 2, hurried.promise)
      if (isHurried || delayMs === 0) return
      if (isWanted) await within(app.clock, delayMs / 2, hurried.promise)
      else app.log.info('no request is running or arriving: the rest of the delay is skipped')
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
    cutOff: cutOff.signal
  })

  /** A request is under way from its head to its answer's end: also while its body is read. */
  function carryUntilAnswered({ raw }: FastifyReply, isWatcher: boolean): void {
    const answered = Promise.withResolvers<void>()
    underWay.add(answered.promise)
    if (!isWatcher) unanswered.add(answered.promise)
    const end = () => {
      underWay.delete(answered.promise)
      unanswered.delete(answered.promise)
      answered.resolve()
    }
    raw.once('close', end)
    raw.once('finish', end)
  }

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.allSettled(underWay)
  }

  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (phase !== 'closing') carryUntilAnswered(reply, isForWatchers(request))
    if (phase === 'running') return
    isWanted ||= !isForWatchers(request)
    // Also on the raw response: a hijacked reply takes its headers from there.
    reply.raw.setHeader('connection', 'close')
    if (phase === 'closing' && !isForWatchers(request)) throw shuttingDown()
  })

  // Here and not in onClose: what a stream still needs, such as the journal, closes only after it has ended.
  app.addHook('preClose', async () => {
    phase = 'closing'
    await within(app.clock, app.config.drainTimeoutMs, Promise.race([idle(), hurried.promise]))
    cutOff.abort(shuttingDown())
    await within(app.clock, LAST_WORDS_MS, idle())
  })
}

export default fp(lifecycle, { name: 'lifecycle', fastify: '5.x', dependencies: ['config', 'errors'] })
