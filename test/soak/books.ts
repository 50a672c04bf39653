import { disagreements, type BookedEntry, type BookedEvent } from '../support/crash-oracle.ts'
import type { ServerPlace } from '../support/server-process.ts'
import type { MessageStart } from '../../simulator/upstream.ts'
import type { Seen } from './load.ts'
import { SUBSCRIPTION_GROUP } from './scenario.ts'
import type { Call, UpstreamBook } from './upstream-book.ts'

type SoakEvent = BookedEvent & { account: string; created_at: string }

/** Between sending a call and its arrival. */
const ARRIVES_WITHIN_MS = 2000

/**
 * Holds our books against the upstream's: each message it began is one usage event with its tokens, none twice, and the
 * balances are the sums of the ledger. Requests are told apart by their numbers, which stand for the models' names here.
 */
export async function judgeBooks(
  place: ServerPlace,
  responses: readonly Seen[],
  starts: readonly MessageStart[],
  book: UpstreamBook
): Promise<{ violations: string[]; events: number }> {
  const events = await place.list<SoakEvent>('/usage-events')
  const entries = await place.list<BookedEntry>('/ledger-entries')
  const users = await place.list<{ email: string; balance_usd: string }>('/users')
  const callOf = new Map(book.calls.map((call) => [call.number, call]))
  const nameOf = (call: Call | undefined) => `request ${call?.request.number}`
  const startOf = new Map(starts.map((start) => [start.requestId, start]))
  const identified = new Set(events.map((event) => event.upstream_request_id))
  const unheard = starts.filter(({ requestId }) => !identified.has(requestId)).map((start) => callOf.get(start.requestNumber)!)
  const callOfEvent = (event: SoakEvent) => callOf.get(startOf.get(event.upstream_request_id ?? '')?.requestNumber ?? 0)
  const named = events.map((event) => {
    const call = event.upstream_request_id === null ? takeMatching(unheard, event) : callOfEvent(event)
    return { ...event, requested_model: call === undefined ? `exchange ${event.exchange_id}` : nameOf(call) }
  })
  const strangers = events.flatMap((event) => {
    const account = callOfEvent(event)?.account.name ?? event.account
    return account === event.account ? [] : [`event ${event.id} is booked on ${event.account}, but ${account} was called`]
  })
  const violations = disagreements({
    responses: responses.map(({ request, begun, whole }) => ({ model: `request ${request.number}`, begun, whole })),
    starts: starts.map((start) => ({ ...start, model: nameOf(callOf.get(start.requestNumber)) })),
    events: named,
    entries,
    users,
    subscriptionGroup: SUBSCRIPTION_GROUP
  })
  return { violations: [...strangers, ...violations], events: events.length }
}

/** A call that broke off before its response's head arrived has an event that cannot name the message; one event covers one. */
function takeMatching(unheard: Call[], event: SoakEvent): Call | undefined {
  const sentAt = Date.parse(event.created_at)
  const index = unheard.findIndex(
    ({ account, request, at }) =>
      account.name === event.account &&
      request.email === event.user_email &&
      request.model === event.requested_model &&
      sentAt <= at &&
      at <= sentAt + ARRIVES_WITHIN_MS
  )
  return index < 0 ? undefined : unheard.splice(index, 1)[0]
}
