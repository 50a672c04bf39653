import { createHash } from 'node:crypto'
import { namesOf, normalId, releaseDateOf, withoutDate } from './model-ids.ts'
import { NANO_PER_USD, divideRounded, parseMultiplier, parseUsd } from './money.ts'

/** Nano-dollars per million tokens, by category. */
export interface TokenPrices {
  input: bigint
  output: bigint
  cacheWrite5m: bigint
  cacheWrite1h: bigint
  cacheRead: bigint
}

/** What one model costs at one time. Multipliers are in billionths, as parseMultiplier gives them. */
export interface ModelPrice {
  standard: TokenPrices
  /** Null where the model has no fast mode. */
  fast: TokenPrices | null
  /** Replaces `standard` for all tokens of a request whose prompt is above the bound. Highest bound first. */
  tiers: { promptTokensAbove: bigint; prices: TokenPrices }[]
  /** Null where the model has no surcharge for inference in the US. */
  usInferenceMultiplier: bigint | null
}

interface FoundPrice {
  price: ModelPrice
  /** False when the book does not have the model and the price of unknown models stands in. */
  known: boolean
  /** The book's id of the model, or the normalized id asked for when the book does not have it. */
  id: string
}

/** A model on offer, as the model list shows it. */
export interface ListedModel {
  id: string
  displayName: string
  createdAt: Date
}

export interface PriceBook {
  /** Names the prices an event was rated with: the data's date and a hash of all that decides a price. */
  version: string
  batchMultiplier: bigint
  /** Nano-dollars per thousand web searches. */
  webSearchPerThousand: bigint
  find: (modelId: string, at: Date | number) => FoundPrice
  /** The models that the upstream still serves, newest first; an alias comes before its dated id. */
  models: () => ListedModel[]
}

/** Prices per million tokens as written in the data; a string is read as it stands, a number through its decimal text. */
interface TokenPriceData {
  input: number | string
  output: number | string
  cache_write_5m: number | string
  cache_write_1h: number | string
  cache_read: number | string
}

export interface ModelPriceData {
  id: string
  display_name: string
  released?: string | undefined
  status: string
  us_inference_multiplier?: number | string | null | undefined
  usd_per_mtok: TokenPriceData & {
    fast?: TokenPriceData | undefined
    tiers?: (TokenPriceData & { prompt_tokens_above: number })[] | undefined
  }
  /** Prices that held for events before the start of the day `until` (UTC), in place of the current ones. */
  history?: (Partial<TokenPriceData> & { until: string })[] | undefined
}

export interface PriceData {
  /** The date of the data, YYYY-MM-DD. */
  generated: string
  rules: {
    cache_write_5m_multiplier: number
    cache_write_1h_multiplier: number
    cache_read_multiplier_default: number
    batch_multiplier: number
    web_search_usd_per_1000: number
  }
  models: ModelPriceData[]
}

interface PriceBookOptions {
  /** Dollars per million tokens for ids the book does not have; cache prices follow the data's default multipliers. */
  unknownModelPrice?: { input: string; output: string }
  /** An operator's own prices: each replaces the model of the same id, or adds one. */
  overrides?: ModelPriceData[]
}

/**
 * Builds the price book. Throws when a price or date in the data cannot be read exactly.
 *
 * An id is matched in lower case and without a trailing `[1m]`, first exactly and then without a trailing `-YYYYMMDD`;
 * never by prefix, because point releases differ in price. An operator's own prices come first: one of a model without its date is
 * also that of the dated id, by which the upstream answers, unless that has its own.
 */
export function createPriceBook(data: PriceData, options: PriceBookOptions = {}): PriceBook {
  const { unknownModelPrice = { input: '5', output: '25' }, overrides = [] } = options
  const overridden = new Set(overrides.map((model) => normalId(model.id)))
  const models = [...data.models.filter((model) => !overridden.has(normalId(model.id))), ...overrides]
  const own = periodsById(overrides)
  const all = periodsById(models)
  const unknown = unknownPrice(data.rules, unknownModelPrice)
  const listed = listModels(models, data.generated)

  return {
    version: `${data.generated}-${contentHash({ rules: data.rules, models, unknownModelPrice })}`,
    batchMultiplier: multiplier(data.rules.batch_multiplier),
    webSearchPerThousand: parseUsd(String(data.rules.web_search_usd_per_1000)),
    find(modelId, at) {
      const names = namesOf(modelId)
      for (const known of [own, all]) {
        for (const id of names) {
          const periods = known.get(id)
          if (periods !== undefined) return { price: priceAt(periods, Number(at)), known: true, id }
        }
      }
      return { price: unknown, known: false, id: names[0] }
    },
    models: () => listed.slice()
  }
}

