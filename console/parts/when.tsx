import { useEffect, useState } from 'react'
import { serverNow } from '../api/server-time.ts'
import { NotStated } from './money.tsx'
import { formatExact, formatRelative } from './times.ts'

const TICK_MS = 10_000

/** The server's time, anew every ten seconds. */
export function useNow(): number {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** A time of the API, relative to now, with the exact one on hover. */
export function When({ at }: { at: string | null | undefined }) {
  useNow()
  // As of this moment: what is younger than the last tick is not in the future.
  const now = serverNow()
  if (at === null || at === undefined) return <NotStated />
  const ms = Date.parse(at)
  return (
    <time dateTime={at} title={formatExact(ms)}>
      {formatRelative(ms, now)}
    </time>
  )
}
