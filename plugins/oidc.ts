import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createOidcSignIn } from '../services/resources/sign-in/oidc-sign-in.ts'
import { createTransactionSeal, isForConsole, TRANSACTION_MS } from '../services/resources/sign-in/oidc-transaction.ts'
import type { SignedIn } from '../services/resources/sign-in/sign-in.ts'
import type { Settings } from '../services/resources/set-up/settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Sign-in at an OpenID provider; null where none is set. */
    oidc: {
      /**
       * Where to send the person; what they must bring back is in a cookie of theirs. `returnTo` is the page of the console that they
       * came from, if they did.
       */
      begin: (reply: FastifyReply, returnTo: string | null) => Promise<string>
      /** `query` is what the provider sent them back with. */
      complete: (request: FastifyRequest, reply: FastifyReply, query: string) => Promise<SignedIn & { returnTo: string | null }>
      /** Whether it was begun for the console, and where there, as far as is known; also of what cannot be completed. */
      originOf: (request: FastifyRequest, query: string) => { isForConsole: boolean; returnTo: string | null }
    } | null
  }
}

const COOKIE = 'sluice_oidc'

/** Longer than it is good for: who took too long at the provider starts again from the page that they came from. */
const COOKIE_MAX_AGE_S = (6 * TRANSACTION_MS) / 1000

async function oidc(app: FastifyInstance) {
  const { config, clock, secretBox, people } = app
  const { oidcRedirectUrl: redirectUrl } = config
  const provider = await providerOf(config)
  if (provider === null || redirectUrl === null) {
    app.decorate('oidc', null)
    return
  }
  const { publicUrl } = config
  if (publicUrl !== null && new URL(publicUrl).hostname !== new URL(redirectUrl).hostname) {
    app.log.warn(
      'OIDC_REDIRECT_URL has another host than PUBLIC_URL: whoever signs in there from the console is not signed in at the console'
    )
  }
  const { oidcRoles: roles, oidcCreateUsers: createsUsers, oidcUnstatedEmails: allowsUnstatedEmail } = config
  const rules = { roles, createsUsers, allowsUnstatedEmail }
  const transactions = createTransactionSeal({ secretBox, clock })
  const complete = createOidcSignIn({ provider, people, rules, onNewRole: () => app.bus.publish('directory') })

  // As browsers see it, which may be below a path that a proxy takes away.
  const path = new URL('.', redirectUrl).pathname.slice(0, -1)
  /** Lax, since people are sent back from another site. */
  const cookieRules = ({ request }: FastifyReply) =>
    ({ path, httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' }) as const
  const sealedOf = ({ headers }: FastifyRequest) => app.parseCookie(headers.cookie ?? '')[COOKIE] ?? ''

  app.decorate('oidc', {
    async begin(reply, returnTo) {
      const { url, transaction } = await provider.begin(returnTo)
      void reply.setCookie(COOKIE, transactions.seal(transaction), { ...cookieRules(reply), maxAge: COOKIE_MAX_AGE_S })
      return url
    },
    async complete(request, reply, query) {
      const transaction = transactions.open(sealedOf(request))
      // Once, however it ends.
      void reply.clearCookie(COOKIE, cookieRules(reply))
      const signedIn = await complete(query, transaction, app.operatorOf(request))
      return { ...signedIn, returnTo: transaction.returnTo }
    },
    originOf: (request, query) => ({
      isForConsole: isForConsole(query),
      returnTo: transactions.returnToOf(sealedOf(request))
    })
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
