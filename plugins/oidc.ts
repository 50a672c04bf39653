import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { userOfIdentity } from '../services/resources/sign-in/known-people.ts'
import { createTransactionSeal, TRANSACTION_MS } from '../services/resources/sign-in/oidc-transaction.ts'
import type { SignedIn } from '../services/resources/sign-in/sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Sign-in at an OpenID provider; null where none is set. */
    oidc: {
      /** Where to send the person; what the answer needs is in a cookie of theirs. */
      begin: (reply: FastifyReply) => Promise<string>
      /** With what they came back with. */
      complete: (request: FastifyRequest, reply: FastifyReply, query: string) => Promise<SignedIn>
    } | null
  }
}

const COOKIE = 'sluice_oidc'
const COOKIE_PATH = '/me/v1/oidc'

async function oidc(app: FastifyInstance) {
  const { config, clock, secretBox } = app
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcRedirectUrl: redirectUrl } = config
  if (issuer === null || clientId === null || redirectUrl === null) {
    app.decorate('oidc', null)
    return
  }
  // Its library is loaded only where it is needed.
  const { createOidc } = await import('../services/resources/sign-in/oidc.ts')
  const provider = createOidc({
    issuer,
    clientId,
    redirectUrl,
    clientSecret: config.oidcClientSecret,
    scopes: config.oidcScopes,
    groupsClaim: config.oidcGroupsClaim,
    timeoutMs: config.oauthTimeoutMs
  })

  const transactions = createTransactionSeal({ secretBox, clock })
  // Lax, for they come back from another site.
  const rules = (reply: FastifyReply) =>
    ({ path: COOKIE_PATH, httpOnly: true, sameSite: 'lax', secure: reply.request.protocol === 'https' }) as const

  const rulesOfPeople = {
    roles: config.oidcRoles,
    createsUsers: config.oidcCreateUsers,
    allowsUnstatedEmail: config.oidcUnstatedEmails
  }

  app.decorate('oidc', {
    async begin(reply) {
      const { url, transaction } = await provider.begin()
      void reply.setCookie(COOKIE, transactions.seal(transaction), { ...rules(reply), maxAge: TRANSACTION_MS / 1000 })
      return url
    },
    async complete(request, reply, query) {
      const transaction = transactions.open(app.parseCookie(request.headers.cookie ?? '')[COOKIE] ?? '')
      // Once, however it ends.
      void reply.clearCookie(COOKIE, rules(reply))
      const identity = await provider.complete(query, transaction)
      const context = app.operatorOf(request)
      const { userId, isRoleNew } = await userOfIdentity({ ...context, actor: 'oidc' }, identity, rulesOfPeople)
      if (isRoleNew) app.bus.publish('directory')
      return await app.people.begin(context, userId, 'oidc')
    }
  })
}

export default fp(oidc, {
  name: 'oidc',
  fastify: '5.x',
  dependencies: ['config', 'database', 'secrets', 'bus', 'people', 'audit']
})
