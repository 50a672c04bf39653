import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import type { Queryable } from '../../services/platform/database/queryable.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import {
  changeSchema,
  createSchema,
  pickFields,
  rowSchema,
  type Definition,
  type Values
} from '../../services/resources/definition.ts'
import { keys } from '../../services/resources/keys/definition.ts'
import { keyResource } from '../../services/resources/keys/keys.ts'
import { raises } from '../../services/resources/raises/definition.ts'
import { addRaise, endRaise, raiseResource } from '../../services/resources/raises/raises.ts'
import { findRow, pageRows, type Row } from '../../services/resources/rows.ts'
import {
  changeTeamKey,
  findLedTeam,
  findOwnTeam,
  isLedBy,
  listOwnTeams,
  ownTeamReport,
  refuseBeyondPool
} from '../../services/resources/teams/own-teams.ts'
import { pageUsageSummary } from '../../services/money/records/usage-summary.ts'
import { listing, PAGED, pageOf, pageRequest, pageResponse, ROW_ID } from '../admin/paging.ts'
import { closed } from '../admin/schemas.ts'
import { summaryOf, summaryOnWire, SummaryQuery, Sums } from '../admin/usage-summary.ts'
import { memberRoutes } from '../member-routes.ts'
import { IF_MATCH, responsesOf } from '../resource-routes.ts'
import { PoolWindows, ShareWindows } from '../team-schemas.ts'
import { personOf } from './person.ts'

const OwnTeam = Type.Object({
  id: Type.String(),
  name: Type.String(),
  status: Type.Enum(['active', 'disabled']),
  role: Type.Enum(['lead', 'member']),
  time_zone: Type.String(),
  pool: PoolWindows,
  share: ShareWindows,
  version: Type.Integer()
})

/** What of a key a lead is shown, and may change. */
const SEEN = [
  'user_email',
  'name',
  'group',
  'prefix',
  'status',
  'problem',
  'spend_limits',
  'team_spend_limits',
  'spending',
  'last_used_at'
]
const Key = rowSchema({ fields: pickFields(keys.fields, (_field, name) => SEEN.includes(name)) } as never) as TSchema
const KeyChanges = Type.Unsafe<Values>(
  changeSchema({ fields: pickFields(keys.fields, (_field, name) => name === 'status' || name === 'team_spend_limits') })
)
const KeyPath = Type.Object({
  ...ROW_ID.properties,
  key: Type.String({ pattern: '^\\d{1,18}$', description: 'a number' })
})

const Raise = rowSchema(raises) as TSchema
const RaiseEntry = Type.Unsafe<Values>(
  createSchema({
    fields: { ...pickFields(raises.fields, (_field, name) => name !== 'team'), user: { ...raises.fields.user, required: true } }
  })
)
const RaisePath = Type.Object({
  ...ROW_ID.properties,
  raise: Type.String({ pattern: '^\\d{1,18}$', description: 'a number' })
})

const TeamSummaryQuery = Type.Object(
  {
    ...Type.Omit(SummaryQuery, ['group', 'account', 'team']).properties,
    group_by: Type.Optional(
      Type.String({
        pattern: '^(user|key|model|hour|day)(,(user|key|model|hour|day)){0,4}$',
        description: 'one or several of user, key, model, hour, day, with commas between them'
      })
    )
  },
  closed
)

const listOfLed = (summary: string, row: TSchema) => ({
  schema: { summary, params: ROW_ID, querystring: PAGED, response: { 200: pageOf(row) } }
})

/** Finds the team, and rejects where the person does not lead it: to be asked again when nobody else can change it any more. */
const leadCheck = (request: FastifyRequest, id: string) => (db: Queryable) => findLedTeam(db, personOf(request), id)

