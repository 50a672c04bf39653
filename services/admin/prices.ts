import { GatewayError } from '../gateway-errors.ts'
import { isSameModel } from '../prices/model-ids.ts'
import { createPriceBook, type ModelPriceData, type PriceData } from '../prices/price-book.ts'
import { priceBookProblems, priceChanges, type PriceChange } from '../prices/price-data.ts'
import { readPriceSources, updatePricesInForce, type UnknownModelPrice } from '../prices/prices-in-force.ts'
import { addBook, deleteOverride, findOverride, putOverride, type PriceOverride } from '../records/prices.ts'
import type { Queryable } from '../records/queryable.ts'
import type { Versioned } from '../records/versioned.ts'
import {
  checkVersion,
  conflict,
  fieldRefused,
  inOperatorsTurn,
  record,
  removeRow,
  type OperatorContext
} from './operator-changes.ts'

export interface PricingContext extends OperatorContext {
  unknownModelPrice: UnknownModelPrice
}

export interface OverrideChange {
  model: string
  displayName: string | undefined
  rates: ModelPriceData['usd_per_mtok']
  ifMatch: string | undefined
}

export const reportOfOverride = ({ id, data, version }: Versioned<PriceOverride>) => ({
  model: id,
  display_name: data.display_name,
  usd_per_mtok: data.usd_per_mtok,
  version
})

/** Gives a model prices of the operator's own, for what is sent from then on. Rejects with 400 and 412. */
export async function setOverride(
  context: PricingContext,
  { model, displayName, rates, ifMatch }: OverrideChange
): Promise<Versioned<PriceOverride>> {
  return await inOperatorsTurn(context, async (db) => {
    const before = await findOverride(db, model)
    if (before !== null) checkVersion(`the price of ${model}`, before.version, ifMatch)
    const { base } = await readPriceSources(db)
    const known = base.models.find(({ id }) => id === model) ?? base.models.find(({ id }) => isSameModel(id, model))
    const data: ModelPriceData = {
      id: model,
      display_name: displayName ?? known?.display_name ?? model,
      status: known?.status ?? 'active',
      ...(known?.released === undefined ? {} : { released: known.released }),
      us_inference_multiplier: known?.us_inference_multiplier ?? null,
      usd_per_mtok: rates
    }
    refuseUnreadable(() => createPriceBook(base, { overrides: [data] }))
    await putOverride(db, model, data)
    await updatePricesInForce(db, context.unknownModelPrice)
    const detail = { before: before?.data.usd_per_mtok ?? null, after: rates }
    await record(db, context, 'price.set', `price of ${model}`, detail)
    return await overrideOf(db, model)
  })
}

async function overrideOf(db: Queryable, model: string): Promise<Versioned<PriceOverride>> {
  const override = await findOverride(db, model)
  if (override === null) throw new Error(`the price of ${model} is gone although nothing deletes it`)
  return override
}

/** The price book's own prices count again, for what is sent from then on. Rejects with 404 and 412. */
export async function removeOverride(
  context: PricingContext,
  target: { id: string; ifMatch: string | undefined }
): Promise<void> {
  await removeRow(context, {
    ...target,
    kind: 'price',
    find: findOverride,
    nameOf: ({ id }) => `of ${id}`,
    isUsed: (name) => `price ${name} is in use`,
    async remove(db) {
      await deleteOverride(db, target.id)
      await updatePricesInForce(db, context.unknownModelPrice)
    }
  })
}

export interface BookChange {
  book: unknown
  dryRun: boolean
  /** Also a book that is older than the one in force. */
  force: boolean
}

export interface BookReport {
  generated: string
  replaces: string
  changes: PriceChange[]
}

/** Puts another price book in the place of the one in force. Rejects with 400 for what is none, 409 for an older one. */
export async function changeBook(context: PricingContext, { book, dryRun, force }: BookChange): Promise<BookReport> {
  const problems = priceBookProblems(book)
  if (problems.length > 0)
    throw new GatewayError(400, 'invalid_request_error', problems.map((text) => `book.${text}`).join('; '))
  const given = book as PriceData
  return await inOperatorsTurn(context, async (db) => {
    const { base } = await readPriceSources(db)
    const report = {
      generated: given.generated,
      replaces: base.generated,
      changes: priceChanges(base.models, given.models)
    }
    if (dryRun) return report
    if (given.generated < base.generated && !force) {
      throw conflict(
        `the book of ${given.generated} is older than the one in force, of ${base.generated}: say force to use it all the same`
      )
    }
    await addBook(db, force && given.generated < base.generated ? { ...given, generated: base.generated } : given)
    await updatePricesInForce(db, context.unknownModelPrice)
    const models = report.changes.map(({ model, change }) => `${change} ${model}`)
    await record(db, context, 'prices.updated', 'price book', { before: base.generated, after: given.generated, models })
    return report
  })
}

function refuseUnreadable(make: () => unknown): void {
  try {
    make()
  } catch (error) {
    throw fieldRefused('usd_per_mtok', (error as Error).message)
  }
}
