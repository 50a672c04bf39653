import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { etagOf } from '../../services/admin/operator-changes.ts'
import { changeBook, removeOverride, reportOfOverride, setOverride, type PricingContext } from '../../services/admin/prices.ts'
import { rerateBatch } from '../../services/admin/rerate.ts'
import { OwnRates } from '../../services/prices/price-data.ts'
import { readPriceSources } from '../../services/prices/prices-in-force.ts'
import { listOverrides, pageTimeline } from '../../services/records/prices.ts'
import { IF_MATCH } from '../resource-routes.ts'
import { answerPage, FILTER_TEXT, instantOf, ONE_PAGE, pageOf, pageRequest, PAGING } from './paging.ts'
import { closed } from './schemas.ts'

const Model = Type.Object({
  id: Type.String(),
  display_name: Type.String(),
  status: Type.String(),
  source: Type.String(),
  usd_per_mtok: Type.Unknown()
})
const Prices = Type.Object({
  version: Type.String(),
  generated: Type.String(),
  source: Type.String(),
  unknown_model: Type.Object({ input: Type.String(), output: Type.String() }),
  models: Type.Array(Model)
})
const PriceVersion = Type.Object({ version: Type.String(), in_force_from: Type.String() })
const Paging = Type.Object(PAGING, closed)

const ModelId = Type.Object({ model: Type.String({ pattern: '^[\\x21-\\x7e]{1,200}$', description: 'the id of a model' }) })
const Override = Type.Object({
  model: Type.String(),
  display_name: Type.String(),
  usd_per_mtok: Type.Unknown(),
  version: Type.Integer()
})
const OverrideChange = Type.Object(
  {
    display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'a name' })),
    usd_per_mtok: OwnRates
  },
  closed
)

const BookChange = Type.Object(
  {
    book: Type.Unknown({ description: 'a price book' }),
    dry_run: Type.Optional(Type.Boolean({ description: 'true or false' })),
    force: Type.Optional(Type.Boolean({ description: 'true or false' }))
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
    unknown_only: Type.Optional(Type.Boolean({ description: 'true or false' })),
    dry_run: Type.Optional(Type.Boolean({ description: 'true or false' })),
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

/** What models cost, since when, and what an operator makes of it. */
const prices: FastifyPluginAsyncTypebox = async (app) => {
  const { unknownModelPrice } = app.config
  const contextOf = (request: FastifyRequest): PricingContext => ({ ...app.operatorOf(request), unknownModelPrice })

  app.get('/prices', { schema: { summary: 'Shows the prices in force', response: { 200: Prices } } }, async () => {
    const { base, isGiven, overrides } = await readPriceSources(app.adminDatabase)
    const own = new Set(overrides.map(({ id }) => id))
    const models = [...base.models.filter(({ id }) => !own.has(id)), ...overrides].map((model) => ({
      id: model.id,
      display_name: model.display_name,
      status: model.status,
      source: own.has(model.id) ? 'override' : 'book',
      usd_per_mtok: model.usd_per_mtok
    }))
    const { version } = await app.pricesInForce()
    const source = isGiven ? 'given' : 'built-in'
    return { version, generated: base.generated, source, unknown_model: unknownModelPrice, models }
  })

  app.get(
    '/price-versions',
    {
      schema: {
        summary: 'Lists which prices were in force from when, newest first',
        querystring: Paging,
        response: { 200: pageOf(PriceVersion) }
      }
    },
    ({ query }) =>
      answerPage(pageTimeline(app.adminDatabase, pageRequest(query)), ({ version, from }) => ({
        version,
        in_force_from: from.toISOString()
      }))
  )

  app.get(
    '/price-overrides',
    { schema: { summary: "Lists an operator's own prices", querystring: ONE_PAGE, response: { 200: pageOf(Override) } } },
    async () => ({
      data: (await listOverrides(app.adminDatabase)).map(reportOfOverride),
      next_cursor: null
    })
  )

  app.put(
    '/price-overrides/:model',
    {
      schema: {
        summary: 'Sets the price of a model',
        params: ModelId,
        headers: IF_MATCH,
        body: OverrideChange,
        response: { 200: Override }
      }
    },
    async (request, reply) => {
      const { display_name: displayName, usd_per_mtok: rates } = request.body
      const change = { model: request.params.model, displayName, rates, ifMatch: request.headers['if-match'] }
      const override = await setOverride(contextOf(request), change)
      app.bus.publish('prices')
      return await reply.header('etag', etagOf(override)).send(reportOfOverride(override))
    }
  )

  app.delete(
    '/price-overrides/:model',
    {
      schema: {
        summary: "Has the price book's price of a model count again",
        params: ModelId,
        headers: IF_MATCH,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await removeOverride(contextOf(request), { id: request.params.model, ifMatch: request.headers['if-match'] })
      app.bus.publish('prices')
      return await reply.code(204).send(null)
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
      const report = await changeBook(contextOf(request), { book, dryRun, force })
      if (!dryRun) app.bus.publish('prices')
      return report
    }
  )

  app.post(
    '/rerate',
    { schema: { summary: 'Prices usage anew, up to 500 events a request', body: Rerating, response: { 200: Rerated } } },
    async (request) => {
      const { from, to, user, model, unknown_only: unknownOnly = false, dry_run: dryRun = false, cursor = null } = request.body
      const filters = {
        from: instantOf('from', from) ?? 0,
        to: instantOf('to', to) ?? 0,
        userEmail: user,
        model,
        unknownOnly
      }
      // A replica that has yet to hear of a change would price by what was in force before, and undo what others have done.
      const book = await app.pricesInForce()
      const batch = await rerateBatch(app.operatorOf(request), book, filters, { dryRun, cursor })
      if (!dryRun && batch.changed > 0) app.bus.publish('directory')
      return batch
    }
  )
}

export default prices
