/** How far the browser's clock is from the server's, which responses tell: a browser's may be wrong by years. */
let offsetMs = 0

/** Learns of it from the `Date` of a response, which has full seconds. */
export function learnServerTime(response: Response, now: number): void {
  const date = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(date)) return
  const offset = date + 500 - now
  // Small differences are the way and the rounding.
  offsetMs = Math.abs(offset) < 2000 ? 0 : offset
}

/** The time by the server's clock, in epoch milliseconds. */
export const serverNow = () => Date.now() + offsetMs
