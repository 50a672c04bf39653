import { disagreements, type BookedEntry, type BookedEvent } from '../support/crash-oracle.ts'
import type { ServerPlace } from '../support/server-process.ts'
import type { MessageStart } from '../support/simulated-upstream.ts'
import type { Seen } from './load.ts'
import { SUBSCRIPTION_GROUP } from './scenario.ts'
import type { UpstreamBook } from './upstream-book.ts'

type SoakEvent = BookedEvent & { account: string }

/**
 * Holds our books against the upstream's: each message it began is one usage event with its tokens, none twice, and the
 * balances are the sums of the ledger. Requests are told apart by their numbers, which stand for the models' names here.
 */
export async function judgeBooks(
  place: ServerPlace,
  answers: readonly Seen[],
  starts: readonly MessageStart[],
  book: UpstreamBook
): Promise<{ violations: string[]; events: number }> {
  const events = await place.list<SoakEvent>('/usage-events')
  const entries = await place.list<BookedEntry>('/ledger-entries')
  const users = await place.list<{ email: string; balance_usd: string }>('/users')
  const callOf = new Map(book.calls.map((call) => [call.number, call]))
  const nameOf = (start: MessageStart) => `request ${callOf.get(start.requestNumber)?.request.number}`
  const startOf = new Map(starts.map((start) => [start.requestId, start]))
  const startOfEvent = (event: SoakEvent) => startOf.get(event.upstream_request_id ?? '')
  const named = events.map((event) => {
    const start = startOfEvent(event)
    return { ...event, requested_model: start === undefined ? `exchange ${event.exchange_id}` : nameOf(start) }
  })
  const strangers = events.flatMap((event) => {
    const account = callOf.get(startOfEvent(event)?.requestNumber ?? 0)?.account.name ?? event.account
    return account === event.account ? [] : [`event ${event.id} is booked on ${event.account}, but ${account} was called`]
  })
  const violations = disagreements({
    answers: answers.map(({ request, begun, whole }) => ({ model: `request ${request.number}`, begun, whole })),
    starts: starts.map((start) => ({ ...start, model: nameOf(start) })),
    events: named,
    entries,
    users,
    subscriptionGroup: SUBSCRIPTION_GROUP
  })
  return { violations: [...strangers, ...violations], events: events.length }
}
