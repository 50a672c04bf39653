import type pg from 'pg'
import { ExchangeTrace, type AttemptEntry, type TraceEnd } from '../../services/traces/exchange-trace.ts'
import { createVirtualClock } from './virtual-clock.ts'

const END: Omit<TraceEnd, 'id' | 'endedAt'> = {
  user: 'dev@example.com',
  key: 'laptop',
  group: 'default',
  model: 'claude-opus-5-5',
  stream: true,
  pinned: false,
  session: null,
  status: 200,
  clientGone: false,
  error: null
}

/** The trace of an exchange at an instant, with these calls upstream. */
export function traceOf(
  id: string,
  at = Date.UTC(2026, 10, 23, 12),
  { attempts = [], end = {} }: { attempts?: Partial<AttemptEntry>[]; end?: Partial<TraceEnd> } = {}
) {
  const trace = new ExchangeTrace(createVirtualClock(at), at)
  trace.limit({ name: 'balance', outcome: 'passed', detail: '1 USD left' })
  for (const attempt of attempts) {
    const call = {
      attempt: 1,
      account: 'main',
      upstreamModel: 'claude-opus-5-5',
      startedAt: at,
      durationMs: 1,
      status: 200,
      result: 'answered' as const
    }
    trace.attempt({ ...call, verdict: null, detail: null, upstreamRequestId: null, ...attempt })
  }
  return trace.toRecord({ ...END, id, endedAt: at, ...end })
}

/** The days that traces have partitions for, such as 2026_11_23. */
export async function tracedDays(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'exchange_traces'::regclass order by 1"
  )
  return rows.map(({ name }) => name.replace('exchange_traces_', ''))
}
