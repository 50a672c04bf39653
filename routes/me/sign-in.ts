import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { closed } from '../admin/schemas.ts'

const Credentials = Type.Object(
  {
    email: Type.String({ maxLength: 254, description: 'an e-mail address' }),
    password: Type.String({ maxLength: 256, description: 'a password' })
  },
  closed
)
const SignedIn = Type.Object({ email: Type.String(), role: Type.String() })

/** Signing in and out. The session's token is in the cookie and nowhere else. */
const signIn: FastifyPluginAsyncTypebox = async (app) => {
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
      app.setSession(reply, token)
      return await reply.header('cache-control', 'no-store').send({ email: person.email, role: person.role })
    }
  )

  app.post(
    '/sign-out',
    { schema: { summary: 'Ends the own session', response: { 204: Type.Null() } } },
    async (request, reply) => {
      // Also when the session is over already.
      await app.people.end(app.sessionTokenOf(request))
      app.setSession(reply, null)
      return await reply.code(204).send(null)
    }
  )
}

export default signIn
