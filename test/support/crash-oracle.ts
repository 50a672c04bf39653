import { parseUsd } from '../../services/money/prices/money.ts'
import type { SeenResponse } from './crash-load.ts'
import type { ListedEntry, ListedEvent } from './gateway.ts'
import type { MessageStart } from '../../simulator/upstream.ts'

export type BookedEvent = Pick<
  ListedEvent,
  | 'id'
  | 'exchange_id'
  | 'attempt'
  | 'user_email'
  | 'group'
  | 'requested_model'
  | 'outcome'
  | 'basis'
  | 'input_tokens'
  | 'output_tokens'
  | 'cache_creation_5m_tokens'
  | 'cache_creation_1h_tokens'
  | 'cache_read_tokens'
  | 'cost_usd'
  | 'charged_usd'
  | 'upstream_request_id'
>

export type BookedEntry = Omit<ListedEntry, 'created_at'>

export interface Books {
  /** The clients' side: what each saw of its one request, which has a model name of its own. */
  responses: readonly SeenResponse[]
  /** The upstream's side: every message it began. */
  starts: readonly MessageStart[]
  /** Ours. */
  events: readonly BookedEvent[]
  entries: readonly BookedEntry[]
  users: readonly { email: string; balance_usd: string }[]
  /** The group that pays by subscription, and so without ledger entries. */
  subscriptionGroup: string
}

/**
 * Holds our books against the upstream's and the clients'. Returns what doesn't agree, one line each.
 *
 * An event belongs to the message start with its upstream request id. The process may have died before it learned that id:
 * such an event has basis `unknown` and belongs to a start of the same requested model, of which there is one request only.
 * A start is covered by exactly one event, its own or one of those; an event left over cost the upstream nothing that it
 * told of (a refusal, a cut before message_start, a request that never arrived), and may not claim any token.
 */
export function disagreements(books: Books): string[] {
  return [
    ...repeatedEvents(books),
    ...uncoveredStarts(books),
    ...untrueEvents(books),
    ...unrecordedResponses(books),
    ...wrongMoney(books)
  ]
}

function repeatedEvents({ events }: Books): string[] {
  const keys = events.flatMap((event) => [
    `id ${event.id}`,
    `exchange ${event.exchange_id} attempt ${event.attempt}`,
    `model ${event.requested_model} attempt ${event.attempt}`,
    ...(event.upstream_request_id === null ? [] : [`upstream request ${event.upstream_request_id}`])
  ])
  return repeated(keys).map((key) => `two events for ${key}`)
}

function uncoveredStarts({ starts, events }: Books): string[] {
  const identified = new Set(events.map((event) => event.upstream_request_id))
  const anonymous = new Map<string, number>()
  for (const event of events) {
    if (event.upstream_request_id === null) add(anonymous, event.requested_model, 1)
  }
  return starts.flatMap((start) => {
    if (identified.has(start.requestId)) return []
    add(anonymous, start.model, -1)
    return anonymous.get(start.model)! >= 0 ? [] : [`no event for ${start.requestId} (${start.model})`]
  })
}

function untrueEvents({ starts, events, responses }: Books): string[] {
  const startOf = new Map(starts.map((start) => [start.requestId, start]))
  const wholeModels = new Set(responses.filter((response) => response.whole).map((response) => response.model))
  return events.flatMap((event) => {
    const problem = untruth(event, startOf.get(event.upstream_request_id ?? ''), wholeModels.has(event.requested_model))
    return problem === null ? [] : [`${event.id} (${event.requested_model}, ${event.outcome}, ${event.basis}): ${problem}`]
  })
}

function untruth(event: BookedEvent, start: MessageStart | undefined, isWhole: boolean): string | null {
  if (event.basis === 'unknown') {
    return tokensOf(event) === 0 && parseUsd(event.cost_usd) === 0n ? null : 'claims tokens that nobody told of'
  }
  if (start === undefined) return 'the upstream began no such message'
  if (start.model !== event.requested_model) return `the upstream began ${start.model}`
  const input =
    event.input_tokens === start.inputTokens &&
    event.cache_creation_5m_tokens === start.cacheCreation5mTokens &&
    event.cache_creation_1h_tokens === start.cacheCreation1hTokens &&
    event.cache_read_tokens === start.cacheReadTokens
  if (!input) return `the input is not the upstream's: ${JSON.stringify([event, start])}`
  const { outputTokens } = start
  if (event.output_tokens === outputTokens) return null
  // The first of two closing events tells half; of one without any, the text that passed by is counted.
  const soFar =
    event.basis === 'final' ? event.output_tokens === Math.floor(outputTokens / 2) : event.output_tokens < outputTokens
  return soFar && !isWhole ? null : `${event.output_tokens} output tokens instead of ${outputTokens}`
}

function unrecordedResponses({ responses, events, starts }: Books): string[] {
  const eventsOf = groupBy(events, (event) => event.requested_model)
  const told = new Set(starts.filter((start) => start.closingUsageSent).map((start) => start.requestId))
  return responses.flatMap(({ model, begun, whole }) => {
    const own = eventsOf.get(model) ?? []
    const isFinal = (event: BookedEvent) =>
      event.basis === 'final' && event.outcome === 'completed' && told.has(event.upstream_request_id ?? '')
    if (whole && own.filter(isFinal).length !== 1) return [`${model} was seen whole, but its events are ${JSON.stringify(own)}`]
    if (begun && own.every((event) => event.basis === 'unknown')) return [`${model} was seen to begin, but its cost is unknown`]
    return []
  })
}

function wrongMoney({ events, entries, users, subscriptionGroup }: Books): string[] {
  const problems = repeated(entries.map((entry) => entry.source_id)).map((source) => `two ledger entries for ${source}`)
  const usage = new Map(entries.filter((entry) => entry.kind === 'usage').map((entry) => [entry.source_id, entry]))
  for (const event of events) {
    const entry = usage.get(event.id)
    usage.delete(event.id)
    if (event.group === subscriptionGroup) {
      if (entry !== undefined) problems.push(`${event.id} is paid by a subscription and has a ledger entry`)
    } else if (entry?.user_email !== event.user_email || parseUsd(entry.amount_usd) !== -parseUsd(event.charged_usd)) {
      problems.push(`${event.id} cost ${event.charged_usd}, but its ledger entry is ${JSON.stringify(entry)}`)
    }
  }
  problems.push(...[...usage.keys()].map((source) => `a ledger entry for ${source}, which is no event`))
  for (const { email, balance_usd: balance } of users) {
    const own = entries.filter((entry) => entry.user_email === email).sort((a, b) => Number(a.id) - Number(b.id))
    let sum = 0n
    for (const entry of own) {
      sum += parseUsd(entry.amount_usd)
      if (parseUsd(entry.balance_after_usd) !== sum)
        problems.push(`${email}: the balance after entry ${entry.id} is not the sum`)
    }
    if (parseUsd(balance) !== sum) problems.push(`${email}: the balance is ${balance}, not the sum of the ledger`)
  }
  return problems
}

const tokensOf = (event: BookedEvent) =>
  event.input_tokens +
  event.output_tokens +
  event.cache_creation_5m_tokens +
  event.cache_creation_1h_tokens +
  event.cache_read_tokens

function add(counts: Map<string, number>, key: string, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount)
}

function repeated(keys: readonly string[]): string[] {
  const seen = new Set<string>()
  return keys.filter((key) => seen.has(key) || !seen.add(key))
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
