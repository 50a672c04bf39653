import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type, type TSchema } from 'typebox'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { rowSchema } from '../../services/resources/definition.ts'
import { changeMember, putMember, removeMember } from '../../services/resources/teams/change-members.ts'
import { teams as definition } from '../../services/resources/teams/definition.ts'
import { listMemberReports } from '../../services/resources/teams/standing.ts'
import { teamResource } from '../../services/resources/teams/teams.ts'
import { IF_MATCH, resourceRoutes, responsesOf, targetOf } from '../resource-routes.ts'
import { Member, MEMBER_PATH, MemberChanges, MemberEntry } from '../team-schemas.ts'
import { ID_OR_NAME, pageOf } from './paging.ts'

const Path = Type.Object({ ...ID_OR_NAME.properties, ...MEMBER_PATH })
const Team = rowSchema(definition) as TSchema

/** Teams: people who share a budget, and what each of them may spend of it. */
const teams: FastifyPluginAsyncTypebox = async (app) => {
  resourceRoutes(app, teamResource)
  const { changed } = responsesOf(app, teamResource)

  app.get(
    '/teams/:id/members',
    {
      schema: {
        summary: 'Lists the members of a team, and how they stand',
        params: ID_OR_NAME,
        response: { 200: pageOf(Member) }
      }
    },
    async ({ params: { id } }) => {
      const data = await listMemberReports(app.adminDatabase, id, app.clock.now())
      if (data === null) throw unknownId('team', id)
      return { data, next_cursor: null }
    }
  )

  app.put(
    '/teams/:id/members/:user',
    {
      schema: {
        summary: 'Has somebody be a member as the body says',
        params: Path,
        headers: IF_MATCH,
        body: MemberEntry,
        response: { 200: Team }
      }
    },
    async (request, reply) => {
      const { params, body } = request
      const entry = { ...body, user: params.user }
      return await changed(reply, await putMember(app.operatorOf(request), targetOf(request), entry))
    }
  )

  app.patch(
    '/teams/:id/members/:user',
    {
      schema: {
        summary: 'Changes what is named of a member',
        params: Path,
        headers: IF_MATCH,
        body: MemberChanges,
        response: { 200: Team }
      }
    },
    async (request, reply) => {
      const { params, body } = request
      return await changed(reply, await changeMember(app.operatorOf(request), targetOf(request), params.user, body))
    }
  )

  app.delete(
    '/teams/:id/members/:user',
    {
      schema: {
        summary: 'Takes somebody out of a team, whose keys in it are rejected then',
        params: Path,
        headers: IF_MATCH,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await removeMember(app.operatorOf(request), targetOf(request), request.params.user)
      app.bus.publish(definition.topic)
      return await reply.code(204).send(null)
    }
  )
}

export default teams
