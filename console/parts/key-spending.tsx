import type { ReactNode } from 'react'
import { formatUsd } from './amounts.ts'
import { periodLabel } from './periods.ts'
import { UsedBar } from './standing.tsx'

interface SpendingWindow {
  kind: string
  limit_usd: string | null
  used_usd: string
  resets_at: string | null
}

/** Whether any of a key’s spending limits is set. */
export const isLimited = (spending: readonly SpendingWindow[] | null): boolean =>
  (spending ?? []).some(({ limit_usd: limit }) => limit !== null)

/** What is used of each of a key’s spending limits. */
export function KeySpending({ spending }: { spending: readonly SpendingWindow[] | null }): ReactNode {
  return (spending ?? []).map(({ kind, limit_usd: limit, used_usd: used, resets_at: resetsAt }) =>
    limit === null ? null : (
      <UsedBar
        key={kind}
        name={`${periodLabel(kind)}, of ${formatUsd(limit)}`}
        share={Number(used) / Number(limit)}
        resetsAt={resetsAt}
      />
    )
  )
}
