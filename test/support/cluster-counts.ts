import type { RecordedRequest } from '../../simulator/behaviour.ts'

/** The request that it is, in the names of the test: the upstream reads it and the proxy passes it on. */
export const REQUEST_HEADER = 'anthropic-test-request'

/** Whose slots a request at the upstream takes. */
export interface Holders {
  user: string
  account: string
}

/** One request as the upstream had it in flight. Times are of `performance.now()`. */
export interface Flight extends Holders {
  request: string
  startedAt: number
  /** Infinity while it lasts. */
  endedAt: number
}

/** How many may be in flight of each, by name. */
export interface Limits {
  user: ReadonlyMap<string, number>
  account: ReadonlyMap<string, number>
}

export interface FlightBook {
  readonly flights: readonly Flight[]
  /** To be called by the upstream when a request arrives; what it returns, when it is over. */
  begin: (request: RecordedRequest) => () => void
  /** From here on the request's slots may be another's, though the upstream may not know yet: its client has left. */
  left: (request: string) => void
  inFlight: (is?: (flight: Flight) => boolean) => number
}

/** Keeps for the whole run what was in flight at the upstream, and whose it was. */
export function createFlightBook(holdersOf: (request: string, credential: string) => Holders): FlightBook {
  const flights: Flight[] = []
  const open = new Map<string, Set<Flight>>()

  function end(flight: Flight): void {
    open.get(flight.request)?.delete(flight)
    flight.endedAt = Math.min(flight.endedAt, performance.now())
  }

  return {
    flights,
    begin({ headers, credential }) {
      const request = String(headers[REQUEST_HEADER])
      const flight = { request, ...holdersOf(request, credential ?? ''), startedAt: performance.now(), endedAt: Infinity }
      flights.push(flight)
      open.set(request, (open.get(request) ?? new Set()).add(flight))
      return () => end(flight)
    },
    left(request) {
      for (const flight of open.get(request) ?? []) end(flight)
    },
    inFlight: (is = () => true) => flights.filter((flight) => flight.endedAt === Infinity && is(flight)).length
  }
}

export interface Span {
  from: number
  to: number
}

export const ALWAYS: Span = { from: -Infinity, to: Infinity }

/** How many more than its limit a user or account may have. */
type Allowance = (limit: number) => number

/** Where slots are not counted together, a replica has its share of the limit, and at least one. */
export const shareOf = (limit: number, replicas: number) => Math.max(1, Math.floor(limit / replicas))

/**
 * Every flight that started in the span when its user or account had no slot left, one line each. Only starts are judged:
 * what runs already may be more than a limit after it was away.
 */
export function overLimit(
  flights: readonly Flight[],
  limits: Limits,
  { from, to }: Span = ALWAYS,
  allowance: Allowance = () => 0
): string[] {
  return (['user', 'account'] as const).flatMap((subject) =>
    [...limits[subject]].flatMap(([name, limit]) => {
      const own = flights.filter((flight) => flight[subject] === name)
      return startsWithCount(own)
        .filter(
          ({ flight, inFlight }) => from <= flight.startedAt && flight.startedAt < to && inFlight > limit + allowance(limit)
        )
        .map(
          ({ flight, inFlight }) =>
            `${flight.request} is the ${inFlight}th of ${subject} ${name} (limit ${limit} + ${allowance(limit)})`
        )
    })
  )
}

/** The most that were in flight at once of any user or account, relative to its limit; 0 = some were used up. */
export function closestToLimit(flights: readonly Flight[], limits: Limits, subject: keyof Limits): number {
  const margins = [...limits[subject]].map(([name, limit]) => {
    const own = flights.filter((flight) => flight[subject] === name)
    return Math.max(0, ...startsWithCount(own).map(({ inFlight }) => inFlight)) - limit
  })
  return Math.max(...margins)
}

/** Each with how many were in flight when it had started, itself among them. */
function startsWithCount(flights: readonly Flight[]): { flight: Flight; inFlight: number }[] {
  const starts = flights.toSorted((a, b) => a.startedAt - b.startedAt)
  const ends = flights.map(({ endedAt }) => endedAt).toSorted((a, b) => a - b)
  let over = 0
  return starts.map((flight, index) => {
    while (over < ends.length && ends[over]! <= flight.startedAt) over++
    return { flight, inFlight: index + 1 - over }
  })
}
