import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { GatewayError } from '../../services/gateway-errors.ts'
import { formatUsd } from '../../services/prices/money.ts'
import { listAccounts, pageAccounts } from '../../services/records/accounts.ts'
import { pageLedgerEntries, type LedgerEntry } from '../../services/records/ledger-entries.ts'
import { InvalidCursorError, type Page } from '../../services/records/pages.ts'
import { pageUsageEvents } from '../../services/records/usage-events.ts'
import { listUserEmails, pageUsers, type UserRecord } from '../../services/records/users.ts'
import { reportOfEvent } from '../../services/usage/usage-event-report.ts'
import { accountOnWire, toTime } from './wire.ts'

/** Postgres takes no NUL in a text. */
const Text = Type.String({ maxLength: 300, pattern: '^[^\\u0000]*$' })

const Paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 1000 }))
}

const Outcomes = Type.Union([
  Type.Literal('completed'),
  Type.Literal('client_closed'),
  Type.Literal('upstream_error'),
  Type.Literal('upstream_cut'),
  Type.Literal('interrupted')
])

const EventFilters = Type.Object({
  ...Paging,
  user: Type.Optional(Text),
  key: Type.Optional(Text),
  account: Type.Optional(Text),
  model: Type.Optional(Text),
  outcome: Type.Optional(Outcomes),
  from: Type.Optional(Type.String()),
  to: Type.Optional(Type.String())
})

function instantOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new GatewayError(400, 'invalid_request_error', `${name}: must be an RFC 3339 time`)
  return at
}

async function answerPage<Row, Wire>(page: Promise<Page<Row>>, toWire: (row: Row) => Wire) {
  try {
    const { rows, nextCursor } = await page
    return { data: rows.map(toWire), next_cursor: nextCursor }
  } catch (error) {
    if (error instanceof InvalidCursorError) throw new GatewayError(400, 'invalid_request_error', `cursor: ${error.message}`)
    throw error
  }
}

const pageRequest = ({ limit = 100, cursor }: { limit?: number; cursor?: string }) => ({ limit, cursor: cursor ?? null })

const userOnWire = ({ id, email, role, status, concurrency, balanceNano }: UserRecord) => ({
  id,
  email,
  role,
  status,
  concurrency,
  balance_usd: formatUsd(balanceNano)
})

const entryOnWire = (entry: LedgerEntry) => ({
  id: entry.id,
  user_email: entry.userEmail,
  kind: entry.kind,
  amount_usd: formatUsd(entry.amountNano),
  source_id: entry.sourceId,
  balance_after_usd: formatUsd(entry.balanceAfterNano),
  created_at: toTime(entry.createdAt)
})

/** The read side of the admin API: what there is, who holds what, and what was spent. */
const lists: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/users', { schema: { querystring: Type.Object(Paging) } }, (request) =>
    answerPage(pageUsers(app.pg.pool, pageRequest(request.query)), userOnWire)
  )

  app.get('/accounts', { schema: { querystring: Type.Object(Paging) } }, (request) =>
    answerPage(pageAccounts(app.pg.pool, pageRequest(request.query)), (account) =>
      accountOnWire(account, { problem: app.accountDirectory.problemOf(account.id), now: app.clock.now() })
    )
  )

  app.get('/usage-events', { schema: { querystring: EventFilters } }, (request) => {
    const { user, key, account, model, outcome, from, to } = request.query
    const filters = {
      userEmail: user,
      keyName: key,
      accountName: account,
      model,
      outcome,
      from: instantOf('from', from),
      to: instantOf('to', to)
    }
    return answerPage(pageUsageEvents(app.pg.pool, filters, pageRequest(request.query)), reportOfEvent)
  })

  app.get('/ledger-entries', { schema: { querystring: Type.Object({ ...Paging, user: Type.Optional(Text) }) } }, (request) =>
    answerPage(pageLedgerEntries(app.pg.pool, { userEmail: request.query.user }, pageRequest(request.query)), entryOnWire)
  )

  app.get('/slots', async () => {
    const slots = await app.slots.usage()
    const names = new Map((await listAccounts(app.pg.pool)).map((account) => [`account ${account.id}`, account.name]))
    const userIds = slots.filter((slot) => slot.subject === 'user').map((slot) => slot.id)
    for (const { id, email } of await listUserEmails(app.pg.pool, userIds)) names.set(`user ${id}`, email)
    const data = slots.map(({ subject, id, limit, inFlight, waiting }) => ({
      subject,
      name: names.get(`${subject} ${id}`) ?? id,
      limit,
      in_flight: inFlight,
      waiting
    }))
    return { data, next_cursor: null }
  })
}

export default lists
