import { Type, type FastifyPluginAsyncTypebox, type Static } from '@fastify/type-provider-typebox'
import { reportOfEntry } from '../../services/resources/admin/balances.ts'
import { listAccounts } from '../../services/resources/records/accounts.ts'
import { pageLedgerEntries } from '../../services/money/records/ledger-entries.ts'
import { pageUsageEvents } from '../../services/money/records/usage-events.ts'
import { listUserEmails } from '../../services/resources/users/users.ts'
import { OUTCOMES, USAGE_BASES } from '../../services/money/usage/usage-facts.ts'
import { reportOfEvent } from '../../services/money/usage/usage-event-report.ts'
import {
  FILTER_TEXT,
  listing,
  oneOrSeveral,
  PAGED,
  pageRequest,
  pageResponse,
  PAGING,
  TIMES,
  timesOf,
  USAGE_NAMES
} from './paging.ts'
import { Entry } from './users.ts'
import { closed, TextOrNull, WAITING_SESSIONS, waitingSessionsOnWire } from './schemas.ts'

const Outcome = Type.Enum(OUTCOMES, { description: 'completed, client_closed, upstream_error, upstream_cut or interrupted' })
const Basis = Type.Enum(USAGE_BASES, { description: 'final, partial or unknown' })

export const EventFilters = Type.Object(
  {
    ...PAGING,
    ...USAGE_NAMES,
    outcome: oneOrSeveral(Outcome),
    basis: oneOrSeveral(Basis),
    subject: oneOrSeveral(FILTER_TEXT),
    ...TIMES
  },
  closed
)

/** What a request asks for, in the record's terms. */
export const eventFilters = (
  { user, key, group, account, model, outcome, basis, subject, team, ...times }: Static<typeof EventFilters>,
  now: number
) => ({
  userEmail: user,
  keyName: key,
  groupName: group,
  accountName: account,
  model,
  outcome,
  basis,
  subject,
  teamName: team,
  ...timesOf(times, now)
})

const CountOrNull = Type.Union([Type.Integer(), Type.Null()])

export const ListedEvent = Type.Object({
  id: Type.String(),
  exchange_id: Type.String(),
  attempt: Type.Integer(),
  created_at: Type.String(),
  user_email: TextOrNull,
  key_name: TextOrNull,
  group: TextOrNull,
  account: TextOrNull,
  requested_model: Type.String(),
  model: Type.String(),
  stream: Type.Boolean(),
  outcome: Type.Enum(OUTCOMES),
  basis: Type.Enum(USAGE_BASES),
  status: CountOrNull,
  input_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  cache_creation_5m_tokens: Type.Integer(),
  cache_creation_1h_tokens: Type.Integer(),
  cache_read_tokens: Type.Integer(),
  web_search_requests: Type.Integer(),
  cost_usd: Type.String(),
  charged_usd: Type.String(),
  rate_multiplier: Type.String(),
  price_version: Type.String(),
  price_unknown: Type.Boolean(),
  upstream_request_id: TextOrNull,
  queue_ms: Type.Integer(),
  first_byte_ms: CountOrNull,
  duration_ms: Type.Integer(),
  subject: TextOrNull,
  team: TextOrNull
})

const Slots = Type.Object({
  subject: Type.Enum(['user', 'account']),
  name: Type.String(),
  limit: Type.Integer(),
  in_flight: Type.Integer(),
  waiting: Type.Integer(),
  ...WAITING_SESSIONS
})

/** The read side of the admin API: what there is, who holds what, and what was spent. */
const lists: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/usage-events',
    listing('Lists what was used, an attempt a row, newest first', ListedEvent, EventFilters),
    ({ query }) =>
      pageResponse(pageUsageEvents(app.adminDatabase, eventFilters(query, app.clock.now()), pageRequest(query)), reportOfEvent)
  )

  app.get(
    '/ledger-entries',
    listing(
      'Lists what changed balances, newest first',
      Entry,
      Type.Object({ ...PAGING, user: Type.Optional(FILTER_TEXT) }, closed)
    ),
    (request) =>
      pageResponse(
        pageLedgerEntries(app.adminDatabase, { userEmail: request.query.user }, pageRequest(request.query)),
        reportOfEntry
      )
  )

  app.get('/slots', listing('Shows who holds slots or waits for one now', Slots, PAGED), async () => {
    const slots = await app.slots.watch()
    const names = new Map((await listAccounts(app.adminDatabase)).map((account) => [`account ${account.id}`, account.name]))
    const userIds = slots.filter((slot) => slot.subject === 'user').map((slot) => slot.id)
    for (const { id, email } of await listUserEmails(app.adminDatabase, userIds)) names.set(`user ${id}`, email)
    const data = slots.map(({ subject, id, limit, inFlight, waiting, waitingSessions }) => ({
      subject,
      name: names.get(`${subject} ${id}`) ?? id,
      limit,
      in_flight: inFlight,
      waiting,
      ...waitingSessionsOnWire(waitingSessions)
    }))
    return { data, next_cursor: null }
  })
}

export default lists
