import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TObject, type TSchema } from 'typebox'
import { unknownId } from '../services/resources/admin/operator-changes.ts'
import type { Values } from '../services/resources/definition.ts'
import { changeMember, putMember, removeMember, type TeamCheck } from '../services/resources/teams/change-members.ts'
import { teams } from '../services/resources/teams/definition.ts'
import { listMemberReports } from '../services/resources/teams/standing.ts'
import type { Row } from '../services/resources/rows.ts'
import { pageOf } from './admin/paging.ts'
import { IF_MATCH, targetOf } from './resource-routes.ts'
import { Member, MEMBER_PATH, MemberChanges, MemberEntry } from './team-schemas.ts'

interface MemberRequest {
  Params: { id: string; user: string }
  Body: Values
}

interface MemberWays {
  /** The path of a team. */
  params: TObject
  /** A team as it is shown once a member is changed. */
  team: TSchema
  /** Which teams, at the end of a summary. */
  whose: string
  /** Resolves to what is asked again once nothing else can change the team. Rejects for whoever may not do it. */
  admit: (request: FastifyRequest, id: string, changes: Values) => Promise<TeamCheck | undefined>
  show: (request: FastifyRequest, reply: FastifyReply, row: Row) => Promise<unknown>
}

/** The routes about members of a team: their list; and to put, change and remove one. */
export function memberRoutes(app: FastifyInstance, { params, team, whose, admit, show }: MemberWays): void {
  const ofMember = { params: Type.Object({ ...params.properties, ...MEMBER_PATH }), headers: IF_MATCH }
  const changed = { ...ofMember, response: { 200: team } }

  app.get<MemberRequest>(
    '/teams/:id/members',
    {
      schema: {
        summary: `Lists the members of a team${whose}, and how they stand`,
        params,
        response: { 200: pageOf(Member) }
      }
    },
    async (request) => {
      const { id } = request.params
      await admit(request, id, {})
      const data = await listMemberReports(app.adminDatabase, id, app.clock.now())
      if (data === null) throw unknownId('team', id)
      return { data, next_cursor: null }
    }
  )

  app.put<MemberRequest>(
    '/teams/:id/members/:user',
    { schema: { summary: `Has somebody be a member of a team${whose}, as the body says`, body: MemberEntry, ...changed } },
    async (request, reply) => {
      const { params, body } = request
      const check = await admit(request, params.id, body)
      const row = await putMember(app.operatorOf(request), targetOf(request), { ...body, user: params.user }, check)
      app.bus.publish(teams.topic)
      return await show(request, reply, row)
    }
  )

  app.patch<MemberRequest>(
    '/teams/:id/members/:user',
    { schema: { summary: `Changes what is named of a member of a team${whose}`, body: MemberChanges, ...changed } },
    async (request, reply) => {
      const { params, body } = request
      const check = await admit(request, params.id, body)
      const row = await changeMember(app.operatorOf(request), targetOf(request), params.user, body, check)
      app.bus.publish(teams.topic)
      return await show(request, reply, row)
    }
  )

  app.delete<MemberRequest>(
    '/teams/:id/members/:user',
    {
      schema: {
        summary: `Takes somebody out of a team${whose}; their keys in it are rejected then`,
        ...ofMember,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      const { params } = request
      const check = await admit(request, params.id, {})
      await removeMember(app.operatorOf(request), targetOf(request), params.user, check)
      app.bus.publish(teams.topic)
      return await reply.code(204).send(null)
    }
  )
}
