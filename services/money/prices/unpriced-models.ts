import type { Queryable } from '../../platform/database/queryable.ts'
import { sumUnpricedUsage, type UnpricedUsage } from '../records/unpriced-usage.ts'
import { billedModel } from './attempt-price.ts'
import { isSameModel, normalId } from './model-ids.ts'
import type { PriceBook } from './price-book.ts'
import { storedBooks } from './prices-in-force.ts'

/** A model that was used and had no price. Instants are epoch milliseconds. */
export interface UnpricedModel {
  /** By which a price of it is found. */
  id: string
  requests: number
  costNano: bigint
  chargedNano: bigint
  firstAt: number
  lastAt: number
  /** It has a price by now, with which what it was used for can be priced anew. */
  hasPrice: boolean
}

/**
 * The models of a time for which UNKNOWN_MODEL_PRICE stood in, those with most requests first. Usage of several such models is
 * counted with each of them.
 */
export async function listUnpricedModels(
  db: Queryable,
  book: PriceBook,
  { now, ...time }: { from?: number | undefined; to?: number | undefined; now: number }
): Promise<UnpricedModel[]> {
  const used = await sumUnpricedUsage(db, time)
  const books = await storedBooks(
    db,
    used.map(({ priceVersion }) => priceVersion)
  )
  const models = new Map<string, UnpricedModel>()
  for (const usage of used) {
    for (const id of unpricedIn(usage, books.get(usage.priceVersion) ?? null)) {
      models.set(id, withUsage(models.get(id) ?? { ...NO_USE, id, hasPrice: book.find(id, now).known }, usage))
    }
  }
  return [...models.values()].toSorted((a, b) => b.requests - a.requests || b.lastAt - a.lastAt)
}

const NO_USE = { requests: 0, costNano: 0n, chargedNano: 0n, firstAt: Infinity, lastAt: -Infinity }

const withUsage = (model: UnpricedModel, usage: UnpricedUsage): UnpricedModel => ({
  ...model,
  requests: model.requests + usage.requests,
  costNano: model.costNano + usage.costNano,
  chargedNano: model.chargedNano + usage.chargedNano,
  firstAt: Math.min(model.firstAt, usage.firstAt),
  lastAt: Math.max(model.lastAt, usage.lastAt)
})

/** The names that were looked up in vain, as `priceAttempt` looks them up. */
function unpricedIn(usage: UnpricedUsage, book: PriceBook | null): Set<string> {
  const { requestedModel, upstreamModel, model, iterations, lastAt } = usage
  const billed = billedModel({ requestedModel, upstreamModel: upstreamModel ?? requestedModel }, model)
  const isRenamed = (name: string) => upstreamModel !== null && isSameModel(name, upstreamModel)
  const names = iterations?.map((name) => (name === null || isRenamed(name) ? billed : name)) ?? [billed]
  const unknown = names.filter((name) => book === null || !book.find(name, lastAt).known)
  // Events of before mappings were kept do not tell that what was asked for was billed.
  return new Set((unknown.length > 0 ? unknown : [requestedModel]).map(normalId))
}
