import type { ClosedAttempt } from '../usage/attempt-records.ts'
import { formatUsd } from '../prices/money.ts'
import { scalarArray, textArray } from '../../platform/database/array-literals.ts'

/** An attempt whose fate is known and priced. */
export interface PricedAttempt extends ClosedAttempt {
  /** List cost: what quota windows count. */
  costNano: bigint
  /** List cost times the group's multiplier: what the wallet pays. */
  chargedNano: bigint
  priceVersion: string
  priceUnknown: boolean
}

type Scalar = string | number | boolean | null

interface Column {
  name: string
  type: string
  /** The parameter for a batch. */
  toArray: (attempts: readonly PricedAttempt[]) => string
}

const text = (name: string, read: (attempt: PricedAttempt) => string | null): Column => ({
  name,
  type: 'text',
  toArray: (attempts) => textArray(attempts.map((attempt) => cleanText(read(attempt))))
})
const scalar = (name: string, type: string, read: (attempt: PricedAttempt) => Scalar): Column => ({
  name,
  type,
  toArray: (attempts) => scalarArray(attempts.map(read))
})
const bigint = (name: string, read: (attempt: PricedAttempt) => string | number | null) => scalar(name, 'bigint', read)
const integer = (name: string, read: (attempt: PricedAttempt) => number | null) =>
  scalar(name, 'integer', (attempt) => toInteger(read(attempt)))

/** What a usage event is written with; the rest has defaults. */
export const EVENT_COLUMNS: readonly Column[] = [
  text('id', ({ sent }) => sent.id),
  scalar('created_at', 'timestamptz', ({ sent }) => new Date(sent.createdAt).toISOString()),
  text('exchange_id', ({ sent }) => sent.exchangeId),
  integer('attempt', ({ sent }) => sent.attempt),
  bigint('user_id', ({ sent }) => sent.userId),
  bigint('key_id', ({ sent }) => sent.keyId),
  bigint('group_id', ({ sent }) => sent.groupId),
  bigint('subscription_id', ({ sent }) => sent.subscriptionId),
  bigint('account_id', ({ sent }) => sent.accountId),
  text('requested_model', ({ sent }) => sent.requestedModel),
  text('model', modelOf),
  scalar('stream', 'boolean', ({ sent }) => sent.stream),
  scalar('outcome', 'text', ({ closed }) => closed.outcome),
  scalar('basis', 'text', ({ closed }) => closed.basis),
  integer('status', ({ closed }) => closed.status),
  bigint('input_tokens', ({ closed }) => closed.usage.inputTokens),
  bigint('output_tokens', ({ closed }) => closed.usage.outputTokens),
  bigint('cache_creation_5m_tokens', ({ closed }) => closed.usage.cacheCreation5mTokens),
  bigint('cache_creation_1h_tokens', ({ closed }) => closed.usage.cacheCreation1hTokens),
  bigint('cache_read_tokens', ({ closed }) => closed.usage.cacheReadTokens),
  bigint('web_search_requests', ({ closed }) => closed.usage.webSearchRequests),
  { name: 'usage', type: 'jsonb', toArray: (attempts) => textArray(attempts.map(otherFacts)) },
  scalar('cost_usd', 'numeric', ({ costNano }) => formatUsd(costNano)),
  scalar('charged_usd', 'numeric', ({ chargedNano }) => formatUsd(chargedNano)),
  scalar('rate_multiplier', 'numeric', ({ sent }) => sent.rateMultiplier),
  text('price_version', ({ priceVersion }) => priceVersion),
  scalar('price_unknown', 'boolean', ({ priceUnknown }) => priceUnknown),
  text('upstream_request_id', ({ closed }) => closed.upstreamRequestId),
  integer('queue_ms', ({ sent }) => sent.queueMs),
  integer('first_byte_ms', ({ closed }) => closed.firstByteMs),
  integer('duration_ms', ({ closed }) => closed.durationMs),
  text('subject', ({ sent }) => sent.subject ?? null),
  bigint('team_id', ({ sent }) => sent.teamId ?? null)
]

/** The model that the event names: as the upstream reported it, else as it was asked for. */
export function modelOf({ sent, closed }: PricedAttempt): string {
  return cleanText(closed.model ?? sent.upstreamModel)
}

// An index entry may have 2704 bytes, and names of models come from clients.
const MAX_TEXT_LENGTH = 256
const MAX_INTEGER = 2 ** 31 - 1

/**
 * Text that Postgres takes: names come from clients and upstreams, and one it refused would hold up its batch for ever.
 * NUL and lone surrogates become U+FFFD, and what is too long to index is cut.
 */
export function cleanText(text: string): string
export function cleanText(text: string | null): string | null
export function cleanText(text: string | null): string | null {
  return text === null ? null : text.slice(0, MAX_TEXT_LENGTH).toWellFormed().replaceAll('\0', '\uFFFD')
}

function toInteger(value: number | null): number | null {
  return value === null ? null : Math.max(-MAX_INTEGER, Math.min(MAX_INTEGER, Math.round(value)))
}

/**
 * The facts that have no column, as JSON; what is null is left out, and the name it was sent under where nothing renamed it. That name
 * decides whether the model asked for or the one that answered is billed, and a cost does not tell it.
 */
function otherFacts({ sent, closed }: PricedAttempt): string {
  const { serviceTier, speed, inferenceGeo, iterations } = closed.usage
  const upstreamModel = sent.upstreamModel === sent.requestedModel ? null : sent.upstreamModel
  if (serviceTier === null && speed === null && inferenceGeo === null && iterations === null && upstreamModel === null)
    return '{}'
  const keep = (_name: string, value: unknown) => (typeof value === 'string' ? cleanText(value) : (value ?? undefined))
  return JSON.stringify({ serviceTier, speed, inferenceGeo, iterations, upstreamModel }, keep)
}
