import { fieldRefused, type OperatorContext } from '../admin/operator-changes.ts'
import { isSameModel } from '../../money/prices/model-ids.ts'
import { createPriceBook, type ModelPriceData } from '../../money/prices/price-book.ts'
import { readPriceSources, updatePricesInForce, type UnknownModelPrice } from '../../money/prices/prices-in-force.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { putResource, type Target } from '../operate.ts'
import type { Resource } from '../resource.ts'
import { deleteRow, type Row } from '../rows.ts'
import { priceOverrides, type DesiredPrice } from './definition.ts'

/** An operator's own prices; without one, the price book applies again. Changes apply to requests sent from then on. */
export const priceOverrideResource = (unknownModelPrice: UnknownModelPrice): Resource<typeof priceOverrides> => ({
  definition: priceOverrides,
  async remove(db, { id }) {
    await deleteRow(db, priceOverrides, id)
    await updatePricesInForce(db, unknownModelPrice)
  }
})

/** Sets an operator's own prices for a model. Rejects with 400 and 412. */
export async function setPrice(
  context: OperatorContext & { unknownModelPrice: UnknownModelPrice },
  target: Target,
  entry: DesiredPrice
): Promise<Row> {
  return await putResource(context, priceOverrides, target, {
    action: 'set',
    reported: 'usd_per_mtok',
    async assign(db) {
      const data = await dataOf(db, target.id, entry)
      return [
        { column: 'model', value: target.id },
        { column: 'data', value: JSON.stringify(data) }
      ]
    },
    after: (db) => updatePricesInForce(db, context.unknownModelPrice)
  })
}

/** In the form of a price book. */
async function dataOf(db: Queryable, model: string, entry: DesiredPrice): Promise<ModelPriceData> {
  const { base } = await readPriceSources(db)
  const known = base.models.find(({ id }) => id === model) ?? base.models.find(({ id }) => isSameModel(id, model))
  const data: ModelPriceData = {
    id: model,
    display_name: entry.display_name ?? known?.display_name ?? model,
    status: known?.status ?? 'active',
    ...(known?.released === undefined ? {} : { released: known.released }),
    us_inference_multiplier: known?.us_inference_multiplier ?? null,
    usd_per_mtok: entry.usd_per_mtok
  }
  try {
    createPriceBook(base, { overrides: [data] })
    return data
  } catch (error) {
    throw fieldRefused('usd_per_mtok', (error as Error).message)
  }
}
