import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { GatewayError } from '../services/platform/gateway-errors.ts'
import type { SessionPerson } from '../services/resources/records/sign-in-sessions.ts'
import { createFailedAuthentications } from '../services/platform/failed-authentications.ts'
import { createConsoleLinks, type ConsoleLinks } from '../services/resources/sign-in/console-links.ts'
import { mayBeCrossSite } from '../services/resources/sign-in/cross-site.ts'
import { createPasswords } from '../services/resources/sign-in/passwords.ts'
import { createSignIn, type SignIn } from '../services/resources/sign-in/sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who signs in, and what keeps them signed in. */
    people: SignIn
    consoleLinks: ConsoleLinks
    /** The person whose session the request's cookie names; null when it names none. Throws 403 when another site may be behind it. */
    personOf: (request: FastifyRequest) => Promise<SessionPerson | null>
    /** onRequest: lets only people through who have signed in. */
    requirePerson: (request: FastifyRequest) => Promise<void>
    /** onRequest: lets only users through who have signed in. */
    requireUser: (request: FastifyRequest) => Promise<void>
    /** The token of the request's cookie, '' when there is none. */
    sessionTokenOf: (request: FastifyRequest) => string
    /** Gives the person's browser the session; null takes it away. */
    setSession: (reply: FastifyReply, token: string | null) => void
  }
  interface FastifyRequest {
    /** Who has signed in and asks; null for a token, or nobody. */
    person: SessionPerson | null
  }
}

const COOKIE = 'sluice_session'

async function people(app: FastifyInstance) {
  const { config, clock } = app
  // Only these routes look at cookies: nothing is parsed for the others.
  await app.register(cookie, { hook: false })
  const failuresOf = (kind: string, max: number) =>
    createFailedAuthentications({
      clock,
      kind,
      max,
      windowMs: config.authFailuresWindowMs,
      shared: () => app.sharedFailures
    })
  const { sessionTtlMs, signInFailuresMax } = config
  const common = { pool: app.adminDatabase, clock, sessionTtlMs, failures: failuresOf('sign-in', signInFailuresMax) }
  app.decorate('consoleLinks', createConsoleLinks(common))
  app.decorate(
    'people',
    createSignIn({
      ...common,
      passwords: createPasswords(),
      // More, or anybody could keep anybody out with few tries.
      failuresOfUsers: failuresOf('sign-in-as', 5 * signInFailuresMax)
    })
  )
  app.decorateRequest('person', null)

  app.decorate('sessionTokenOf', ({ headers }: FastifyRequest) => app.parseCookie(headers.cookie ?? '')[COOKIE] ?? '')

  app.decorate('personOf', async (request: FastifyRequest) => {
    const token = app.sessionTokenOf(request)
    const person = token === '' ? null : await app.people.personOf(token)
    if (person !== null && mayBeCrossSite(request.method, request.headers)) {
      throw new GatewayError(403, 'permission_error', 'This request may come from another site: send JSON from the same origin')
    }
    return person
  })

  app.decorate('requirePerson', async (request: FastifyRequest) => {
    request.person = await app.personOf(request)
    if (request.person === null) throw new GatewayError(401, 'authentication_error', 'Sign in first: POST /me/v1/sign-in')
  })

  app.decorate('requireUser', async (request: FastifyRequest) => {
    await app.requirePerson(request)
    if (request.person?.userId !== null) return
    throw new GatewayError(
      403,
      'permission_error',
      'This session is an operator’s, by a link: it has no keys or usage of its own'
    )
  })

  app.decorate('setSession', (reply: FastifyReply, token: string | null) => {
    const { protocol } = reply.request
    const rules = { path: '/', httpOnly: true, sameSite: 'strict', secure: protocol === 'https' } as const
    if (token === null) void reply.clearCookie(COOKIE, rules)
    else void reply.setCookie(COOKIE, token, { ...rules, maxAge: Math.floor(sessionTtlMs / 1000) })
  })
}

export default fp(people, { name: 'people', fastify: '5.x', dependencies: ['config', 'database', 'errors'] })
