import type { FastifyInstance } from 'fastify'
import { groupResource } from '../../services/resources/groups/groups.ts'
import { resourceRoutes } from '../resource-routes.ts'

/** Groups: what their keys may use, and at what price. */
export default async function groups(app: FastifyInstance) {
  resourceRoutes(app, groupResource)
}
