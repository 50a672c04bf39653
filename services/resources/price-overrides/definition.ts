import type { ModelPriceData } from '../../money/prices/price-book.ts'
import { MODEL_ID, ratesSchema } from '../../money/prices/rate-schemas.ts'
import type { Definition, Entry, Values } from '../definition.ts'
import { shown, text, type Field } from '../field.ts'

const rates: Field<ModelPriceData['usd_per_mtok'], 'required'> & { required: true } = {
  type: 'object',
  // A mistyped name must not leave a price unchanged.
  schema: ratesSchema({ additionalProperties: false }),
  meaning: 'USD per million tokens: `input`, `output`, `cache_write_5m`, `cache_write_1h`, `cache_read`, also `fast`, `tiers`',
  required: true,
  select: `r.data->'usd_per_mtok'`
}

export const priceOverrides = {
  kind: 'price',
  one: 'a price of your own',
  plural: 'price-overrides',
  table: 'price_overrides',
  topic: 'prices',
  known: 'model',
  id: { column: 'model', schema: MODEL_ID },
  nameOf: ({ model }: Values) => `of ${String(model)}`,
  fields: {
    model: shown<string>({ type: 'string' }, { meaning: 'the model’s ID' }),
    display_name: {
      ...text(
        { minLength: 1, maxLength: 200, description: 'a name' },
        { meaning: 'the model’s name; defaults to the price book’s' }
      ),
      select: `r.data->>'display_name'`
    },
    usd_per_mtok: rates
  }
} as const satisfies Definition

export type DesiredPrice = Entry<typeof priceOverrides>
