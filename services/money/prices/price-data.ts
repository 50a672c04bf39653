import { Type } from 'typebox'
import { Errors, Pointer } from 'typebox/value'
import { MODEL_ID, ratesSchema, TOKEN_PRICES } from './rate-schemas.ts'
import { createPriceBook, type ModelPriceData, type PriceData } from './price-book.ts'

const Day = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'a day such as 2026-11-23' })
const Factor = Type.Number({ minimum: 0, maximum: 1000, description: 'a number from 0 to 1000' })
const ModelPrices = Type.Object({
  id: Type.Unsafe(MODEL_ID),
  display_name: Type.String({ maxLength: 200, description: 'a name' }),
  released: Type.Optional(Day),
  status: Type.String({ maxLength: 100, description: 'a status' }),
  us_inference_multiplier: Type.Optional(Type.Union([Factor, Type.Null()])),
  usd_per_mtok: Type.Unsafe(ratesSchema({})),
  history: Type.Optional(
    Type.Array(
      Type.Object({
        until: Day,
        ...Object.fromEntries(Object.entries(TOKEN_PRICES).map(([name, schema]) => [name, Type.Optional(Type.Unsafe(schema))]))
      }),
      {
        maxItems: 100,
        description: 'prices that held before'
      }
    )
  )
})

const Book = Type.Object({
  generated: Day,
  rules: Type.Object(
    {
      cache_write_5m_multiplier: Factor,
      cache_write_1h_multiplier: Factor,
      cache_read_multiplier_default: Factor,
      batch_multiplier: Factor,
      web_search_usd_per_1000: Factor
    },
    { description: 'the rules' }
  ),
  models: Type.Array(ModelPrices, { minItems: 1, maxItems: 2000, description: 'a list of models' })
})

/** What is wrong with a price book: a line each. What it has beyond what decides a price is left alone. */
export function priceBookProblems(data: unknown): string[] {
  const problems = Errors(Book, data).map((error) => {
    const path = Pointer.Indices(error.instancePath).map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
    const name = path.join('').replace(/^\./, '') || 'the price book'
    if (error.keyword === 'required') return `${name}: ${error.params.requiredProperties.join(', ')} missing`
    return `${name}: ${error.message}`
  })
  if (problems.length > 0) return [...new Set(problems)].slice(0, 50)
  const book = data as PriceData
  const ids = book.models.map(({ id }) => id.toLowerCase())
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) return [`models: ${twice} is there twice`]
  try {
    createPriceBook(book)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

export interface PriceChange {
  model: string
  change: 'added' | 'removed' | 'changed'
  from: ModelPriceData['usd_per_mtok'] | null
  to: ModelPriceData['usd_per_mtok'] | null
}

/** What of the models' prices differs. */
export function priceChanges(before: readonly ModelPriceData[], after: readonly ModelPriceData[]): PriceChange[] {
  const old = new Map(before.map((model) => [model.id, model]))
  const next = new Map(after.map((model) => [model.id, model]))
  const changes: PriceChange[] = []
  for (const [model, { usd_per_mtok: to }] of next) {
    const from = old.get(model)?.usd_per_mtok ?? null
    if (from === null) changes.push({ model, change: 'added', from, to })
    else if (ratesText(from) !== ratesText(to)) changes.push({ model, change: 'changed', from, to })
  }
  for (const [model, { usd_per_mtok: from }] of old) {
    if (!next.has(model)) changes.push({ model, change: 'removed', from, to: null })
  }
  return changes
}

/** Equal for equal prices, whatever else stands beside them and in whatever order. */
function ratesText(rates: ModelPriceData['usd_per_mtok']): string {
  const of = ({
    input,
    output,
    cache_write_5m: w5,
    cache_write_1h: w1,
    cache_read: read
  }: typeof rates | NonNullable<typeof rates.fast>) => [input, output, w5, w1, read].map((amount) => String(Number(amount)))
  const tiers = (rates.tiers ?? []).map((tier) => [tier.prompt_tokens_above, ...of(tier)])
  return JSON.stringify([of(rates), rates.fast === undefined ? null : of(rates.fast), tiers])
}
