import builtIn from './claude-prices.json' with { type: 'json' }
import { createPriceBook, type ModelPriceData, type PriceBook, type PriceData } from './price-book.ts'
import { createPriceTimeline, type PriceTimeline } from './price-timeline.ts'
import { bringIntoForce, currentVersion, findLatestBook, listOverrides, lockTimeline, readTimeline } from '../records/prices.ts'
import { findPriceVersion } from '../records/exchange-usage.ts'
import { rememberPriceVersion } from '../records/price-versions.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

export interface UnknownModelPrice {
  input: string
  output: string
}

/** All that decides a price. */
interface PriceSources {
  base: PriceData
  /** Whether the base is a book that an operator has given, rather than the one that Sluice comes with. */
  isGiven: boolean
  overrides: ModelPriceData[]
}

/** A book that an operator has given counts until Sluice comes with a newer one. */
export async function readPriceSources(db: Queryable): Promise<PriceSources> {
  const given = await findLatestBook(db)
  const overrides = await listOverrides(db)
  const isGiven = given !== null && given.generated >= builtIn.generated
  return { base: isGiven ? given : builtIn, isGiven, overrides }
}

/** The ids of all models that have a price. */
export async function pricedModels(db: Queryable): Promise<string[]> {
  const { base, overrides } = await readPriceSources(db)
  return [...base.models, ...overrides].map(({ id }) => id)
}

/**
 * Brings into force what the sources say now, if it isn't: what is sent from then on is priced by it. In the caller's transaction,
 * so that the change and its effect are one.
 */
export async function updatePricesInForce(db: Queryable, unknownModelPrice: UnknownModelPrice): Promise<void> {
  // First, or what another changes between would be taken back by what was read before.
  await lockTimeline(db)
  const { base, overrides } = await readPriceSources(db)
  const { version } = createPriceBook(base, { unknownModelPrice, overrides })
  await rememberPriceVersion(db, version, { ...base, unknownModelPrice, overrides })
  if ((await currentVersion(db)) !== version) await bringIntoForce(db, version)
}

/** How long attempts may wait to be settled, and be priced as they were sent. */
const KNOWN_BACK_MS = 40 * 24 * 60 * 60 * 1000

/** Throws when nothing is in force. */
export async function loadPriceTimeline(db: Queryable, now: number): Promise<PriceTimeline> {
  const entries = await readTimeline(db, now - KNOWN_BACK_MS)
  return createPriceTimeline(
    entries.map(({ version, from, data }) => ({ from: from.getTime(), book: storedBook(version, data) }))
  )
}

/** Under the name that events know it by: the hash in it depends on the order of keys, which the database does not keep. */
export function storedBook(
  version: string,
  data: PriceData & { unknownModelPrice: UnknownModelPrice; overrides?: ModelPriceData[] }
): PriceBook {
  const { unknownModelPrice, overrides = [] } = data
  return { ...createPriceBook(data, { unknownModelPrice, overrides }), version }
}

/** The books that events were priced with, by version; null for one that is not on record. */
export type StoredBooks = ReadonlyMap<string, PriceBook | null>

export async function storedBooks(db: Queryable, versions: Iterable<string>): Promise<StoredBooks> {
  const books = new Map<string, PriceBook | null>()
  for (const version of new Set(versions)) {
    const data = await findPriceVersion(db, version)
    books.set(version, data === null ? null : storedBook(version, data))
  }
  return books
}
