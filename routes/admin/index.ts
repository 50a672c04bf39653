import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { DescribedRoute } from '../../services/admin/openapi.ts'
import { takeLiterally } from '../strict-requests.ts'
import accountRows from './account-rows.ts'
import accounts from './accounts.ts'
import apply from './apply.ts'
import auditLog from './audit-log.ts'
import backup from './backup.ts'
import codes from './codes.ts'
import exchanges from './exchanges.ts'
import groups from './groups.ts'
import keys from './keys.ts'
import ledgerVerification from './ledger-verification.ts'
import lists from './lists.ts'
import openapi from './openapi.ts'
import overview from './overview.ts'
import prices from './prices.ts'
import proxies from './proxies.ts'
import reference from './reference.ts'
import secrets from './secrets.ts'
import settings from './settings.ts'
import subscriptions from './subscriptions.ts'
import usageSummary from './usage-summary.ts'
import users from './users.ts'

const GUARDED = [
  lists,
  overview,
  apply,
  auditLog,
  ledgerVerification,
  accounts,
  accountRows,
  proxies,
  exchanges,
  secrets,
  backup,
  usageSummary,
  users,
  keys,
  groups,
  subscriptions,
  codes,
  prices,
  settings
]

/** Room for a declarative file with thousands of users. */
const MAX_BODY_BYTES = 4_194_304

/** The operator's API: every route of it asks for who may, but the page that describes it. */
export default async function admin(app: FastifyInstance) {
  const routes: DescribedRoute[] = []
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= MAX_BODY_BYTES
    const { method, url, schema = {} } = route
    // The page that describes them is none of them.
    if (schema.hide === true) return
    for (const name of [method].flat()) {
      // Each GET has a HEAD beside it.
      if (name !== 'HEAD') routes.push({ method: name, url, schema: schema as DescribedRoute['schema'] })
    }
  })
  await app.register(guarded, { routes })
  await app.register(reference, { routes })
}

async function guarded(app: FastifyInstance, { routes }: { routes: readonly DescribedRoute[] }) {
  app.addHook('onRequest', app.requireAdmin)
  takeLiterally(app)
  for (const registered of GUARDED) {
    await app.register(registered)
    // All of them in one go would hold up every stream.
    await turn()
  }
  await app.register(openapi, { routes })
}
