import { parseUsd } from '../prices/money.ts'
import type { Outcome, TokenFacts, UsageBasis } from '../usage/usage-facts.ts'
import { createConditions, readCursor, toPage, type Page, type PageRequest } from './pages.ts'
import type { Queryable } from './queryable.ts'

export interface UsageEventFilters {
  userEmail?: string | undefined
  keyName?: string | undefined
  accountName?: string | undefined
  /** As requested or as reported. */
  model?: string | undefined
  outcome?: Outcome | undefined
  /** from ≤ created at < to; epoch milliseconds. */
  from?: number | undefined
  to?: number | undefined
}

/** Names are null where what they name was deleted. Instants are epoch milliseconds. */
export interface UsageEvent extends TokenFacts {
  id: string
  exchangeId: string
  attempt: number
  createdAt: number
  userEmail: string | null
  keyName: string | null
  groupName: string | null
  accountName: string | null
  requestedModel: string
  model: string
  stream: boolean
  outcome: Outcome
  basis: UsageBasis
  status: number | null
  costNano: bigint
  chargedNano: bigint
  rateMultiplier: string
  priceVersion: string
  priceUnknown: boolean
  upstreamRequestId: string | null
  queueMs: number
  firstByteMs: number | null
  durationMs: number
}

const COUNTS = [
  'inputTokens',
  'outputTokens',
  'cacheCreation5mTokens',
  'cacheCreation1hTokens',
  'cacheReadTokens',
  'webSearchRequests'
] as const
type Count = (typeof COUNTS)[number]

interface UsageEventRow extends Omit<UsageEvent, 'createdAt' | 'costNano' | 'chargedNano' | Count>, Record<Count, string> {
  createdAt: Date
  cost: string
  charged: string
}

const FIELDS = `e.id, e.exchange_id as "exchangeId", e.attempt, e.created_at as "createdAt", u.email as "userEmail",
  k.name as "keyName", g.name as "groupName", a.name as "accountName", e.requested_model as "requestedModel", e.model, e.stream,
  e.outcome, e.basis, e.status, e.input_tokens as "inputTokens", e.output_tokens as "outputTokens",
  e.cache_creation_5m_tokens as "cacheCreation5mTokens", e.cache_creation_1h_tokens as "cacheCreation1hTokens",
  e.cache_read_tokens as "cacheReadTokens", e.web_search_requests as "webSearchRequests", e.cost_usd as cost,
  e.charged_usd as charged, trim_scale(e.rate_multiplier)::text as "rateMultiplier", e.price_version as "priceVersion",
  e.price_unknown as "priceUnknown", e.upstream_request_id as "upstreamRequestId", e.queue_ms as "queueMs",
  e.first_byte_ms as "firstByteMs", e.duration_ms as "durationMs"`

const INSTANT_PATTERN = /^\d{1,15}$/
const EVENT_ID_PATTERN = /^[^\0]{1,200}$/

function toEvent({ cost, charged, createdAt, ...row }: UsageEventRow): UsageEvent {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, Number(row[name])])) as Record<Count, number>
  return { ...row, ...counts, createdAt: createdAt.getTime(), costNano: parseUsd(cost), chargedNano: parseUsd(charged) }
}

/** Newest first, by the time the request was sent. Throws InvalidCursorError. */
export async function pageUsageEvents(
  db: Queryable,
  filters: UsageEventFilters,
  { limit, cursor }: PageRequest
): Promise<Page<UsageEvent>> {
  const conditions = createConditions()
  conditions.add(filters.userEmail?.toLowerCase(), (value) => `e.user_id = (select id from users where email = ${value})`)
  conditions.add(filters.keyName, (value) => `e.key_id in (select id from api_keys where name = ${value})`)
  conditions.add(filters.accountName, (value) => `e.account_id = (select id from accounts where name = ${value})`)
  conditions.add(filters.model, (value) => `${value} in (e.model, e.requested_model)`)
  conditions.add(filters.outcome, (value) => `e.outcome = ${value}`)
  conditions.add(toDate(filters.from), (value) => `e.created_at >= ${value}`)
  conditions.add(toDate(filters.to), (value) => `e.created_at < ${value}`)
  if (cursor !== null) {
    const [createdAt, id] = readCursor(cursor, [INSTANT_PATTERN, EVENT_ID_PATTERN])
    const instant = conditions.bind(toDate(Number(createdAt)))
    conditions.add(id, (value) => `(e.created_at, e.id) < (${instant}::timestamptz, ${value}::text)`)
  }
  const { rows } = await db.query<UsageEventRow>(
    `select ${FIELDS} from usage_events e
     left join users u on u.id = e.user_id
     left join api_keys k on k.id = e.key_id
     left join groups g on g.id = e.group_id
     left join accounts a on a.id = e.account_id
     ${conditions.where()} order by e.created_at desc, e.id desc limit ${conditions.bind(limit + 1)}`,
    conditions.values
  )
  return toPage(rows.map(toEvent), limit, (event) => [String(event.createdAt), event.id])
}

const toDate = (at: number | undefined) => (at === undefined ? undefined : new Date(at))
