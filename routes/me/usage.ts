import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { pageUsageEvents } from '../../services/money/records/usage-events.ts'
import { pageUsageSummary } from '../../services/money/records/usage-summary.ts'
import { reportOfEvent } from '../../services/money/usage/usage-event-report.ts'
import { OwnEvent } from '../admin/exchange-schemas.ts'
import { EventFilters, eventFilters } from '../admin/lists.ts'
import { listing, pageOf, pageRequest, pageResponse } from '../admin/paging.ts'
import { closed } from '../admin/schemas.ts'
import { refuseUnknownOwn, type NamedFilters } from '../../services/resources/admin/named-filters.ts'
import { summaryOf, summaryOnWire, SummaryQuery, Sums } from '../admin/usage-summary.ts'
import { personOf } from './person.ts'

// Which account served them is the operator's business.
const OwnFilters = Type.Object(Type.Omit(EventFilters, ['user', 'account']).properties, closed)

const OwnSummaryQuery = Type.Object(
  {
    ...Type.Omit(SummaryQuery, ['user', 'account']).properties,
    group_by: Type.Optional(
      Type.String({
        pattern: '^(key|group|model|team|hour|day)(,(key|group|model|team|hour|day)){0,5}$',
        description: 'one or several of key, group, model, team, hour, day, with commas between them'
      })
    )
  },
  closed
)

/** What a person has used, and what it cost. */
const usage: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook<{ Querystring: NamedFilters }>('preHandler', async (request) =>
    refuseUnknownOwn(app.adminDatabase, personOf(request).email, request.query, app.prices.current())
  )

  app.get(
    '/usage-events',
    listing('Lists own usage, an attempt a row, newest first', OwnEvent, OwnFilters),
    async (request) => {
      const filters = { ...eventFilters(request.query, app.clock.now()), userEmail: personOf(request).email }
      return await pageResponse(pageUsageEvents(app.adminDatabase, filters, pageRequest(request.query)), reportOfEvent)
    }
  )

  app.get(
    '/usage-summary',
    {
      schema: { summary: 'Sums up own usage and what it cost', querystring: OwnSummaryQuery, response: { 200: pageOf(Sums) } },
      serializerCompiler: () => (page) => JSON.stringify(page)
    },
    async (request) => {
      const { filters, dimensions } = summaryOf(request.query, app.clock.now())
      const own = { ...filters, userEmail: personOf(request).email }
      return await pageResponse(pageUsageSummary(app.adminDatabase, own, dimensions, pageRequest(request.query)), summaryOnWire)
    }
  )
}

export default usage
