import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SIGN_IN_METHODS, type SessionPerson } from '../../services/resources/records/sign-in-sessions.ts'
import { ROLES } from '../../services/resources/users/definition.ts'
import { closed } from '../admin/schemas.ts'

const Role = Type.Enum([...ROLES])
const Credentials = Type.Object(
  {
    email: Type.String({ maxLength: 254, description: 'an e-mail address' }),
    password: Type.String({ maxLength: 256, description: 'a password' })
  },
  closed
)
const SignedIn = Type.Object({ email: Type.String(), role: Role })
const Session = Type.Object({
  name: Type.String({ description: "an e-mail address; an operator's name, who came by a link of `sluice console`" }),
  is_user: Type.Boolean({ description: 'false for an operator by a link, who has nothing of their own' }),
  role: Role,
  method: Type.Enum([...SIGN_IN_METHODS]),
  expires_at: Type.String(),
  clients_url: Type.Union([Type.String(), Type.Null()], {
    description: 'where clients reach the Messages API, without /v1, if CLIENTS_URL says so'
  }),
  clients_port: Type.Union([Type.Integer(), Type.Null()], {
    description: 'the port of the Messages API, if it is another than that of the admin API'
  })
})
const SignInWays = Type.Object({
  password: Type.Literal(true),
  oidc: Type.Boolean({ description: 'whether GET /me/v1/oidc/sign-in leads to a provider' })
})
const ConsoleLink = Type.Object({ code: Type.String({ maxLength: 100, description: 'the code of a link' }) }, closed)

/** Signing in and out. The session's token is in the cookie and nowhere else. */
const signIn: FastifyPluginAsyncTypebox = async (app) => {
  const { clientsUrl } = app.config
  const sessionOf = ({ name, userId, role, method, expiresAt }: SessionPerson) => ({
    name,
    is_user: userId !== null,
    role,
    method,
    expires_at: new Date(expiresAt).toISOString(),
    clients_url: clientsUrl,
    clients_port: app.ports.clientsPort()
  })

  app.post(
    '/sign-in',
    {
      schema: {
        summary: 'Signs a person in, whose session is in a cookie',
        refuses: { 401: 'No such person, or another password' },
        body: Credentials,
        response: { 200: SignedIn }
      }
    },
    async (request, reply) => {
      const { email, password } = request.body
      const { token, person } = await app.people.withPassword(app.operatorOf(request), email, password)
      app.sessions.set(reply, token)
      return await reply.header('cache-control', 'no-store').send({ email: person.name, role: person.role })
    }
  )

  app.post(
    '/console-link',
    {
      schema: {
        summary: 'Signs an operator in with the code of a link',
        refuses: { 401: 'The code is unknown, used up or expired', 429: 'Too many failed sign-ins' },
        body: ConsoleLink,
        response: { 200: Session }
      }
    },
    async (request, reply) => {
      const token = await app.consoleLinks.redeem(app.operatorOf(request), request.body.code)
      app.sessions.set(reply, token)
      const person = await app.people.personOf(token)
      return await reply.header('cache-control', 'no-store').send(sessionOf(person!))
    }
  )

  app.get(
    '/sign-in',
    { schema: { summary: 'Tells in which ways one can sign in', response: { 200: SignInWays } } },
    async () => ({ password: true as const, oidc: app.oidc !== null })
  )

  app.get(
    '/session',
    {
      schema: {
        summary: 'Shows whose session it is',
        security: [{ session: [] }],
        response: { 200: Session },
        refuses: { 401: 'There is no session, or it has ended' }
      },
      onRequest: app.requirePerson
    },
    async ({ person }, reply) => await reply.header('cache-control', 'no-store').send(sessionOf(person!))
  )

  app.post(
    '/sign-out',
    { schema: { summary: 'Ends the own session', response: { 204: Type.Null() } } },
    async (request, reply) => {
      // Also when the session is over already.
      await app.people.end(app.sessions.tokenOf(request))
      app.sessions.set(reply, null)
      return await reply.code(204).send(null)
    }
  )
}

export default signIn
