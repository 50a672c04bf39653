import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { createOidcSignIn } from '../services/resources/sign-in/oidc-sign-in.ts'
import { createTransactionSeal, TRANSACTION_MS } from '../services/resources/sign-in/oidc-transaction.ts'
import type { SignedIn } from '../services/resources/sign-in/sign-in.ts'
import type { Settings } from '../services/resources/set-up/settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Sign-in at an OpenID provider; null where none is set. */
    oidc: {
      /** Where to send the person; what they must bring back is in a cookie of theirs. */
      begin: (reply: FastifyReply) => Promise<string>
      /** `query` is what the provider sent them back with. */
      complete: (request: FastifyRequest, reply: FastifyReply, query: string) => Promise<SignedIn>
    } | null
  }
}

const COOKIE = 'sluice_oidc'

/** Lax, since people are sent back from another site. */
const cookieRules = ({ request }: FastifyReply) =>
  ({ path: '/me/v1/oidc', httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' }) as const

async function oidc(app: FastifyInstance) {
  const { config, clock, secretBox, people } = app
  const provider = await providerOf(config)
  if (provider === null) {
    app.decorate('oidc', null)
    return
  }
  const { oidcRoles: roles, oidcCreateUsers: createsUsers, oidcUnstatedEmails: allowsUnstatedEmail } = config
  const rules = { roles, createsUsers, allowsUnstatedEmail }
  const transactions = createTransactionSeal({ secretBox, clock })
  const complete = createOidcSignIn({ provider, people, rules, onNewRole: () => app.bus.publish('directory') })

  app.decorate('oidc', {
    async begin(reply) {
      const { url, transaction } = await provider.begin()
      void reply.setCookie(COOKIE, transactions.seal(transaction), { ...cookieRules(reply), maxAge: TRANSACTION_MS / 1000 })
      return url
    },
    async complete(request, reply, query) {
      const transaction = transactions.open(app.parseCookie(request.headers.cookie ?? '')[COOKIE] ?? '')
      // Once, however it ends.
      void reply.clearCookie(COOKIE, cookieRules(reply))
      return await complete(query, transaction, app.operatorOf(request))
    }
  })
}

/** Null where none is set. */
async function providerOf(config: Settings) {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcRedirectUrl: redirectUrl } = config
  if (issuer === null || clientId === null || redirectUrl === null) return null
  const { oidcClientSecret: clientSecret, oidcScopes: scopes, oidcGroupsClaim: groupsClaim, oauthTimeoutMs: timeoutMs } = config
  // Its library is loaded only where it is needed.
  const { createOidc } = await import('../services/resources/sign-in/oidc.ts')
  return createOidc({ issuer, clientId, clientSecret, redirectUrl, scopes, groupsClaim, timeoutMs })
}

export default fp(oidc, {
  name: 'oidc',
  fastify: '5.x',
  dependencies: ['config', 'database', 'secrets', 'bus', 'people', 'audit']
})
