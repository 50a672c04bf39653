import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { SessionPerson } from '../services/resources/records/sign-in-sessions.ts'
import type { ConsoleLinks } from '../services/resources/sign-in/console-links.ts'
import { createPeople } from '../services/resources/sign-in/people.ts'
import { personBehind, signedIn, refuseOperators } from '../services/resources/sign-in/session-person.ts'
import type { SignIn } from '../services/resources/sign-in/sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who signs in, and what keeps them signed in. */
    people: SignIn
    consoleLinks: ConsoleLinks
    /** Sessions by their cookies. */
    sessions: {
      /** The token of the request's cookie, '' when there is none. */
      tokenOf: (request: FastifyRequest) => string
      /** Whose session the request's cookie names; null when it names none. Rejects with 403 when another site may be behind it. */
      personOf: (request: FastifyRequest) => Promise<SessionPerson | null>
      /** Gives the person's browser the session; null takes it away. */
      set: (reply: FastifyReply, token: string | null) => void
    }
    /** onRequest: lets only people through who have signed in. */
    requirePerson: (request: FastifyRequest) => Promise<void>
    /** onRequest: lets only users through who have signed in. */
    requireUser: (request: FastifyRequest) => Promise<void>
  }
  interface FastifyRequest {
    /** Who has signed in and asks; null for a token, or nobody. */
    person: SessionPerson | null
  }
}

const COOKIE = 'sluice_session'

async function people(app: FastifyInstance) {
  const { adminDatabase: pool, clock, config } = app
  // Only these routes look at cookies: nothing is parsed for the others.
  await app.register(cookie, { hook: false })
  const made = createPeople({ pool, clock, config, sharedFailures: () => app.shared?.failures ?? null })
  const maxAge = Math.floor(config.sessionTtlMs / 1000)
  app.decorate('people', made.people)
  app.decorate('consoleLinks', made.consoleLinks)
  app.decorateRequest('person', null)

  const tokenOf = ({ headers }: FastifyRequest) => app.parseCookie(headers.cookie ?? '')[COOKIE] ?? ''
  const personOf = (request: FastifyRequest) =>
    personBehind(made.people, { token: tokenOf(request), method: request.method, headers: request.headers })

  function set(reply: FastifyReply, token: string | null): void {
    const { protocol } = reply.request
    const rules = { path: '/', httpOnly: true, sameSite: 'strict', secure: protocol === 'https' } as const
    if (token === null) void reply.clearCookie(COOKIE, rules)
    else void reply.setCookie(COOKIE, token, { ...rules, maxAge })
  }

  app.decorate('sessions', { tokenOf, personOf, set })
  app.decorate('requirePerson', async (request) => {
    request.person = signedIn(await personOf(request))
  })
  app.decorate('requireUser', async (request) => {
    request.person = signedIn(await personOf(request))
    refuseOperators(request.person)
  })
}

export default fp(people, { name: 'people', fastify: '5.x', dependencies: ['config', 'database', 'errors'] })
