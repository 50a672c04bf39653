import type { Row } from './rows.ts'

/**
 * The state at `now`, epoch milliseconds, of a row that may end, or begin later: its stored state, unless its time is over or yet
 * to come.
 */
export function stateAt({ status, starts_at: startsAt, expires_at: expiresAt }: Row, now: number): unknown {
  if (status !== 'active') return status
  if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= now) return 'expired'
  return typeof startsAt === 'string' && Date.parse(startsAt) > now ? 'upcoming' : status
}

/** Whether a state follows from the time: such a row is stored as `active`. */
export const isDerivedState = (status: unknown) => status === 'expired' || status === 'upcoming'
