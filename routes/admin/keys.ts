import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import {
  addKey,
  changeKey,
  reportOfKey,
  revokeKey,
  rotateKey,
  type ListedKey,
  type NewSecret
} from '../../services/admin/keys.ts'
import { etagOf, unknownId } from '../../services/admin/operator-changes.ts'
import { compileRequestCheck } from '../../services/admin/request-checks.ts'
import { findKey, pageKeys } from '../../services/records/client-keys.ts'
import { DesiredKey, DesiredUser, INSTANT_EXPECTED } from '../../services/set-up/declarative-schema.ts'
import { answerPage, FILTER_TEXT, pageOf, pageRequest, PAGING, ROW_ID } from './paging.ts'

const { name, group, expires_at: expiresAt, status } = DesiredKey.properties
const closed = { additionalProperties: false, description: 'a JSON object' }
const orNull = { description: `${INSTANT_EXPECTED}, or null` }

const NewKey = Type.Object({ user: DesiredUser.properties.email, name, group, expires_at: expiresAt }, closed)
const KeyChanges = Type.Object(
  {
    name: Type.Optional(name),
    group,
    status,
    expires_at: Type.Optional(Type.Union([expiresAt, Type.Null()], orNull))
  },
  closed
)
const Rotation = Type.Object(
  { overlap_s: Type.Optional(Type.Integer({ minimum: 0, maximum: 604_800, description: 'an integer from 0 to 604800' })) },
  closed
)
const Filters = Type.Object(
  {
    ...PAGING,
    user: Type.Optional(FILTER_TEXT),
    group: Type.Optional(FILTER_TEXT),
    status: Type.Optional(Type.Enum(['active', 'disabled', 'revoked'], { description: 'active, disabled or revoked' }))
  },
  closed
)

const TextOrNull = Type.Union([Type.String(), Type.Null()])
const shown = {
  id: Type.String(),
  user_email: Type.String(),
  name: Type.String(),
  group: Type.String(),
  prefix: Type.String(),
  status: Type.String(),
  expires_at: TextOrNull,
  last_used_at: TextOrNull,
  previous_key_until: TextOrNull,
  revoked_at: TextOrNull,
  version: Type.Integer()
}
const Key = Type.Object(shown)
const KeyWithSecret = Type.Object({ ...shown, key: Type.String() })

/** Client keys. A secret is in the answer to what made it, and nowhere else. */
const keys: FastifyPluginAsyncTypebox = async (app) => {
  app.setValidatorCompiler(compileRequestCheck)
  const context = { pool: app.adminDatabase, clock: app.clock }

  async function changed(reply: FastifyReply, key: ListedKey) {
    await app.bus.publish('directory')
    return await reply.header('etag', etagOf(key)).send(reportOfKey(key))
  }

  async function showOnce(reply: FastifyReply, { key, secret }: NewSecret) {
    await app.bus.publish('directory')
    void reply.header('etag', etagOf(key)).header('cache-control', 'no-store')
    return await reply.send({ ...reportOfKey(key), key: secret })
  }

  app.get('/keys', { schema: { querystring: Filters, response: { 200: pageOf(Key) } } }, async ({ query }) => {
    const filters = { userEmail: query.user, groupName: query.group, status: query.status }
    return await answerPage(pageKeys(app.adminDatabase, filters, pageRequest(query)), reportOfKey)
  })

  app.get('/keys/:id', { schema: { params: ROW_ID, response: { 200: Key } } }, async ({ params: { id } }, reply) => {
    const key = await findKey(app.adminDatabase, id)
    if (key === null) throw unknownId('key', id)
    return await reply.header('etag', etagOf(key)).send(reportOfKey(key))
  })

  app.post('/keys', { schema: { body: NewKey, response: { 201: KeyWithSecret } } }, async (request, reply) =>
    showOnce(reply.code(201), await addKey(context, request.body))
  )

  app.patch('/keys/:id', { schema: { params: ROW_ID, body: KeyChanges, response: { 200: Key } } }, async (request, reply) => {
    const { params, headers, body } = request
    return await changed(reply, await changeKey(context, { id: params.id, ifMatch: headers['if-match'], changes: body }))
  })

  app.post(
    '/keys/:id/rotate',
    { schema: { params: ROW_ID, body: Rotation, response: { 200: KeyWithSecret } } },
    async ({ params, headers, body: { overlap_s: overlapS = 0 } }, reply) =>
      showOnce(reply, await rotateKey(context, { id: params.id, ifMatch: headers['if-match'], overlapS }))
  )

  app.post('/keys/:id/revoke', { schema: { params: ROW_ID, response: { 200: Key } } }, async ({ params, headers }, reply) =>
    changed(reply, await revokeKey(context, { id: params.id, ifMatch: headers['if-match'] }))
  )
}

export default keys
