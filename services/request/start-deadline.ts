import type { IncomingHttpHeaders } from 'node:http'

const DEFAULT_TIMEOUT_MS = 600_000
const LONGEST_TIMEOUT_MS = 3_600_000

/** The latest instant for the first byte of an answer, whatever was waited for and tried before; epoch milliseconds. */
export function startDeadline(
  request: { asked: { stream: boolean }; arrivedAt: number; headers: IncomingHttpHeaders },
  { startTimeoutMs }: { startTimeoutMs: number }
): number {
  return request.arrivedAt + (request.asked.stream ? startTimeoutMs : clientTimeoutMs(request.headers))
}

/** The SDKs state how long they wait, in seconds. */
function clientTimeoutMs(headers: IncomingHttpHeaders): number {
  const seconds = Number(headers['x-stainless-timeout'])
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, LONGEST_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS
}
