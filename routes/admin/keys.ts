import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { rowSchema } from '../../services/resources/definition.ts'
import { keys as definition } from '../../services/resources/keys/definition.ts'
import { addKey, keyResource, revokeKey, rotateKey } from '../../services/resources/keys/keys.ts'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { findRow } from '../../services/resources/rows.ts'
import { KEY_TEST } from '../key-tests.ts'
import { IF_MATCH, resourceRoutes, targetOf, withMore } from '../resource-routes.ts'
import { ID_OR_NAME } from './paging.ts'
import { closed } from './schemas.ts'

const Key = rowSchema(definition) as TSchema
export const SECRET = { key: Type.String() }

export const Rotation = Type.Object(
  { overlap_s: Type.Optional(Type.Integer({ minimum: 0, maximum: 604_800, description: 'an integer from 0 to 604800' })) },
  closed
)

/** Client keys. The secret of one is in the response to what made it, and nowhere else. */
const keys: FastifyPluginAsyncTypebox = async (app) => {
  const { changed } = resourceRoutes(app, keyResource, {
    remove: false,
    onceSchema: SECRET,
    async create(request, entry) {
      const { row, secret } = await addKey(app.operatorOf(request), entry)
      return { row, once: { key: secret } }
    }
  })

  app.post(
    '/keys/:id/rotate',
    {
      schema: {
        summary: 'Gives a key a new secret; the old one may last for a while',
        params: ID_OR_NAME,
        headers: IF_MATCH,
        body: Rotation,
        response: { 200: withMore(Key, SECRET) }
      }
    },
    async (request, reply) => {
      const { overlap_s: overlapS = 0 } = request.body
      const { row, secret } = await rotateKey(app.operatorOf(request), targetOf(request), overlapS)
      return await changed(reply.header('cache-control', 'no-store'), row, { key: secret })
    }
  )

  app.post(
    '/keys/:id/test',
    { schema: { summary: 'Sends a message of one token as a key, which pays for it', params: ID_OR_NAME, ...KEY_TEST } },
    async (request) => {
      const { id } = request.params
      const row = await findRow(app.adminDatabase, definition, id)
      if (row === null) throw unknownId('key', id)
      const { actor } = app.operatorOf(request)
      const tested = await app.testKey(id, { ...request.body, address: request.ip, by: actor })
      if (tested === null) throw unknownId('key', id)
      // It is somebody else's money.
      const { exchange_id, status } = tested
      await app.audit(request, 'key.tested', `key ${definition.nameOf(row)}`, { exchange_id, status })
      return tested
    }
  )

  app.post(
    '/keys/:id/revoke',
    { schema: { summary: 'Revokes a key for good', params: ID_OR_NAME, headers: IF_MATCH, response: { 200: Key } } },
    async (request, reply) => changed(reply, await revokeKey(app.operatorOf(request), targetOf(request)))
  )
}

export default keys
