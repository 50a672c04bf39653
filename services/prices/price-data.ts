import { Type } from 'typebox'
import { Errors, Pointer } from 'typebox/value'
import { createPriceBook, type ModelPriceData, type PriceData } from './price-book.ts'

const AMOUNT = { description: 'an amount of USD ≥ 0 with at most 9 decimals' }
const Amount = Type.Union(
  [Type.Number({ minimum: 0, maximum: 1_000_000 }), Type.String({ pattern: '^\\d{1,7}(?:\\.\\d{1,9})?$' })],
  AMOUNT
)
const tokenPrices = { input: Amount, output: Amount, cache_write_5m: Amount, cache_write_1h: Amount, cache_read: Amount }
const Day = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'a day such as 2026-11-23' })
const Factor = Type.Number({ minimum: 0, maximum: 1000, description: 'a number from 0 to 1000' })
const Id = Type.String({ pattern: '^[\\x21-\\x7e]{1,200}$', description: 'the id of a model' })

/** USD for a million tokens. */
const ratesWith = (rest: { additionalProperties?: false }) =>
  Type.Object(
    {
      ...tokenPrices,
      fast: Type.Optional(Type.Object(tokenPrices, { description: 'prices of the fast mode', ...rest })),
      tiers: Type.Optional(
        Type.Array(Type.Object({ ...tokenPrices, prompt_tokens_above: Type.Integer({ minimum: 0 }) }, rest), {
          maxItems: 10,
          description: 'prices of large prompts'
        })
      )
    },
    { description: 'prices', ...rest }
  )

/** As an operator types them: a name that is mistyped must not leave a price at what it was. */
export const OwnRates = ratesWith({ additionalProperties: false })

const ModelPrices = Type.Object({
  id: Id,
  display_name: Type.String({ maxLength: 200, description: 'a name' }),
  released: Type.Optional(Day),
  status: Type.String({ maxLength: 100, description: 'a status' }),
  us_inference_multiplier: Type.Optional(Type.Union([Factor, Type.Null()])),
  usd_per_mtok: ratesWith({}),
  history: Type.Optional(
    Type.Array(
      Type.Object({
        until: Day,
        ...Object.fromEntries(Object.entries(tokenPrices).map(([name, schema]) => [name, Type.Optional(schema)]))
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
