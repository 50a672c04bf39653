import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { refuseUnknownNames, type NamedFilters } from '../../services/resources/admin/named-filters.ts'
import { kindOf } from '../../services/resources/definitions.ts'
import { idOfNamed, isNamedPlural } from '../../services/resources/named-rows.ts'
import { describeRoutes } from '../described-routes.ts'
import { takeLiterally } from '../strict-requests.ts'
import accountMapping from './account-mapping.ts'
import accounts from './accounts.ts'
import apply from './apply.ts'
import auditLog from './audit-log.ts'
import backup from './backup.ts'
import codes from './codes.ts'
import consoleLinks from './console-links.ts'
import exchanges from './exchanges.ts'
import groups from './groups.ts'
import keys from './keys.ts'
import ledgerVerification from './ledger-verification.ts'
import lists from './lists.ts'
import openapi from './openapi.ts'
import overview from './overview.ts'
import pauses from './pauses.ts'
import priceOverrides from './price-overrides.ts'
import prices from './prices.ts'
import proxies from './proxies.ts'
import raises from './raises.ts'
import reference from './reference.ts'
import secrets from './secrets.ts'
import settings from './settings.ts'
import signIns from './sign-ins.ts'
import subscriptions from './subscriptions.ts'
import trust from './trust.ts'
import usageSummary from './usage-summary.ts'
import users from './users.ts'
import teams from './teams.ts'
import workloadRules from './workload-rules.ts'
import verifications from './verifications.ts'

/** With the heading that each is under. */
const GUARDED = [
  ['usage', lists],
  ['overview', overview],
  ['apply', apply],
  ['audit log', auditLog],
  ['ledger', ledgerVerification],
  ['ledger', verifications],
  ['trust', trust],
  ['accounts', accounts],
  ['accounts', accountMapping],
  ['proxies', proxies],
  ['usage', exchanges],
  ['secrets', secrets],
  ['backup', backup],
  ['usage', usageSummary],
  ['users', users],
  ['keys', keys],
  ['keys', pauses],
  ['groups', groups],
  ['subscriptions', subscriptions],
  ['workload rules', workloadRules],
  ['teams', teams],
  ['teams', raises],
  ['codes', codes],
  ['prices', prices],
  ['prices', priceOverrides],
  ['settings', settings],
  ['people', consoleLinks],
  ['people', signIns],
  ['document', openapi]
] as const

/** Room for a declarative file with thousands of users. */
const MAX_BODY_BYTES = 4_194_304

/** The operator's API: every route of it asks for who may, but the page that describes it. */
export default async function admin(app: FastifyInstance) {
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= MAX_BODY_BYTES
  })
  await app.register(guarded)
  await app.register(reference)
}

async function guarded(app: FastifyInstance) {
  app.addHook('onRequest', app.requireAdmin)
  takeLiterally(app)
  app.addHook<{ Params: { id?: string } }>('preHandler', async ({ params, routeOptions: { url = '' } }) => {
    const plural = /\/([a-z-]+)\/:id(?:$|\/)/.exec(url)?.[1] ?? ''
    const { id } = params
    if (id === undefined || !isNamedPlural(plural) || /^\d{1,18}$/.test(id)) return
    params.id = await idOfNamed(app.adminDatabase, plural, kindOf(plural), id)
  })
  // What is asked for by name is the same in all lists, but for subjects: those of usage are whatever issuers call jobs.
  app.addHook<{ Querystring: NamedFilters }>('preHandler', async ({ method, query, routeOptions: { url = '' } }) => {
    if (method !== 'GET') return
    const { subject, ...others } = query
    const filters = subject === undefined || url.endsWith('/usage-events') ? others : query
    await refuseUnknownNames(app.adminDatabase, filters, app.prices.current())
  })
  for (const [tag, routes] of GUARDED) {
    const described = async (scope: FastifyInstance) => {
      describeRoutes(scope, { tag, schemes: ['adminToken', 'session'] })
      await routes(scope, {})
    }
    // Without a name Fastify looks for the file of it among all that are loaded.
    await app.register(Object.assign(described, { [Symbol.for('fastify.display-name')]: tag }))
    // All of them in one go would hold up every stream.
    await turn()
  }
}
