import type { Row } from './rows.ts'

/** The state at `now`, epoch milliseconds, of a row that may end, or begin later: what it was given, unless its time is over or to come. */
export function stateAt({ status, starts_at: startsAt, expires_at: expiresAt }: Row, now: number): unknown {
  if (status !== 'active') return status
  if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= now) return 'expired'
  return typeof startsAt === 'string' && Date.parse(startsAt) > now ? 'upcoming' : status
}

/** Whether a state is told by time alone: such a row was given `active`. */
export const isDerivedState = (status: unknown) => status === 'expired' || status === 'upcoming'
