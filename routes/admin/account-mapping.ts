import { Type, type FastifyPluginAsyncTypebox, type Static } from '@fastify/type-provider-typebox'
import { formatUsd } from '../../services/money/prices/money.ts'
import type { TokenPrices } from '../../services/money/prices/price-book.ts'
import type { MappedModel } from '../../services/resources/accounts/mapping-preview.ts'
import { MAPPING_FIELDS, readMapping } from '../../services/resources/accounts/read-mapping.ts'
import { changeSchema, type Values } from '../../services/resources/definition.ts'
import { ID_OR_NAME } from './paging.ts'

const TokenRates = Type.Object({
  input: Type.String(),
  output: Type.String(),
  cache_write_5m: Type.String(),
  cache_write_1h: Type.String(),
  cache_read: Type.String()
})
const MappingChange = Type.Unsafe<Values>(changeSchema(MAPPING_FIELDS))

const Mapping = Type.Object({
  models: Type.Array(
    Type.Object({
      requested_model: Type.String(),
      groups: Type.Array(Type.String(), { description: 'of the account, those of which this holds' }),
      sent_as: Type.Union([Type.String(), Type.Null()], {
        description: 'what the upstream is asked for; null: the account does not serve it'
      }),
      reason: Type.Union([Type.String(), Type.Null()], { description: 'why it is not served' }),
      priced_as: Type.Union([Type.String(), Type.Null()], {
        description: 'whose price it is charged at, unless the upstream reports another model; null: there is no price'
      }),
      usd_per_mtok: Type.Union([TokenRates, Type.Null()]),
      asked_lately: Type.Boolean({ description: 'whether it was asked for in one of these groups within 30 days' })
    })
  ),
  unknown_model: Type.Object(
    { input: Type.String(), output: Type.String() },
    { description: 'what models without a price are charged at, in USD per million tokens' }
  )
})

const mappedOnWire = ({ requested, groups, sentAs, reason, pricedAs, prices, isAskedLately }: MappedModel) => ({
  requested_model: requested,
  groups,
  sent_as: sentAs,
  reason,
  priced_as: pricedAs,
  usd_per_mtok: prices === null ? null : pricesOnWire(prices),
  asked_lately: isAskedLately
})

const pricesOnWire = (prices: TokenPrices) => ({
  input: formatUsd(prices.input),
  output: formatUsd(prices.output),
  cache_write_5m: formatUsd(prices.cacheWrite5m),
  cache_write_1h: formatUsd(prices.cacheWrite1h),
  cache_read: formatUsd(prices.cacheRead)
})

/** What accounts make of the models that are asked for, and would, were they changed. */
const accountMapping: FastifyPluginAsyncTypebox = async (app) => {
  async function mappingOf(id: string | null, changes: Values): Promise<Static<typeof Mapping>> {
    const models = await readMapping(app.adminDatabase, { id, changes, book: await app.prices.inForce(), now: app.clock.now() })
    return { models: models.map(mappedOnWire), unknown_model: app.config.unknownModelPrice }
  }

  app.get(
    '/accounts/:id/mapping',
    {
      schema: {
        summary: 'Shows what an account makes of models, and what they cost',
        params: ID_OR_NAME,
        response: { 200: Mapping }
      }
    },
    ({ params: { id } }) => mappingOf(id, {})
  )

  app.post(
    '/accounts/:id/mapping-preview',
    {
      schema: {
        summary: 'Shows what an account would make of models, were it changed',
        params: ID_OR_NAME,
        body: MappingChange,
        response: { 200: Mapping }
      }
    },
    ({ params: { id }, body }) => mappingOf(id, body)
  )

  app.post(
    '/accounts/mapping-preview',
    {
      schema: {
        summary: 'Shows what an account that is not there yet would make of models',
        body: MappingChange,
        response: { 200: Mapping }
      }
    },
    ({ body }) => mappingOf(null, body)
  )
}

export default accountMapping
