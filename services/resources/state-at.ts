import type { Row } from './rows.ts'

/** The state at `now`, epoch milliseconds, of a row that may end: what it was given, unless its time is over. */
export function stateAt({ status, expires_at: expiresAt }: Row, now: number): unknown {
  const isOver = status === 'active' && typeof expiresAt === 'string' && Date.parse(expiresAt) <= now
  return isOver ? 'expired' : status
}
