import type { ModelPriceData, PriceData } from '../prices/price-book.ts'
import { NO_TOKENS, type IterationFacts, type UsageFacts } from '../usage/usage-facts.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { toUsageEvent, USAGE_EVENT_FIELDS, USAGE_EVENT_NAMES, type UsageEvent, type UsageEventRow } from './usage-event-rows.ts'

/** A usage event with all that decides its price. */
export interface RatedEvent {
  event: UsageEvent
  usage: UsageFacts
}

/** The facts that have no column, as an event stores them: what is null is left out. */
export interface OtherFacts {
  serviceTier?: string
  speed?: string
  inferenceGeo?: string
  iterations?: (Partial<IterationFacts> & { type: string })[]
  /** The name it was sent under, where a mapping renamed it; events of before this was kept have none either way. */
  upstreamModel?: string
}

/** The events of an exchange, by attempt. They were sent between `from` and `to`, both epoch milliseconds. */
export async function findExchangeUsage(
  db: Queryable,
  exchangeId: string,
  { from, to }: { from: number; to: number }
): Promise<RatedEvent[]> {
  const { rows } = await db.query<UsageEventRow & { usage: OtherFacts }>(
    `select ${USAGE_EVENT_FIELDS}, e.usage from usage_events e ${USAGE_EVENT_NAMES}
     where e.exchange_id = $1 and e.created_at between $2 and $3 order by e.attempt, e.created_at`,
    [exchangeId, new Date(from), new Date(to)]
  )
  return rows.map(({ usage, ...row }) => {
    const event = toUsageEvent(row)
    return { event, usage: factsOf(event, usage) }
  })
}

export function factsOf(event: UsageEvent, { serviceTier, speed, inferenceGeo, iterations }: OtherFacts): UsageFacts {
  return {
    inputTokens: event.inputTokens,
    outputTokens: event.outputTokens,
    cacheCreation5mTokens: event.cacheCreation5mTokens,
    cacheCreation1hTokens: event.cacheCreation1hTokens,
    cacheReadTokens: event.cacheReadTokens,
    webSearchRequests: event.webSearchRequests,
    serviceTier: serviceTier ?? null,
    speed: speed ?? null,
    inferenceGeo: inferenceGeo ?? null,
    iterations: iterations?.map((iteration) => ({ ...NO_TOKENS, model: null, ...iteration })) ?? null
  }
}

/** The data that a price book was made from, under the name that events know it by. */
type StoredPrices = PriceData & { unknownModelPrice: { input: string; output: string }; overrides?: ModelPriceData[] }

/** Null when the version is not on record. */
export async function findPriceVersion(db: Queryable, id: string): Promise<StoredPrices | null> {
  const { rows } = await db.query<{ data: StoredPrices }>('select data from price_versions where id = $1', [id])
  return rows[0]?.data ?? null
}
