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
import { findKey, pageKeys } from '../../services/records/client-keys.ts'
import { DesiredKey, INSTANT_EXPECTED, LIMIT_EXPECTED } from '../../services/set-up/declarative-schema.ts'
import { users } from '../../services/resources/users/definition.ts'
import { answerPage, FILTER_TEXT, pageOf, pageRequest, PAGING, ROW_ID } from './paging.ts'
import { closed, orNull, TextOrNull } from './schemas.ts'

const {
  name,
  group,
  expires_at: expiresAt,
  allowed_ips: allowedIps,
  allowed_models: allowedModels,
  spend_limits: spendLimits,
  status
} = DesiredKey.properties

const NewKey = Type.Object(
  {
    user: Type.Unsafe<string>(users.fields.email.schema),
    name,
    group,
    expires_at: expiresAt,
    allowed_ips: allowedIps,
    allowed_models: allowedModels,
    spend_limits: spendLimits
  },
  closed
)
const { daily, weekly, monthly, total } = DesiredKey.properties.spend_limits.properties
const usd = LIMIT_EXPECTED
const LimitChanges = Type.Object(
  { daily: orNull(daily, usd), weekly: orNull(weekly, usd), monthly: orNull(monthly, usd), total: orNull(total, usd) },
  closed
)
const KeyChanges = Type.Object(
  {
    name: Type.Optional(name),
    group,
    status,
    expires_at: orNull(expiresAt, INSTANT_EXPECTED),
    allowed_ips: orNull(allowedIps, 'a list of 1 to 100 addresses or networks such as 10.0.0.0/8'),
    allowed_models: orNull(allowedModels, 'a list of 1 to 100 ids of models'),
    spend_limits: Type.Optional(LimitChanges)
  },
  closed
)
export const Rotation = Type.Object(
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

const ListOrNull = Type.Union([Type.Array(Type.String()), Type.Null()])
const shown = {
  id: Type.String(),
  user_email: Type.String(),
  name: Type.String(),
  group: Type.String(),
  prefix: Type.String(),
  status: Type.String(),
  expires_at: TextOrNull,
  allowed_ips: ListOrNull,
  allowed_models: ListOrNull,
  spend_limits: Type.Object({ daily: TextOrNull, weekly: TextOrNull, monthly: TextOrNull, total: TextOrNull }),
  spending: Type.Array(
    Type.Object({
      kind: Type.String(),
      limit_usd: TextOrNull,
      used_usd: Type.String(),
      started_at: TextOrNull,
      resets_at: TextOrNull
    })
  ),
  last_used_at: TextOrNull,
  previous_key_until: TextOrNull,
  revoked_at: TextOrNull,
  version: Type.Integer()
}
export const Key = Type.Object(shown)
export const KeyWithSecret = Type.Object({ ...shown, key: Type.String() })

/** Client keys. A secret is in the answer to what made it, and nowhere else. */
const keys: FastifyPluginAsyncTypebox = async (app) => {
  const onWire = (key: ListedKey) => reportOfKey(key, app.clock.now())

  async function changed(reply: FastifyReply, key: ListedKey) {
    app.bus.publish('directory')
    return await reply.header('etag', etagOf(key)).send(onWire(key))
  }

  async function showOnce(reply: FastifyReply, { key, secret }: NewSecret) {
    app.bus.publish('directory')
    void reply.header('etag', etagOf(key)).header('cache-control', 'no-store')
    return await reply.send({ ...onWire(key), key: secret })
  }

  app.get(
    '/keys',
    { schema: { summary: 'Lists keys', querystring: Filters, response: { 200: pageOf(Key) } } },
    async ({ query }) => {
      const filters = { userEmail: query.user, groupName: query.group, status: query.status }
      return await answerPage(pageKeys(app.adminDatabase, filters, pageRequest(query)), onWire)
    }
  )

  app.get(
    '/keys/:id',
    { schema: { summary: 'Shows a key, without its secret', params: ROW_ID, response: { 200: Key } } },
    async ({ params: { id } }, reply) => {
      const key = await findKey(app.adminDatabase, id)
      if (key === null) throw unknownId('key', id)
      return await reply.header('etag', etagOf(key)).send(onWire(key))
    }
  )

  app.post(
    '/keys',
    { schema: { summary: 'Creates a key, whose secret is shown this once', body: NewKey, response: { 201: KeyWithSecret } } },
    async (request, reply) => showOnce(reply.code(201), await addKey(app.operatorOf(request), request.body))
  )

  app.patch(
    '/keys/:id',
    { schema: { summary: 'Changes a key', params: ROW_ID, body: KeyChanges, response: { 200: Key } } },
    async (request, reply) => {
      const { params, headers, body } = request
      return await changed(
        reply,
        await changeKey(app.operatorOf(request), { id: params.id, ifMatch: headers['if-match'], changes: body })
      )
    }
  )

  app.post(
    '/keys/:id/rotate',
    {
      schema: {
        summary: 'Gives a key a new secret; the old one may last for a while',
        params: ROW_ID,
        body: Rotation,
        response: { 200: KeyWithSecret }
      }
    },
    async (request, reply) => {
      const { params, headers, body } = request
      const { overlap_s: overlapS = 0 } = body
      const target = { id: params.id, ifMatch: headers['if-match'] }
      return await showOnce(reply, await rotateKey(app.operatorOf(request), { ...target, overlapS }))
    }
  )

  app.post(
    '/keys/:id/revoke',
    { schema: { summary: 'Revokes a key for good', params: ROW_ID, response: { 200: Key } } },
    async (request, reply) => {
      const target = { id: request.params.id, ifMatch: request.headers['if-match'] }
      return await changed(reply, await revokeKey(app.operatorOf(request), target))
    }
  )
}

export default keys
