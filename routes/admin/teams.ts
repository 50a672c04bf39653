import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { rowSchema } from '../../services/resources/definition.ts'
import { teams as definition } from '../../services/resources/teams/definition.ts'
import { teamResource } from '../../services/resources/teams/teams.ts'
import { memberRoutes } from '../member-routes.ts'
import { resourceRoutes } from '../resource-routes.ts'
import { ID_OR_NAME } from './paging.ts'

/** Teams: people who share a budget, and what each of them may spend of it. */
const teams: FastifyPluginAsyncTypebox = async (app) => {
  const { show } = resourceRoutes(app, teamResource)
  memberRoutes(app, {
    params: ID_OR_NAME,
    team: rowSchema(definition),
    whose: '',
    admit: async () => undefined,
    show: (_request, reply, row) => show(reply, row)
  })
}

export default teams
