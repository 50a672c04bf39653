import { formatUsd } from '../prices/money.ts'
import type { UsageEvent } from '../records/usage-event-rows.ts'

export type UsageEventReport = ReturnType<typeof reportOfEvent>

/** A usage event as the admin API shows it. */
export function reportOfEvent(event: UsageEvent) {
  return {
    id: event.id,
    exchange_id: event.exchangeId,
    attempt: event.attempt,
    created_at: new Date(event.createdAt).toISOString(),
    user_email: event.userEmail,
    key_name: event.keyName,
    group: event.groupName,
    account: event.accountName,
    requested_model: event.requestedModel,
    model: event.model,
    stream: event.stream,
    outcome: event.outcome,
    basis: event.basis,
    status: event.status,
    input_tokens: event.inputTokens,
    output_tokens: event.outputTokens,
    cache_creation_5m_tokens: event.cacheCreation5mTokens,
    cache_creation_1h_tokens: event.cacheCreation1hTokens,
    cache_read_tokens: event.cacheReadTokens,
    web_search_requests: event.webSearchRequests,
    cost_usd: formatUsd(event.costNano),
    charged_usd: formatUsd(event.chargedNano),
    rate_multiplier: event.rateMultiplier,
    price_version: event.priceVersion,
    price_unknown: event.priceUnknown,
    upstream_request_id: event.upstreamRequestId,
    queue_ms: event.queueMs,
    first_byte_ms: event.firstByteMs,
    duration_ms: event.durationMs,
    subject: event.subject,
    team: event.teamName
  }
}
