import type { PriceBook } from '../../money/prices/price-book.ts'
import { storedBook } from '../../money/prices/prices-in-force.ts'
import { findExchangeUsage, findPriceVersion } from '../../money/records/exchange-usage.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { reportOfEvent, type UsageEventReport } from '../../money/usage/usage-event-report.ts'
import { costFormula, type CostFormula } from './cost-formula.ts'
import type { TraceRecord } from './trace-record.ts'

/** Everything known about one exchange. */
export interface ExplainedExchange extends TraceRecord {
  /** The recorded usage of its attempts, which follows a moment after the response's end. */
  usage: ExplainedEvent[]
  /** For a request refused before its key was found valid: all that is known of it. Null for every other. */
  refused_early: { address: string | null; path: string | null; keys: string | null } | null
}

export interface ExplainedEvent extends UsageEventReport {
  /** Null when the prices of that time are not stored. */
  formula: CostFormula | null
}

/** A clock may be set back while an exchange is under way. */
const MARGIN_MS = 60_000

/** Adds to a trace what the exchange cost, and why. `book` has the current prices. */
export async function explainExchange(db: Queryable, trace: TraceRecord, book: PriceBook): Promise<ExplainedExchange> {
  const from = Date.parse(trace.created_at) - MARGIN_MS
  const to = Date.parse(trace.ended_at) + MARGIN_MS
  const rated = await findExchangeUsage(db, trace.id, { from, to })
  const books = await booksOf(
    db,
    rated.map(({ event }) => event.priceVersion),
    book
  )
  const upstreamModels = new Map(trace.attempts.map((attempt) => [attempt.attempt, attempt.upstream_model]))
  const usage = rated.map(({ event, usage }) => {
    const itsBook = books.get(event.priceVersion)
    const upstreamModel = upstreamModels.get(event.attempt) ?? event.requestedModel
    return {
      ...reportOfEvent(event),
      formula: itsBook === undefined ? null : costFormula({ event, usage }, upstreamModel, itsBook)
    }
  })
  return { ...trace, usage, refused_early: null }
}

async function booksOf(db: Queryable, versions: string[], current: PriceBook): Promise<Map<string, PriceBook>> {
  const books = new Map([[current.version, current]])
  for (const version of new Set(versions)) {
    if (books.has(version)) continue
    const stored = await findPriceVersion(db, version)
    if (stored === null) continue
    books.set(version, storedBook(version, stored))
  }
  return books
}
