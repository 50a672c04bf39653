import { parseUsd } from '../prices/money.ts'
import type { Outcome, TokenFacts, UsageBasis } from '../usage/usage-facts.ts'

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
  /** The team that the key was in when the request was sent; null for none. */
  teamName: string | null
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
  /** Whose job it was; null for what was asked with a key. */
  subject: string | null
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

export interface UsageEventRow
  extends Omit<UsageEvent, 'createdAt' | 'costNano' | 'chargedNano' | Count>, Record<Count, string> {
  createdAt: Date
  cost: string
  charged: string
}

/** What a UsageEventRow is selected with; `e` are usage events, the other tables those of USAGE_EVENT_NAMES. */
export const USAGE_EVENT_FIELDS = `e.id, e.exchange_id as "exchangeId", e.attempt, e.created_at as "createdAt", u.email as "userEmail",
  k.name as "keyName", g.name as "groupName", a.name as "accountName", e.requested_model as "requestedModel", e.model, e.stream,
  e.outcome, e.basis, e.status, e.input_tokens as "inputTokens", e.output_tokens as "outputTokens",
  e.cache_creation_5m_tokens as "cacheCreation5mTokens", e.cache_creation_1h_tokens as "cacheCreation1hTokens",
  e.cache_read_tokens as "cacheReadTokens", e.web_search_requests as "webSearchRequests", e.cost_usd as cost,
  e.charged_usd as charged, trim_scale(e.rate_multiplier)::text as "rateMultiplier", e.price_version as "priceVersion",
  e.price_unknown as "priceUnknown", e.upstream_request_id as "upstreamRequestId", e.queue_ms as "queueMs",
  e.first_byte_ms as "firstByteMs", e.duration_ms as "durationMs", e.subject,
  coalesce(team.name, gone_team.name) as "teamName"`

/** What names the rows of `e`. */
export const USAGE_EVENT_NAMES = `left join users u on u.id = e.user_id
  left join api_keys k on k.id = e.key_id
  left join groups g on g.id = e.group_id
  left join accounts a on a.id = e.account_id
  left join teams team on team.id = e.team_id
  left join removed_teams gone_team on gone_team.id = e.team_id`

export function toUsageEvent({ cost, charged, createdAt, ...row }: UsageEventRow): UsageEvent {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, Number(row[name])])) as Record<Count, number>
  return { ...row, ...counts, createdAt: createdAt.getTime(), costNano: parseUsd(cost), chargedNano: parseUsd(charged) }
}
