import type { FastifyInstance } from 'fastify'
import { describeRoutes } from '../described-routes.ts'
import { takeLiterally } from '../strict-requests.ts'
import account from './account.ts'
import claudeSignIns from './claude-sign-ins.ts'
import deviceCodes from './device-codes.ts'
import exchanges from './exchanges.ts'
import keys from './keys.ts'
import oidc from './oidc.ts'
import pauses from './pauses.ts'
import serviceUsers from './service-users.ts'
import sessions from './sessions.ts'
import signIn from './sign-in.ts'
import teams from './teams.ts'
import usage from './usage.ts'

/** What people see and manage of their own, once they have signed in. */
export default async function me(app: FastifyInstance) {
  describeRoutes(app, { tag: 'people' })
  // Browsers come to it from the provider, with whatever that puts in the URL.
  await app.register(oidc)
  await app.register(literal)
}

async function literal(app: FastifyInstance) {
  takeLiterally(app)
  await app.register(signIn)
  await app.register(own)
}

async function own(app: FastifyInstance) {
  app.addHook('onRequest', app.requireUser)
  describeRoutes(app, { schemes: ['session'] })
  await app.register(account)
  await app.register(keys)
  await app.register(pauses)
  await app.register(serviceUsers)
  await app.register(usage)
  await app.register(teams)
  await app.register(exchanges)
  await app.register(sessions)
  await app.register(deviceCodes)
  await app.register(claudeSignIns)
}
