import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Timer } from '../services/clock.ts'
import { DAY_MS, dropTracePartitions, ensureTracePartitions, insertTraces } from '../services/records/exchange-traces.ts'
import { isTransientDatabaseError } from '../services/records/settlement.ts'
import type { TraceRecord } from '../services/traces/exchange-trace.ts'
import { createTraceWriter } from '../services/traces/trace-writer.ts'

declare module 'fastify' {
  interface FastifyInstance {
    traces: {
      /** Keeps how an exchange was decided, unless none are kept. Costs the caller next to nothing and never throws. */
      record: (record: TraceRecord) => void
      /** Resolves when what was recorded so far can be found, or could not be stored now. */
      flush: () => Promise<void>
    }
  }
}

/** More often than days begin, so that one time when the database was away makes no difference. */
const UPKEEP_INTERVAL_MS = 60 * 60 * 1000

async function exchangeTraces(app: FastifyInstance) {
  const { clock, config } = app
  const log = app.log.child({ part: 'traces' })
  const isKept = config.traceRetentionDays > 0
  const writer = createTraceWriter({
    insert: (records) => insertTraces(app.pg.pool, records),
    isTransient: isTransientDatabaseError,
    clock,
    log
  })
  app.decorate('traces', {
    record: (record: TraceRecord) => {
      if (isKept) writer.record(record)
    },
    flush: writer.flush
  })

  async function keepUp(): Promise<void> {
    const now = clock.now()
    try {
      if (isKept) await ensureTracePartitions(app.pg.pool, [now, now + DAY_MS])
      await dropTracePartitions(app.pg.pool, now - config.traceRetentionDays * DAY_MS)
    } catch (err) {
      log.warn({ err }, 'the tables of exchange traces could not be seen to; trying again later')
    }
  }

  let upkeep = Promise.resolve()
  let timer: Timer | null = null
  let closing = false
  function seeToTables(): void {
    upkeep = keepUp().then(() => {
      if (!closing) timer = clock.setTimer(seeToTables, UPKEEP_INTERVAL_MS)
    })
  }

  app.addHook('onReady', async () => {
    seeToTables()
    await upkeep
  })
  app.addHook('onClose', async () => {
    closing = true
    timer?.cancel()
    await upkeep
    await writer.stop()
  })
}

export default fp(exchangeTraces, { name: 'exchange-traces', fastify: '5.x', dependencies: ['config', 'database'] })
