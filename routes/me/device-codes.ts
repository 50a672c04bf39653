import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { NAME } from '../../services/resources/field.ts'
import { listDeviceGroups } from '../../services/resources/sign-in/device-key.ts'
import { closed, TextOrNull } from '../admin/schemas.ts'
import { personOf } from './person.ts'

const USER_CODE = Type.Object({
  user_code: Type.String({ minLength: 1, maxLength: 50, description: 'the code that it shows, such as BCDF-GHJK' })
})
const Waiting = Type.Object({
  user_code: Type.String(),
  client: Type.Union([Type.String(), Type.Null()], { description: 'what it calls itself, such as `claude_code`' }),
  client_address: TextOrNull,
  user_agent: TextOrNull,
  created_at: Type.String(),
  expires_at: Type.String(),
  groups: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.Enum(['balance', 'subscription'], { description: 'what pays for its use' })
    }),
    { description: 'what the person may let it use' }
  )
})
const Approval = Type.Object(
  { group: Type.Optional(Type.Unsafe<string>({ ...NAME, meaning: 'the group that it may use; `default` when left out' })) },
  closed
)
const REFUSES = { 404: 'Nothing waits under the code', 429: 'Too many codes were tried' }

/** Tools that ask to be signed in as whoever lets them in. */
const deviceCodes: FastifyPluginAsyncTypebox = async (app) => {
  const by = (request: FastifyRequest) => ({ context: app.operatorOf(request), person: personOf(request) })

  app.get(
    '/device-codes/:user_code',
    {
      schema: {
        summary: 'Shows what asks to be signed in, from where',
        params: USER_CODE,
        response: { 200: Waiting },
        refuses: REFUSES
      }
    },
    async (request, reply) => {
      const found = await app.deviceSignIn.find(by(request), request.params.user_code)
      const groups = await listDeviceGroups(app.adminDatabase, personOf(request), app.clock.now())
      return await reply.header('cache-control', 'no-store').send({
        user_code: found.userCode,
        client: found.client,
        client_address: found.clientAddress,
        user_agent: found.userAgent,
        created_at: new Date(found.createdAt).toISOString(),
        expires_at: new Date(found.expiresAt).toISOString(),
        groups
      })
    }
  )

  app.post(
    '/device-codes/:user_code/approve',
    {
      schema: {
        summary: 'Signs it in as the person, to use a group of theirs',
        params: USER_CODE,
        body: Approval,
        response: { 204: Type.Null() },
        refuses: { ...REFUSES, 403: 'The person may have no key in the group', 409: 'Somebody has decided meanwhile' }
      }
    },
    async (request, reply) => {
      const { params, body } = request
      await app.deviceSignIn.approve(by(request), params.user_code, body.group ?? 'default')
      app.bus.publish('directory')
      return await reply.code(204).send(null)
    }
  )

  app.post(
    '/device-codes/:user_code/deny',
    {
      schema: {
        summary: 'Refuses to sign it in',
        params: USER_CODE,
        response: { 204: Type.Null() },
        refuses: { ...REFUSES, 409: 'Somebody has decided meanwhile' }
      }
    },
    async (request, reply) => {
      await app.deviceSignIn.deny(by(request), request.params.user_code)
      return await reply.code(204).send(null)
    }
  )
}

export default deviceCodes
