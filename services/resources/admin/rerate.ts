import { randomUUID } from 'node:crypto'
import { counted } from '../../platform/counted.ts'
import { priceAttempt } from '../../money/prices/attempt-price.ts'
import { formatUsd } from '../../money/prices/money.ts'
import type { PriceBook } from '../../money/prices/price-book.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { storedBooks, type StoredBooks } from '../../money/prices/prices-in-force.ts'
import { enterAmount } from '../../money/records/ledger-entries.ts'
import { InvalidCursorError } from '../../platform/database/pages.ts'
import { inTransaction, type Queryable } from '../../platform/database/queryable.ts'
import {
  adjustKeys,
  adjustTeams,
  adjustSubscriptions,
  chargedDelta,
  lockRateable,
  pageRateable,
  writeRerated,
  type RateableEvent,
  type RatingFilters,
  type Rerated
} from '../records/rerating.ts'
import { lockSettledRows } from '../../money/records/settled-rows.ts'
import { record, type OperatorContext } from './operator-changes.ts'

interface RerateBatch {
  checked: number
  changed: number
  users: { user_email: string; cost_delta_usd: string; charged_delta_usd: string }[]
  next_cursor: string | null
}

const EVENTS_A_BATCH = 500

/**
 * Prices some events again, each at its own time, with `book`, and books the difference: one transaction per batch, so that
 * finished batches stay. Running it again, or twice at once, changes nothing twice: each event says which prices it has. Rejects
 * with 400.
 */
export async function rerateBatch(
  context: OperatorContext,
  book: PriceBook,
  filters: RatingFilters,
  { dryRun, cursor }: { dryRun: boolean; cursor: string | null }
): Promise<RerateBatch> {
  const page = await pageRateable(context.pool, filters, { limit: EVENTS_A_BATCH, cursor }).catch((error: unknown) => {
    if (error instanceof InvalidCursorError) throw new GatewayError(400, 'invalid_request_error', `cursor: ${error.message}`)
    throw error
  })
  const books = await storedBooks(
    context.pool,
    page.rows.map(({ event }) => event.priceVersion)
  )
  const wanted = page.rows.flatMap((event) => rerated(event, book, books))
  const done =
    dryRun || wanted.length === 0
      ? wanted
      : await inTransaction(context.pool, (db) => carryOut(db, context, wanted, { book, books }))
  return { checked: page.rows.length, changed: done.length, users: sumsByUser(done), next_cursor: page.nextCursor }
}

/** Nothing if it costs that already, or if it is unknown what it was priced as. */
function rerated(rateable: RateableEvent, book: PriceBook, books: StoredBooks): Rerated[] {
  const { event } = rateable
  if (event.priceVersion === book.version) return []
  const upstreamModel = upstreamModelOf(rateable, books.get(event.priceVersion) ?? null)
  if (upstreamModel === null) return []
  const { costNano, chargedNano, priceVersion, priceUnknown } = priced(rateable, upstreamModel, book)
  const isSame = costNano === event.costNano && chargedNano === event.chargedNano && priceUnknown === event.priceUnknown
  return isSame ? [] : [{ ...rateable, costNano, chargedNano, priceVersion, priceUnknown }]
}

/**
 * With a mapping, the requested model is billed rather than the one that answered. If no mapping was recorded, the prices of that
 * time tell. Null when neither yields the recorded cost.
 */
function upstreamModelOf(rateable: RateableEvent, itsBook: PriceBook | null): string | null {
  if (itsBook === null) return null
  const { requestedModel, model, costNano, priceUnknown } = rateable.event
  const names = rateable.upstreamModel === null ? [requestedModel, model] : [rateable.upstreamModel]
  for (const upstreamModel of names) {
    const then = priced(rateable, upstreamModel, itsBook)
    if (then.costNano === costNano && then.priceUnknown === priceUnknown) return upstreamModel
  }
  return null
}

function priced({ event, usage }: RateableEvent, upstreamModel: string, book: PriceBook) {
  const { requestedModel, model, createdAt, rateMultiplier } = event
  return priceAttempt({ upstreamModel, requestedModel, createdAt, rateMultiplier }, { model, usage }, book)
}

/** In settlement's order: users, subscriptions, sums, keys, teams. */
async function carryOut(
  db: Queryable,
  context: OperatorContext,
  wanted: readonly Rerated[],
  { book, books }: { book: PriceBook; books: StoredBooks }
): Promise<Rerated[]> {
  const userIds = [...new Set(wanted.map(({ userId }) => userId))]
  const subscriptionIds = [...new Set(wanted.flatMap(({ subscriptionId }) => subscriptionId ?? []))]
  await lockSettledRows(db, { users: userIds, subscriptions: subscriptionIds, api_keys: [] })
  const events = (await lockRateable(db, wanted)).flatMap((event) => rerated(event, book, books))
  if (events.length === 0) return []
  await bookDifferences(db, events)
  await adjustSubscriptions(db, events)
  await writeRerated(db, events)
  await adjustKeys(db, events)
  await adjustTeams(db, events)
  const first = new Date(events[0]?.event.createdAt ?? 0).toISOString()
  const detail = { events: events.length, from: first, price_version: book.version, users: sumsByUser(events) }
  await record(db, context, 'usage.rerated', counted(events.length, 'usage event'), detail)
  return events
}

/** One entry for each wallet; the events' own entries stay. */
async function bookDifferences(db: Queryable, events: readonly Rerated[]): Promise<void> {
  const run = randomUUID()
  const byUser = Map.groupBy(
    events.filter(({ subscriptionId }) => subscriptionId === null),
    ({ userId }) => userId
  )
  for (const [userId, own] of byUser) {
    const amountNano = -own.reduce((sum, event) => sum + chargedDelta(event), 0n)
    if (amountNano === 0n) continue
    const note = `${counted(own.length, 'usage event')} re-rated`
    await enterAmount(db, { userId, kind: 'adjustment', amountNano, sourceId: `rerate:${run}:${userId}`, note })
  }
}

function sumsByUser(events: readonly Rerated[]): RerateBatch['users'] {
  const byUser = Map.groupBy(events, ({ event, userId }) => event.userEmail ?? `user ${userId}`)
  return [...byUser].map(([email, own]) => ({
    user_email: email,
    cost_delta_usd: formatUsd(own.reduce((sum, { costNano, event }) => sum + costNano - event.costNano, 0n)),
    charged_delta_usd: formatUsd(own.reduce((sum, event) => sum + chargedDelta(event), 0n))
  }))
}
