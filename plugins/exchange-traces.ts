import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { insertTraces } from '../services/records/exchange-traces.ts'
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

  app.addHook('onClose', () => writer.stop())
}

export default fp(exchangeTraces, { name: 'exchange-traces', fastify: '5.x', dependencies: ['config', 'database'] })
