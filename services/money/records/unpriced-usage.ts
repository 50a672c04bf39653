import { parseUsd } from '../prices/money.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/** Usage that UNKNOWN_MODEL_PRICE stood in for, of one combination of names. Instants are epoch milliseconds. */
export interface UnpricedUsage {
  /** As the upstream reported it, and as it was asked for. */
  model: string
  requestedModel: string
  /** What a mapping made of it; null where there was none. */
  upstreamModel: string | null
  /** Of the iterations, where there were any; null for one that names none. */
  iterations: (string | null)[] | null
  priceVersion: string
  requests: number
  costNano: bigint
  chargedNano: bigint
  firstAt: number
  lastAt: number
}

interface Row {
  model: string
  requestedModel: string
  upstreamModel: string | null
  iterations: (string | null)[] | null
  priceVersion: string
  requests: string
  cost: string
  charged: string
  firstAt: Date
  lastAt: Date
}

/** Names are chosen by clients: there may be any number of them. */
const MOST_COMBINATIONS = 5000

/** from ≤ sent at < to; both epoch milliseconds. Those that were used last come first, and of too many those are told. */
export async function sumUnpricedUsage(
  db: Queryable,
  { from, to }: { from?: number | undefined; to?: number | undefined }
): Promise<UnpricedUsage[]> {
  const { rows } = await db.query<Row>(
    `select model, requested_model as "requestedModel", upstream as "upstreamModel", iterations, price_version as "priceVersion",
       count(*) as requests, sum(cost_usd) as cost, sum(charged_usd) as charged, min(created_at) as "firstAt", max(created_at) as "lastAt"
     from (
       select model, requested_model, usage ->> 'upstreamModel' as upstream, price_version, cost_usd, charged_usd, created_at,
         (select array_agg(distinct i ->> 'model') from jsonb_array_elements(usage -> 'iterations') i) as iterations
       from usage_events
       where price_unknown and created_at >= coalesce($1, '-infinity'::timestamptz) and created_at < coalesce($2, 'infinity'::timestamptz)
     ) e
     group by 1, 2, 3, 4, 5 order by "lastAt" desc limit $3`,
    [from === undefined ? null : new Date(from), to === undefined ? null : new Date(to), MOST_COMBINATIONS]
  )
  return rows.map(({ requests, cost, charged, firstAt, lastAt, ...row }) => ({
    ...row,
    requests: Number(requests),
    costNano: parseUsd(cost),
    chargedNano: parseUsd(charged),
    firstAt: firstAt.getTime(),
    lastAt: lastAt.getTime()
  }))
}
