import { isSameModel } from '../services/money/prices/model-ids.ts'
import type { AskAdmin } from './admin-client.ts'
import { listRows, queryOf, type AdminRow, type Filters } from './operated-rows.ts'

/** What tells sums apart, by what they are of. */
const KEYS: Record<string, string> = { user: 'user_id', key: 'key_id', group: 'group_id', account: 'account_id' }

/**
 * Whether a sum, or the total, has usage in it of a model that the price book lacks. Sums do not say it themselves: the newest event
 * of such a model does, which a mapping may have priced by the name that was asked for.
 */
export async function unpricedSums(ask: AskAdmin, filters: Filters, by: readonly string[]) {
  const summedBy = (dimensions: readonly string[]) =>
    listRows(ask, '/usage-summary', { ...filters, group_by: dimensions.join(',') })
  const models = (await summedBy(['model'])).map((sum) => String(sum['model']))
  const unpriced = new Set<string>()
  for (const model of await withoutPrices(ask, models)) if (await isUnpriced(ask, filters, model)) unpriced.add(model)

  const keyOf = (sum: AdminRow) => by.map((dimension) => String(sum[KEYS[dimension] ?? dimension])).join(' ')
  const sums = unpriced.size === 0 ? [] : await summedBy([...new Set([...by, 'model'])])
  const keys = new Set(sums.filter((sum) => unpriced.has(String(sum['model']))).map(keyOf))
  return { has: (sum: AdminRow) => keys.has(keyOf(sum)), any: keys.size > 0 }
}

async function withoutPrices(ask: AskAdmin, models: readonly string[]): Promise<string[]> {
  const { models: priced } = (await ask('GET', '/prices')) as { models: { id: string }[] }
  return models.filter((model) => !priced.some(({ id }) => isSameModel(id, model)))
}

/** As the newest of the events that are summed up says. */
async function isUnpriced(ask: AskAdmin, filters: Filters, model: string): Promise<boolean> {
  const { data } = (await ask('GET', `/usage-events?${queryOf({ ...filters, model, limit: '1' })}`)) as { data: AdminRow[] }
  return data[0]?.['price_unknown'] === true
}
