import type pg from 'pg'
import type { ExchangeNote } from '../../services/money/journal/journal-lines.ts'
import { createExchangeIds } from '../../services/gateway/request/exchange-ids.ts'
import { ExchangeTrace, type AttemptEntry, type TraceEnd } from '../../services/gateway/traces/exchange-trace.ts'
import { toTraceRecord, type ExchangeSummary, type KeptExchange } from '../../services/gateway/traces/trace-record.ts'
import { createVirtualClock } from './virtual-clock.ts'

export const SUMMARY: ExchangeSummary = {
  exchange: 'none',
  user: 'dev@example.com',
  key: 'laptop',
  group: 'default',
  model: 'claude-opus-5-5',
  stream: true,
  outcome: 'completed',
  status: 200,
  refusal: null,
  clientGone: false,
  userWaitMs: 0,
  accountWaitMs: 0,
  attempts: 1,
  failedAttempts: 0,
  inputTokens: null,
  outputTokens: null,
  cacheWriteTokens: null,
  cacheReadTokens: null,
  costUsd: null,
  chargedUsd: null,
  firstByteMs: null,
  durationMs: 0
}

/** The id of an exchange that arrived at an instant. */
export const idAt = (at: number) => createExchangeIds(() => at)()

interface Kept {
  id?: string
  attempts?: Partial<AttemptEntry>[]
  end?: Partial<TraceEnd>
  summary?: Partial<ExchangeSummary>
}

/** What is kept of an exchange that arrived at an instant, with these calls upstream. */
export function keptExchange(
  at = Date.UTC(2026, 10, 23, 12),
  { id = idAt(at), attempts = [], end = {}, summary = {} }: Kept = {}
): KeptExchange {
  const trace = new ExchangeTrace(createVirtualClock(at))
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
  const facts = trace.facts({ pinned: false, session: null, error: null, ...end })
  return { id, createdAt: at, endedAt: at, summary: { ...SUMMARY, exchange: id, ...summary }, facts }
}

export const noteOf = ({ summary, facts, ...kept }: KeptExchange, number = 1): ExchangeNote => ({
  type: 'exchange',
  number,
  level: 'info',
  ...kept,
  summary: JSON.stringify(summary),
  facts: JSON.stringify(facts)
})

export const traceOf = (at?: number, kept?: Kept) => toTraceRecord(keptExchange(at, kept))

/** The days that traces have partitions for, such as 2026_11_23. */
export async function tracedDays(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'exchange_trace_packs'::regclass order by 1"
  )
  return rows.map(({ name }) => name.replace('exchange_trace_packs_', ''))
}
