import { GatewayError } from '../../platform/gateway-errors.ts'
import type { PriceData } from '../../money/prices/price-book.ts'
import { priceBookProblems, priceChanges, type PriceChange } from '../../money/prices/price-data.ts'
import { readPriceSources, updatePricesInForce, type UnknownModelPrice } from '../../money/prices/prices-in-force.ts'
import { addBook } from '../../money/records/prices.ts'
import { conflict, withOperatorLock, record, type OperatorContext } from './operator-changes.ts'

interface PricingContext extends OperatorContext {
  unknownModelPrice: UnknownModelPrice
}

export interface BookChange {
  book: unknown
  dryRun: boolean
  /** Accept a book older than the one in force. */
  force: boolean
}

export interface BookReport {
  generated: string
  replaces: string
  changes: PriceChange[]
}

/** Replaces the price book in force. Rejects with 400 for an invalid book, 409 for an older one. */
export async function changeBook(context: PricingContext, { book, dryRun, force }: BookChange): Promise<BookReport> {
  const problems = priceBookProblems(book)
  if (problems.length > 0)
    throw new GatewayError(400, 'invalid_request_error', problems.map((text) => `book.${text}`).join('; '))
  const given = book as PriceData
  return await withOperatorLock(context, async (db) => {
    const { base } = await readPriceSources(db)
    const report = {
      generated: given.generated,
      replaces: base.generated,
      changes: priceChanges(base.models, given.models)
    }
    if (dryRun) return report
    if (given.generated < base.generated && !force) {
      throw conflict(
        `the book of ${given.generated} is older than the one in force, of ${base.generated}: set force: true to use it anyway`
      )
    }
    await addBook(db, force && given.generated < base.generated ? { ...given, generated: base.generated } : given)
    await updatePricesInForce(db, context.unknownModelPrice)
    const models = report.changes.map(({ model, change }) => `${change} ${model}`)
    await record(db, context, 'prices.updated', 'price book', { before: base.generated, after: given.generated, models })
    return report
  })
}
