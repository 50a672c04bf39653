import type { ClosedRecord, SentRecord } from '../usage/attempt-records.ts'
import { isSameModel } from './model-ids.ts'
import type { PriceBook } from './price-book.ts'
import { priceUsage, type PricedUsage } from './pricing.ts'
import type { UsageFacts } from '../usage/usage-facts.ts'

/** What of an attempt's records has a part in its price. */
type PricedRequest = Pick<SentRecord, 'upstreamModel' | 'requestedModel' | 'createdAt' | 'rateMultiplier'>
type PricedResponse = Pick<ClosedRecord, 'model' | 'usage'>

/**
 * The model that an attempt is billed for. The one that the upstream reports decides, since aliases and fallbacks are its to resolve;
 * but where a mapping renamed the model, the client's own choice does.
 */
export function billedModel(
  { requestedModel, upstreamModel }: Pick<SentRecord, 'upstreamModel' | 'requestedModel'>,
  reportedModel: string | null
): string {
  return upstreamModel === requestedModel ? (reportedModel ?? requestedModel) : requestedModel
}

/** What an attempt cost at the prices of its own time. */
export function priceAttempt(sent: PricedRequest, closed: PricedResponse, book: PriceBook): PricedUsage {
  const mapped = sent.upstreamModel !== sent.requestedModel
  const model = billedModel(sent, closed.model)
  const usage = mapped ? withoutModel(closed.usage, sent.upstreamModel) : closed.usage
  return priceUsage(usage, model, sent.createdAt, book, sent.rateMultiplier)
}

/** Iterations on the mapped model are billed like the totals: by the name the client used. The upstream may name it with its date. */
function withoutModel(usage: UsageFacts, model: string): UsageFacts {
  if (usage.iterations === null) return usage
  const iterations = usage.iterations.map((iteration) =>
    iteration.model !== null && isSameModel(iteration.model, model) ? { ...iteration, model: null } : iteration
  )
  return { ...usage, iterations }
}
