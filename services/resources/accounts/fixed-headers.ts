import { isForwarded } from '../../platform/forwarded-names.ts'

/** Headers sent with each request of an account, whoever asks; by their names in lower case. */
export type FixedHeaders = Readonly<Record<string, string>>

/** How much upstreams and their proxies accept beside a request's own headers. */
export const MAX_FIXED_HEADERS = 16

const NAME = /^[a-z0-9][a-z0-9_.-]{0,99}$/

/** Headers that authenticate, describe the connection or the body, tell who is behind Sluice, or identify one request. */
const TAKEN_NAMES = new Set([
  'authorization',
  'x-api-key',
  'cookie',
  'cookie2',
  'set-cookie',
  'host',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'expect',
  'range',
  'date',
  'via',
  'max-forwards',
  'forwarded',
  'from',
  'origin',
  'referer',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'request-id',
  'x-request-id',
  'x-client-request-id',
  'idempotency-key',
  'x-http-method-override',
  'x-method-override'
])
const TAKEN_PREFIXES = ['accept-', 'content-', 'if-', 'proxy-', 'sec-', 'transfer-', 'x-forwarded-', 'x-sluice-']

/** The rest of a sentence that begins with the header's name; null for one that is allowed. */
export function fixedHeaderProblem(name: string): string | null {
  const lower = name.toLowerCase()
  if (!NAME.test(lower)) return 'is not a name of letters, digits, - _ and . (100 at most)'
  const isTaken = TAKEN_NAMES.has(lower) || isForwarded(lower) || TAKEN_PREFIXES.some((prefix) => lower.startsWith(prefix))
  return isTaken ? 'is set by Sluice, by the client or by HTTP itself: an account has other headers only' : null
}

/** The same headers under lower-case names, in the order of these. */
export function fixedHeaders(given: Readonly<Record<string, string>>): FixedHeaders {
  const entries = Object.entries(given).map(([name, value]): [string, string] => [name.toLowerCase(), value])
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
