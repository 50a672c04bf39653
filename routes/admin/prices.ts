import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { changeBook } from '../../services/resources/admin/prices.ts'
import { refuseUnknownNames } from '../../services/resources/admin/named-filters.ts'
import { rerateBatch } from '../../services/resources/admin/rerate.ts'
import type { ModelPriceData } from '../../services/money/prices/price-book.ts'
import { ratesSchema, TOKEN_PRICES } from '../../services/money/prices/rate-schemas.ts'
import { NOT_THERE } from '../../services/resources/admin/operator-changes.ts'
import { priceOverrides } from '../../services/resources/price-overrides/definition.ts'
import { listRows } from '../../services/resources/rows.ts'
import { readPriceSources } from '../../services/money/prices/prices-in-force.ts'
import { listUnpricedModels, type UnpricedModel } from '../../services/money/prices/unpriced-models.ts'
import { formatUsd } from '../../services/money/prices/money.ts'
import { pageTimeline } from '../../services/money/records/prices.ts'
import { FILTER_TEXT, listing, PAGED, pageRequest, pageResponse, PAGING, TIMES, timesOf } from './paging.ts'
import { closed, FLAG } from './schemas.ts'

/** A book may say more of its prices, such as where they come from; that stays in. */
const Rates = Type.Unsafe<ModelPriceData['usd_per_mtok']>({ ...ratesSchema({}), additionalProperties: true })
const FormerRates = Type.Unsafe<NonNullable<ModelPriceData['history']>[number]>({
  type: 'object',
  properties: { until: { type: 'string', description: 'a day: these held before its start (UTC)' }, ...TOKEN_PRICES },
  required: ['until']
})
const Model = Type.Object({
  id: Type.String(),
  display_name: Type.String(),
  status: Type.String(),
  source: Type.Enum(['book', 'override']),
  version: Type.Integer({ description: 'of the override; 0: there is none' }),
  usd_per_mtok: Rates,
  history: Type.Array(FormerRates, { description: 'former prices, in place of the current ones' })
})
const Prices = Type.Object({
  version: Type.String(),
  generated: Type.String(),
  source: Type.String(),
  unknown_model: Type.Object({ input: Type.String(), output: Type.String() }),
  models: Type.Array(Model)
})
const Unpriced = Type.Object({
  id: Type.String({ description: 'under which a price of it is found' }),
  requests: Type.Integer(),
  cost_usd: Type.String(),
  charged_usd: Type.String(),
  first_seen_at: Type.String(),
  last_seen_at: Type.String(),
  has_price: Type.Boolean({ description: 'it has one by now: its usage can be priced anew' })
})

const PriceVersion = Type.Object({ version: Type.String(), in_force_from: Type.String() })

const BookChange = Type.Object(
  {
    book: Type.Unknown({ description: 'a price book' }),
    dry_run: FLAG,
    force: FLAG
  },
  closed
)
const BookReport = Type.Object({
  generated: Type.String(),
  replaces: Type.String(),
  changes: Type.Array(Type.Object({ model: Type.String(), change: Type.String(), from: Type.Unknown(), to: Type.Unknown() }))
})

const Rerating = Type.Object(
  {
    from: Type.String({ description: 'a time' }),
    to: Type.String({ description: 'a time' }),
    user: Type.Optional(FILTER_TEXT),
    model: Type.Optional(FILTER_TEXT),
    unknown_only: FLAG,
    dry_run: FLAG,
    cursor: PAGING.cursor
  },
  closed
)
const Rerated = Type.Object({
  checked: Type.Integer(),
  changed: Type.Integer(),
  users: Type.Array(
    Type.Object({ user_email: Type.String(), cost_delta_usd: Type.String(), charged_delta_usd: Type.String() })
  ),
  next_cursor: Type.Union([Type.String(), Type.Null()])
})

const unpricedOnWire = ({ id, requests, costNano, chargedNano, firstAt, lastAt, hasPrice }: UnpricedModel) => ({
  id,
  requests,
  cost_usd: formatUsd(costNano),
  charged_usd: formatUsd(chargedNano),
  first_seen_at: new Date(firstAt).toISOString(),
  last_seen_at: new Date(lastAt).toISOString(),
  has_price: hasPrice
})

/** What models cost, since when, and what an operator makes of it. */
const prices: FastifyPluginAsyncTypebox = async (app) => {
  const { unknownModelPrice } = app.config

  app.get('/prices', { schema: { summary: 'Shows the prices in force', response: { 200: Prices } } }, async () => {
    const { base, isGiven, overrides } = await readPriceSources(app.adminDatabase)
    const own = new Set(overrides.map(({ id }) => id))
    const versions = new Map((await listRows(app.adminDatabase, priceOverrides)).map(({ id, version }) => [id, version]))
    const models = [...base.models.filter(({ id }) => !own.has(id)), ...overrides].map((model) => ({
      id: model.id,
      display_name: model.display_name,
      status: model.status,
      source: own.has(model.id) ? ('override' as const) : ('book' as const),
      version: versions.get(model.id) ?? NOT_THERE,
      usd_per_mtok: model.usd_per_mtok,
      history: model.history ?? []
    }))
    const { version } = await app.prices.inForce()
    const source = isGiven ? 'given' : 'built-in'
    return { version, generated: base.generated, source, unknown_model: unknownModelPrice, models }
  })

  app.get(
    '/price-versions',
    listing('Lists which prices were in force from when, newest first', PriceVersion, PAGED),
    ({ query }) =>
      pageResponse(pageTimeline(app.adminDatabase, pageRequest(query)), ({ version, from }) => ({
        version,
        in_force_from: from.toISOString()
      }))
  )

  app.get(
    '/unpriced-models',
    listing(
      'Lists models that were used and had no price, those with most requests first',
      Unpriced,
      Type.Object({ ...PAGING, ...TIMES }, closed)
    ),
    async ({ query }) => {
      const now = app.clock.now()
      const book = await app.prices.inForce()
      const models = await listUnpricedModels(app.adminDatabase, book, { ...timesOf(query, now), now })
      return { data: models.map(unpricedOnWire), next_cursor: null }
    }
  )

  app.put(
    '/price-book',
    {
      schema: {
        summary: 'Puts another price book in force, or says what that would change',
        body: BookChange,
        response: { 200: BookReport }
      }
    },
    async (request) => {
      const { book, dry_run: dryRun = false, force = false } = request.body
      const report = await changeBook({ ...app.operatorOf(request), unknownModelPrice }, { book, dryRun, force })
      if (!dryRun) app.bus.publish('prices')
      return report
    }
  )

  app.post(
    '/rerate',
    { schema: { summary: 'Re-rates usage, up to 500 events a request', body: Rerating, response: { 200: Rerated } } },
    async (request) => {
      const { user, model, unknown_only: unknownOnly = false, dry_run: dryRun = false, cursor = null } = request.body
      await refuseUnknownNames(app.adminDatabase, { user, model }, app.prices.current())
      const { from = 0, to = 0 } = timesOf(request.body, app.clock.now())
      const filters = {
        from,
        to,
        userEmail: user,
        model,
        unknownOnly
      }
      // A replica that has yet to hear of a change would price by what was in force before, and undo what others have done.
      const book = await app.prices.inForce()
      const batch = await rerateBatch(app.operatorOf(request), book, filters, { dryRun, cursor })
      if (!dryRun && batch.changed > 0) app.bus.publish('directory')
      return batch
    }
  )
}

export default prices
