import { parseUsd } from '../prices/money.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import type { UsageSums } from './usage-roll-ups.ts'

/** As in the hourly sums. */
export interface RecentUsage extends UsageSums {
  spanMs: number
}

type RecentRow = Record<Exclude<keyof RecentUsage, 'spanMs' | 'costNano' | 'chargedNano'> | 'cost' | 'charged', string> & {
  span: number
}

/** Events are found by when they began: so far back what has just ended is looked for. */
export const LOOK_BACK_MS = 15 * 60_000

/** What was used by attempts that have ended within each span before `now`, began in the last 15 minutes and are settled. */
export async function sumRecentUsage(db: Queryable, now: number, spansMs: readonly number[]): Promise<RecentUsage[]> {
  const at = `'${new Date(now).toISOString()}'::timestamptz`
  // All of it numbers of ours, so that it needs no values.
  const { rows } = await db.query<RecentRow>(
    `select span, count(e.id) as requests, count(e.id) filter (where outcome not in ('completed', 'client_closed')) as errors,
       coalesce(sum(input_tokens), 0) as "inputTokens", coalesce(sum(output_tokens), 0) as "outputTokens",
       coalesce(sum(cache_creation_5m_tokens + cache_creation_1h_tokens), 0) as "cacheCreationTokens",
       coalesce(sum(cache_read_tokens), 0) as "cacheReadTokens",
       coalesce(sum(cost_usd), 0) as cost, coalesce(sum(charged_usd), 0) as charged
     from unnest('{${spansMs.join(',')}}'::int[]) with ordinality as spans (span, place)
     left join usage_events e on e.created_at between ${at} - ${LOOK_BACK_MS} * interval '1 millisecond' and ${at}
       and e.created_at + e.duration_ms * interval '1 millisecond' > ${at} - span * interval '1 millisecond'
     group by place, span order by place`
  )
  return rows.map(({ span, cost, charged, ...counts }) => ({
    spanMs: span,
    requests: Number(counts.requests),
    errors: Number(counts.errors),
    inputTokens: Number(counts.inputTokens),
    outputTokens: Number(counts.outputTokens),
    cacheCreationTokens: Number(counts.cacheCreationTokens),
    cacheReadTokens: Number(counts.cacheReadTokens),
    costNano: parseUsd(cost),
    chargedNano: parseUsd(charged)
  }))
}
