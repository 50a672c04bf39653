/** An instant, in epoch milliseconds, as RFC 3339 in UTC. */
export const toTime = (at: number): string => new Date(at).toISOString()

/** The same of one that there may not be. */
export const toTimeOrNull = (at: number | null): string | null => (at === null ? null : toTime(at))
