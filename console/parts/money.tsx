import { formatUsd } from './amounts.ts'

/** An amount of US dollars, with the exact one on hover. Not stated is a dash, and never 0. */
export function Money({ usd }: { usd: string | null | undefined }) {
  if (usd === null || usd === undefined) return <NotStated />
  return <span title={`${usd} USD`}>{formatUsd(usd)}</span>
}

/** For what was not told. */
export function NotStated() {
  return (
    <span className="dimmed" title="not stated" aria-label="not stated">
      –
    </span>
  )
}
