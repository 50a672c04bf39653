import type { IncomingHttpHeaders } from 'node:http'

const DEFAULT_TIMEOUT_MS = 600_000
const LONGEST_TIMEOUT_MS = 3_600_000

/** The second that may have been rounded off, and one more, so that the client times out by itself first. */
const LONGER_MS = 2000

/** The latest instant for the first byte of a response, whatever the waits and attempts before; by the clock's `uptime`. */
export function startDeadline(
  request: { envelope: { stream: boolean }; arrivedUptime: number; headers: IncomingHttpHeaders },
  { startTimeoutMs }: { startTimeoutMs: number }
): number {
  return request.arrivedUptime + (request.envelope.stream ? startTimeoutMs : clientTimeoutMs(request.headers))
}

/** The SDKs state how long they wait in whole seconds, rounded down: one that waits 1.5 seconds says 1. */
function clientTimeoutMs(headers: IncomingHttpHeaders): number {
  const stated = headers['x-stainless-timeout']
  const seconds = typeof stated === 'string' && stated.trim() !== '' ? Number(stated) : Number.NaN
  if (!Number.isFinite(seconds) || seconds < 0) return DEFAULT_TIMEOUT_MS
  return Math.min(seconds * 1000 + LONGER_MS, LONGEST_TIMEOUT_MS)
}
