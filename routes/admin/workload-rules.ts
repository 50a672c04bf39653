import type { FastifyInstance } from 'fastify'
import { workloadRuleResource } from '../../services/resources/workload-rules/workload-rules.ts'
import { resourceRoutes } from '../resource-routes.ts'

/** Workload rules: which jobs may exchange the tokens they were given, and what they may then do. */
export default async function workloadRules(app: FastifyInstance) {
  resourceRoutes(app, workloadRuleResource)
}