interface PricePeriod {
  /** The first instant the price no longer holds; Infinity for the current one. */
  until: number
  price: ModelPrice
}

const periodsById = (models: readonly ModelPriceData[]) =>
  new Map(models.map((model) => [normalId(model.id), pricePeriods(model)]))

function priceAt(periods: PricePeriod[], at: number): ModelPrice {
  const period = periods.find(({ until }) => at < until) ?? periods.at(-1)
  if (period === undefined) throw new Error('a model without a price')
  return period.price
}

/** The model's prices in the order in which they held. A price once replaced also held in all periods before. */
function pricePeriods(model: ModelPriceData): PricePeriod[] {
  const current = modelPrice(model)
  const periods: PricePeriod[] = [{ until: Infinity, price: current }]
  let fields: TokenPriceData = model.usd_per_mtok
  for (const { until, ...replaced } of (model.history ?? []).toSorted((a, b) => instantOf(b.until) - instantOf(a.until))) {
    fields = { ...fields, ...replaced }
    periods.unshift({ until: instantOf(until), price: { ...current, standard: tokenPrices(fields) } })
  }
  return periods
}

function modelPrice(model: ModelPriceData): ModelPrice {
  const { fast, tiers = [] } = model.usd_per_mtok
  const surcharge = model.us_inference_multiplier ?? null
  return {
    standard: tokenPrices(model.usd_per_mtok),
    fast: fast === undefined ? null : tokenPrices(fast),
    tiers: tiers
      .map((tier) => ({ promptTokensAbove: BigInt(tier.prompt_tokens_above), prices: tokenPrices(tier) }))
      .sort((a, b) => Number(b.promptTokensAbove - a.promptTokensAbove)),
    usInferenceMultiplier: surcharge === null ? null : multiplier(surcharge)
  }
}

/** String() gives the shortest decimal that denotes the number, which is the decimal that stands in the data. */
function tokenPrices(data: TokenPriceData): TokenPrices {
  return {
    input: parseUsd(String(data.input)),
    output: parseUsd(String(data.output)),
    cacheWrite5m: parseUsd(String(data.cache_write_5m)),
    cacheWrite1h: parseUsd(String(data.cache_write_1h)),
    cacheRead: parseUsd(String(data.cache_read))
  }
}

function unknownPrice(rules: PriceData['rules'], price: { input: string; output: string }): ModelPrice {
  const input = parseUsd(price.input)
  const times = (factor: number) => divideRounded(input * multiplier(factor), NANO_PER_USD)
  return {
    standard: {
      input,
      output: parseUsd(price.output),
      cacheWrite5m: times(rules.cache_write_5m_multiplier),
      cacheWrite1h: times(rules.cache_write_1h_multiplier),
      cacheRead: times(rules.cache_read_multiplier_default)
    },
    fast: null,
    tiers: [],
    usInferenceMultiplier: null
  }
}

/**
 * A model without a release date has the date in its id or in the id it is the alias of, else the date of the data,
 * so that what an operator adds without a date is listed as new.
 */
function listModels(models: ModelPriceData[], generated: string): ListedModel[] {
  const ids = models.map((model) => model.id)
  const createdAt = (model: ModelPriceData) => {
    const dates = [model.id, ...ids].filter((id) => withoutDate(id) === withoutDate(model.id)).map(releaseDateOf)
    return model.released ?? dates.find((date) => date !== null) ?? generated
  }
  return models
    .filter((model) => !model.status.startsWith('retired'))
    .map((model) => ({ id: model.id, displayName: model.display_name, createdAt: new Date(instantOf(createdAt(model))) }))
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? -1 : 1))
}

function instantOf(isoDate: string): number {
  const instant = Date.parse(`${isoDate}T00:00:00Z`)
  if (Number.isNaN(instant)) throw new Error(`not a date: ${JSON.stringify(isoDate)}`)
  return instant
}

function multiplier(value: number | string): bigint {
  return parseMultiplier(String(value))
}

function contentHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8)
}
