import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { GatewayError } from '../services/platform/gateway-errors.ts'
import { userOfIdentity } from '../services/resources/sign-in/known-people.ts'
import type { OidcTransaction } from '../services/resources/sign-in/oidc.ts'
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
const SEALED_AS = 'oidc-transaction'
/** How long somebody may take at the provider. */
const TRANSACTION_MS = 10 * 60_000

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

  // Lax, for they come back from another site. Sealed, so that any replica may finish what another has begun, and nobody else.
  const rules = (reply: FastifyReply) =>
    ({ path: COOKIE_PATH, httpOnly: true, sameSite: 'lax', secure: reply.request.protocol === 'https' }) as const

  function keep(reply: FastifyReply, transaction: OidcTransaction): void {
    const sealed = secretBox.seal(JSON.stringify({ ...transaction, endsAt: clock.now() + TRANSACTION_MS }), SEALED_AS)
    void reply.setCookie(COOKIE, sealed.toString('base64url'), { ...rules(reply), maxAge: TRANSACTION_MS / 1000 })
  }

  function kept({ headers }: FastifyRequest): OidcTransaction {
    try {
      const sealed = Buffer.from(app.parseCookie(headers.cookie ?? '')[COOKIE] ?? '', 'base64url')
      const { endsAt, ...transaction } = JSON.parse(secretBox.open(sealed, SEALED_AS)) as OidcTransaction & { endsAt: number }
      const leftMs = endsAt - clock.now()
      // More than there ever was: the clock was set back since, and it may be over long ago.
      if (leftMs > 0 && leftMs <= TRANSACTION_MS) return transaction
    } catch {
      // As one that is over.
    }
    throw new GatewayError(401, 'authentication_error', 'this sign-in was not started here or has expired: start again')
  }

  const rulesOfPeople = {
    roles: config.oidcRoles,
    createsUsers: config.oidcCreateUsers,
    allowsUnstatedEmail: config.oidcUnstatedEmails
  }

  app.decorate('oidc', {
    async begin(reply) {
      const { url, transaction } = await provider.begin()
      keep(reply, transaction)
      return url
    },
    async complete(request, reply, query) {
      const transaction = kept(request)
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
