import type { Command } from 'commander'
import { isSameModel } from '../services/money/prices/model-ids.ts'
import { TOKEN_PRICES } from '../services/money/prices/rate-schemas.ts'
import { meantInstead } from '../services/resources/set-up/nearest-name.ts'
import type { AskAdmin } from './admin-client.ts'
import { confirm } from './confirm.ts'
import { UsageError } from './failures.ts'
import { command, onAdmin, YES, type Common, type AdminRow } from './operated-rows.ts'
import { saying } from './option-words.ts'
import { usdAmount } from './option-values.ts'
import { printResult } from './print-result.ts'
import { printTable } from './print-table.ts'

type Rate = keyof typeof TOKEN_PRICES
type Rates = Record<Rate, number | string>
type Tier = Rates & { prompt_tokens_above: number }
type Prices = Rates & { fast?: Rates; tiers?: Tier[] }

export const RATES = Object.keys(TOKEN_PRICES) as Rate[]

/** What people call them. */
export const RATE_WORDS: Record<Rate, string> = {
  input: 'input',
  output: 'output',
  cache_write_5m: 'cache writes 5m',
  cache_write_1h: 'cache writes 1h',
  cache_read: 'cache reads'
}
const OPTIONS: Record<Rate, string> = {
  input: 'input',
  output: 'output',
  cache_write_5m: 'cacheWrite5m',
  cache_write_1h: 'cacheWrite1h',
  cache_read: 'cacheRead'
}
/** Of the input's price; for a model of which the price book says nothing. */
const USUAL = { cache_write_5m: 1.25, cache_write_1h: 2, cache_read: 0.1 }

const SAID = Object.fromEntries(RATES.map((rate) => [`usd_per_mtok.${rate}`, `--${rate.replaceAll('_', '-')}`]))

export function overrideCommand(): Command {
  const about = 'Sets your own price for a model, in USD per million tokens; prices not named stay as they are'
  return saying(command('override', about), SAID)
    .argument('<model>')
    .option('--input <usd>', 'required for a model without a price', usdAmount)
    .option('--output <usd>', 'required for a model without a price', usdAmount)
    .option('--cache-write-5m <usd>', 'for a model without a price: 1.25 x input unless given', usdAmount)
    .option('--cache-write-1h <usd>', 'for a model without a price: 2 x input unless given', usdAmount)
    .option('--cache-read <usd>', 'for a model without a price: 0.1 x input unless given', usdAmount)
    .option(...YES)
    .action((model: string, options: Common & Record<string, unknown>) => onAdmin((ask) => override(ask, model, options)))
}

async function override(ask: AskAdmin, model: string, options: Common & Record<string, unknown>): Promise<void> {
  const { json, yes = false } = options
  const named = Object.fromEntries(
    RATES.flatMap((rate) => (options[OPTIONS[rate]] === undefined ? [] : [[rate, options[OPTIONS[rate]]]]))
  ) as Partial<Rates>
  if (Object.keys(named).length === 0) throw new UsageError('name at least one price: --input, --output, --cache-read …')
  const { prices: before, meant } = await pricesOf(ask, model)
  const after = before === null ? pricesOfUnknown(model, named, meant) : { ...before, ...named }
  // What is asked is not the result.
  if (!json) printDifference(before, after)
  if (meant !== '') console.error(`warning: ${model} has no price yet${meant}`)
  await confirm(`${model} will be charged at these prices from now on.`, yes)
  const row = (await ask('PUT', `/price-overrides/${encodeURIComponent(model)}`, { usd_per_mtok: after })) as AdminRow
  printResult(row, json, () => console.log(`${model} is charged at these prices from now on.`))
}

/** Those in force; null where there are none of this model, and what may be meant then. */
async function pricesOf(ask: AskAdmin, model: string): Promise<{ prices: Prices | null; meant: string }> {
  const { models } = (await ask('GET', '/prices')) as { models: { id: string; usd_per_mtok: Prices }[] }
  const known = models.find(({ id }) => id === model) ?? models.find(({ id }) => isSameModel(id, model))
  if (known !== undefined) return { prices: askedPrices(known.usd_per_mtok), meant: '' }
  const ids = models.map(({ id }) => id)
  return { prices: null, meant: meantInstead(model, ids) }
}

const askedPrices = ({ fast, tiers, ...rates }: Prices): Prices => ({
  ...ratesOf(rates),
  ...(fast === undefined ? {} : { fast: ratesOf(fast) }),
  ...(tiers === undefined
    ? {}
    : { tiers: tiers.map((tier) => ({ prompt_tokens_above: tier.prompt_tokens_above, ...ratesOf(tier) })) })
})

/** A price book says more than is asked for. */
const ratesOf = (prices: Rates) => Object.fromEntries(RATES.map((rate) => [rate, prices[rate]])) as Rates

function pricesOfUnknown(model: string, { input, output, ...rest }: Partial<Rates>, meant: string): Prices {
  if (input === undefined || output === undefined) {
    throw new UsageError(`${model} has no price yet: --input and --output are both needed${meant}`)
  }
  const times = (factor: number) => String(Number((Number(input) * factor).toFixed(9)))
  return {
    input,
    output,
    cache_write_5m: times(USUAL.cache_write_5m),
    cache_write_1h: times(USUAL.cache_write_1h),
    cache_read: times(USUAL.cache_read),
    ...rest
  }
}

function printDifference(before: Prices | null, after: Prices): void {
  const changeOf = (old: number | string | undefined, now: number | string) => {
    if (old === undefined) return String(now)
    return Number(old) === Number(now) ? `${old} (stays)` : `${old} → ${now}`
  }
  printTable(
    [{ heading: 'USD PER MILLION TOKENS' }, { heading: 'PRICE' }],
    RATES.map((rate) => [RATE_WORDS[rate], changeOf(before?.[rate], after[rate])])
  )
  const more = [
    ...(after.fast === undefined ? [] : ['of the fast mode']),
    ...(after.tiers === undefined ? [] : ['of large prompts'])
  ]
  if (more.length > 0) console.log(`The prices ${more.join(' and ')} stay the same.`)
}
