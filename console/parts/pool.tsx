import { Stack, Text } from '@mantine/core'
import { addUsd, formatUsd } from './amounts.ts'
import { PERIODS } from './periods.ts'
import { UsedBar } from './standing.tsx'

export interface PoolWindow {
  kind: string
  limit_usd: string | null
  used_usd: string
  resets_at: string
}

interface Guaranteed {
  guaranteed: { daily: string | null; weekly: string | null; monthly: string | null }
}

/** What is used of a team’s pool in each window that is limited; with `members` also what of it is guaranteed to them. */
export function Pool({ windows, members }: { windows: readonly PoolWindow[]; members?: readonly Guaranteed[] }) {
  const limited = windows.filter(({ limit_usd: limit }) => limit !== null)
  const month = windows.find(({ kind }) => kind === 'month')
  if (limited.length === 0) {
    return (
      <Text size="sm">
        The pool has no limit{month === undefined ? '' : `; ${formatUsd(month.used_usd)} were charged this month`}.
      </Text>
    )
  }
  return (
    <Stack gap="xs">
      {limited.map(({ kind, limit_usd: limit, used_usd: used, resets_at: resetsAt }) => {
        const { of, label } = PERIODS.find((period) => period.kind === kind) ?? PERIODS[2]
        return (
          <div key={kind} role="group" aria-label={`Pool of the ${kind}`}>
            <UsedBar
              name={`${label}, ${formatUsd(used)} of ${formatUsd(limit ?? '0')}`}
              share={Number(used) / Number(limit)}
              resetsAt={resetsAt}
            />
            {members === undefined ? null : (
              <Text size="xs" c="dimmed">
                {formatUsd(sumOf(members.map(({ guaranteed }) => guaranteed[of])))} of it guaranteed to members
              </Text>
            )}
          </div>
        )
      })}
    </Stack>
  )
}

/** The exact sum of what is stated. */
export const sumOf = (amounts: readonly (string | null | undefined)[]): string =>
  amounts.reduce<string>((sum, usd) => (usd === null || usd === undefined ? sum : addUsd(sum, usd)), '0')