/** The teams of a person: their own share, and what those who lead one see and manage of it. Of other teams they learn nothing. */
const ownTeams: FastifyPluginAsyncTypebox = async (app) => {
  const ofKeys = responsesOf(app, keyResource)
  const ofRaises = responsesOf(app, raiseResource)

  app.get('/teams', listing('Lists the teams that the person is in', OwnTeam, PAGED), async (request) => {
    const person = personOf(request)
    const now = app.clock.now()
    const data = (await listOwnTeams(app.adminDatabase, person)).map((team) => ownTeamReport(team, person, now))
    return { data, next_cursor: null }
  })

  app.get(
    '/teams/:id',
    { schema: { summary: 'Shows a team that the person is in, and their share', params: ROW_ID, response: { 200: OwnTeam } } },
    async (request, reply) => await showTeam(request, reply, request.params.id)
  )

  async function showTeam(request: FastifyRequest, reply: FastifyReply, id: string): Promise<Static<typeof OwnTeam>> {
    const person = personOf(request)
    const team = await findOwnTeam(app.adminDatabase, person, id)
    void reply.header('etag', `"${team.version}"`)
    return ownTeamReport(team, person, app.clock.now())
  }

  memberRoutes(app, {
    params: ROW_ID,
    team: OwnTeam,
    whose: ' that the person leads',
    async admit(request, id, changes) {
      const person = personOf(request)
      refuseBeyondPool(await findLedTeam(app.adminDatabase, person, id), changes)
      return isLedBy(person)
    },
    show: (request, reply, { id }) => showTeam(request, reply, id)
  })

  app.get('/teams/:id/keys', listOfLed('Lists the keys of a team that the person leads', Key), pageOfLed(keys, ofKeys.onWire))

  app.patch(
    '/teams/:id/keys/:key',
    {
      schema: {
        summary: 'Disables, enables or limits a key of a team that the person leads',
        params: KeyPath,
        headers: IF_MATCH,
        body: KeyChanges,
        response: { 200: Key }
      }
    },
    async (request, reply) => {
      const { params, body, headers } = request
      await findLedTeam(app.adminDatabase, personOf(request), params.id)
      const target = { id: params.key, ifMatch: headers['if-match'] }
      return await ofKeys.changed(
        reply,
        await changeTeamKey(app.operatorOf(request), personOf(request), params.id, target, body)
      )
    }
  )

  app.get(
    '/teams/:id/raises',
    listOfLed('Lists the raises of a team that the person leads, newest first', Raise),
    pageOfLed(raises, ofRaises.onWire)
  )

  app.post(
    '/teams/:id/raises',
    {
      schema: {
        summary: 'Raises a limit of a member for a while; only operators raise the pool',
        params: ROW_ID,
        body: RaiseEntry,
        response: { 201: Raise }
      }
    },
    async (request, reply) => {
      const leads = leadCheck(request, request.params.id)
      const { name } = await leads(app.adminDatabase)
      const row = await addRaise(app.operatorOf(request), { ...request.body, team: name }, leads)
      return await ofRaises.changed(reply.code(201), row)
    }
  )

  app.post(
    '/teams/:id/raises/:raise/end',
    {
      schema: {
        summary: 'Ends a raise of a member before its time',
        params: RaisePath,
        headers: IF_MATCH,
        body: Type.Object({}, closed),
        response: { 200: Raise }
      }
    },
    async (request, reply) => {
      const { params, headers } = request
      const leads = leadCheck(request, params.id)
      const { name } = await leads(app.adminDatabase)
      const raise = await findRow(app.adminDatabase, raises, params.raise)
      if (raise === null || raise.team !== name) throw unknownId('raise', params.raise)
      if (raise.user === null) throw new GatewayError(403, 'permission_error', 'only operators raise the pool, and end that')
      return await ofRaises.changed(
        reply,
        await endRaise(app.operatorOf(request), { id: params.raise, ifMatch: headers['if-match'] }, leads)
      )
    }
  )

  function pageOfLed(definition: Definition, onWire: (row: Row) => Row) {
    return async (request: FastifyRequest<{ Params: { id: string }; Querystring: { limit?: number; cursor?: string } }>) => {
      const { name } = await findLedTeam(app.adminDatabase, personOf(request), request.params.id)
      return await pageResponse(pageRows(app.adminDatabase, definition, { team: name }, pageRequest(request.query)), onWire)
    }
  }

  app.get(
    '/teams/:id/usage-summary',
    {
      schema: {
        summary: 'Sums up what was used in a team that the person leads, and what it cost',
        params: ROW_ID,
        querystring: TeamSummaryQuery,
        response: { 200: pageOf(Sums) }
      },
      serializerCompiler: () => (page) => JSON.stringify(page)
    },
    async (request) => {
      const { id } = await findLedTeam(app.adminDatabase, personOf(request), request.params.id)
      const { filters, dimensions } = summaryOf(request.query, app.clock.now())
      // By its id: an earlier team of the name was other people's.
      const ofTeam = { ...filters, teamId: id }
      return await pageResponse(
        pageUsageSummary(app.adminDatabase, ofTeam, dimensions, pageRequest(request.query)),
        summaryOnWire
      )
    }
  )
}

export default ownTeams
