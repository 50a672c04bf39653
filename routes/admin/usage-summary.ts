import { Type, type FastifyPluginAsyncTypebox, type Static } from '@fastify/type-provider-typebox'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { dayProblem } from '../../services/resources/admin/summary-days.ts'
import { fieldRefused } from '../../services/resources/admin/operator-changes.ts'
import { formatUsd } from '../../services/money/prices/money.ts'
import { DIMENSIONS, pageUsageSummary, type Dimension, type UsageSummary } from '../../services/money/records/usage-summary.ts'
import { closed, TextOrNull, USAGE_COUNTS } from './schemas.ts'
import { pageResponse, pageOf, PAGING, pageRequest, TIMES, timesOf, USAGE_NAMES } from './paging.ts'

const HOUR_MS = 60 * 60 * 1000
const NAMES = DIMENSIONS.join('|')

export const SummaryQuery = Type.Object(
  {
    ...PAGING,
    group_by: Type.Optional(
      Type.String({
        pattern: `^(${NAMES})(,(${NAMES})){0,${DIMENSIONS.length - 1}}$`,
        description: `one or several of ${DIMENSIONS.join(', ')}, with commas between them`
      })
    ),
    time_zone: Type.Optional(
      Type.String({ maxLength: 100, description: 'the time zone whose days are meant, such as Europe/Berlin' })
    ),
    ...USAGE_NAMES,
    ...TIMES
  },
  closed
)

/** What was not grouped by is undefined, and left out. A name is null where what it names was deleted. */
const Grouped = Type.Optional(Type.Unsafe<string | undefined>(Type.String()))
const Named = Type.Optional(Type.Unsafe<string | null | undefined>(TextOrNull))
export const Sums = Type.Object({
  user_id: Grouped,
  user_email: Named,
  key_id: Grouped,
  key_name: Named,
  group_id: Grouped,
  group: Named,
  account_id: Grouped,
  account: Named,
  team_id: Grouped,
  team: Named,
  model: Grouped,
  hour: Grouped,
  day: Grouped,
  ...USAGE_COUNTS,
  cache_hit_rate: Type.Union([Type.Number(), Type.Null()]),
  cost_usd: Type.String(),
  charged_usd: Type.String()
})

/** What a request asks for, in the record's terms. */
export function summaryOf(query: Static<typeof SummaryQuery>, now: number) {
  const { user, key, group, account, model, team, group_by: groupBy, time_zone: timeZone, ...times } = query
  const problem = timeZone === undefined ? null : dayProblem(timeZone, now)
  if (problem !== null) throw fieldRefused('time_zone', problem)
  const filters = {
    userEmail: user,
    keyName: key,
    groupName: group,
    accountName: account,
    model,
    teamName: team,
    timeZone,
    ...hoursOf(timesOf(times, now))
  }
  return { filters, dimensions: groupBy === undefined ? [] : (groupBy.split(',') as Dimension[]) }
}

/** What was used and what it cost, by whatever is asked for. */
const usageSummary: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/usage-summary',
    {
      schema: { summary: 'Sums up what was used and what it cost', querystring: SummaryQuery, response: { 200: pageOf(Sums) } },
      // The compiled one would put what was grouped by, since it may be left out, behind the sums: also in the columns of a CSV.
      serializerCompiler: () => (page) => JSON.stringify(page)
    },
    ({ query }) => {
      const { filters, dimensions } = summaryOf(query, app.clock.now())
      return pageResponse(pageUsageSummary(app.adminDatabase, filters, dimensions, pageRequest(query)), summaryOnWire)
    }
  )
}

function hoursOf(times: ReturnType<typeof timesOf>) {
  const odd = Object.entries(times).find(([, at]) => at !== undefined && at % HOUR_MS !== 0)
  if (odd === undefined) return times
  throw new GatewayError(
    400,
    'invalid_request_error',
    `${odd[0]}: must be a full hour, since usage is summed up by hours; the list of events takes any time`
  )
}

export const summaryOnWire = (summary: UsageSummary) => ({
  user_id: summary.userId,
  user_email: summary.userEmail,
  key_id: summary.keyId,
  key_name: summary.keyName,
  group_id: summary.groupId,
  group: summary.groupName,
  account_id: summary.accountId,
  account: summary.accountName,
  team_id: summary.teamId,
  team: summary.teamName,
  model: summary.model,
  hour: toTime(summary.hour),
  day: toTime(summary.day),
  requests: summary.requests,
  errors: summary.errors,
  input_tokens: summary.inputTokens,
  output_tokens: summary.outputTokens,
  cache_creation_tokens: summary.cacheCreationTokens,
  cache_read_tokens: summary.cacheReadTokens,
  cache_hit_rate: hitRateOf(summary),
  cost_usd: formatUsd(summary.costNano),
  charged_usd: formatUsd(summary.chargedNano)
})

const toTime = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())

/** The part of the prompts that was read from the cache; null where there were none. */
function hitRateOf({ inputTokens, cacheCreationTokens, cacheReadTokens }: UsageSummary): number | null {
  const prompt = inputTokens + cacheCreationTokens + cacheReadTokens
  return prompt === 0 ? null : Math.round((cacheReadTokens / prompt) * 10_000) / 10_000
}

export default usageSummary
