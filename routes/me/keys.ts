import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { changeSchema, createSchema, rowSchema } from '../../services/resources/definition.ts'
import { keys as definition, type DesiredKey } from '../../services/resources/keys/definition.ts'
import { keyResource, revokeKey, rotateKey } from '../../services/resources/keys/keys.ts'
import { addOwnKey, findOwnKey, keyHolder, listOpenGroups, refuseRenaming } from '../../services/resources/keys/own-keys.ts'
import { changeResource } from '../../services/resources/operate.ts'
import { pageRows } from '../../services/resources/rows.ts'
import { Rotation, SECRET } from '../admin/keys.ts'
import { listing, pageRequest, pageResponse, PAGING, ROW_ID } from '../admin/paging.ts'
import { closed } from '../admin/schemas.ts'
import { responsesOf, IF_MATCH, targetOf, withMore } from '../resource-routes.ts'
import { KEY_TEST } from '../key-tests.ts'
import { personOf } from './person.ts'

const Key = rowSchema(definition, 'owner') as TSchema
const KeyWithSecret = withMore(Key, SECRET)
type OwnLimits = 'own_expires_at' | 'own_allowed_ips' | 'own_allowed_models' | 'own_spend_limits'
/** Whose keys are meant, where that is not whoever asks. */
const HOLDER = {
  type: 'string',
  maxLength: 254,
  description: 'the address of a service user that belongs to the person',
  meaning: 'a service user of the person’s, instead of themselves'
}
const ownEntry = createSchema(definition, 'owner')
const NewKey = Type.Unsafe<Pick<DesiredKey, 'name' | 'group' | 'expires_at' | OwnLimits> & { user?: string }>({
  ...ownEntry,
  properties: { ...(ownEntry['properties'] as object), user: HOLDER }
})
const KeyChanges = Type.Unsafe<Partial<Pick<DesiredKey, 'name' | 'status' | OwnLimits>>>(changeSchema(definition, 'owner'))
const REFUSES = { 409: 'There is a key of that name, or none can be given another name' }
const Holder = { user: Type.Optional(Type.Unsafe<string>(HOLDER)) }
const Paging = Type.Object({ ...PAGING, ...Holder }, closed)
const OpenGroup = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['balance', 'subscription'], { description: 'what pays for its keys' }),
  keys_until: Type.Union([Type.String(), Type.Null()], {
    description: 'the latest expires_at of a new key, which must then have one; null: it needs none'
  })
})

/** A person's own keys. What operators have limited stays: their owner can only narrow it further, and a rotation keeps both. */
const keys: FastifyPluginAsyncTypebox = async (app) => {
  const { onWire, show, changed } = responsesOf(app, keyResource)

  async function ownTargetOf(request: FastifyRequest & { params: { id: string } }) {
    await findOwnKey(app.adminDatabase, personOf(request), request.params.id)
    return targetOf(request)
  }

  app.get('/keys', listing('Lists own keys, or those of an own service user', Key, Paging), async (request) => {
    const { user, ...page } = request.query
    const { email } = await keyHolder(app.adminDatabase, personOf(request), user)
    return await pageResponse(pageRows(app.adminDatabase, definition, { user: email }, pageRequest(page)), onWire)
  })

  app.get(
    '/groups',
    listing('Lists the groups in which one, or an own service user, may have a new key', OpenGroup, Paging),
    async (request) => {
      const holder = await keyHolder(app.adminDatabase, personOf(request), request.query.user)
      const groups = await listOpenGroups(app.adminDatabase, holder, app.clock.now())
      const data = groups.map(({ name, kind, keysUntil }) => ({
        name,
        kind,
        keys_until: keysUntil === null ? null : new Date(keysUntil).toISOString()
      }))
      return { data, next_cursor: null }
    }
  )

  app.get(
    '/keys/:id',
    { schema: { summary: 'Shows an own key, without its secret', params: ROW_ID, response: { 200: Key } } },
    async (request, reply) => show(reply, await findOwnKey(app.adminDatabase, personOf(request), request.params.id))
  )

  app.post(
    '/keys',
    {
      schema: {
        summary: 'Creates an own key, whose secret is shown this once',
        refuses: REFUSES,
        body: NewKey,
        response: { 201: KeyWithSecret }
      }
    },
    async (request, reply) => {
      const { user, ...entry } = request.body
      const holder = await keyHolder(app.adminDatabase, personOf(request), user)
      const { row, secret } = await addOwnKey(app.operatorOf(request), holder, entry)
      return await changed(reply.code(201).header('cache-control', 'no-store'), row, { key: secret })
    }
  )

  app.patch(
    '/keys/:id',
    {
      schema: {
        summary: 'Changes an own key',
        params: ROW_ID,
        headers: IF_MATCH,
        refuses: REFUSES,
        body: KeyChanges,
        response: { 200: Key }
      }
    },
    async (request, reply) => {
      const { params, body } = request
      const key = await findOwnKey(app.adminDatabase, personOf(request), params.id)
      if (body.name !== undefined && body.name !== key.name) refuseRenaming(key)
      return await changed(reply, await changeResource(app.operatorOf(request), keyResource, targetOf(request), body))
    }
  )

  app.post(
    '/keys/:id/rotate',
    {
      schema: {
        summary: 'Gives an own key a new secret; the old one may last for a while',
        params: ROW_ID,
        headers: IF_MATCH,
        body: Rotation,
        response: { 200: KeyWithSecret }
      }
    },
    async (request, reply) => {
      const { overlap_s: overlapS = 0 } = request.body
      const { row, secret } = await rotateKey(app.operatorOf(request), await ownTargetOf(request), overlapS)
      return await changed(reply.header('cache-control', 'no-store'), row, { key: secret })
    }
  )

  app.post(
    '/keys/:id/test',
    { schema: { summary: 'Sends a message of one token as an own key, which pays for it', params: ROW_ID, ...KEY_TEST } },
    async (request) => {
      const { email } = personOf(request)
      const { id } = await findOwnKey(app.adminDatabase, personOf(request), request.params.id)
      const tested = await app.testKey(id, { ...request.body, address: request.ip, by: email })
      if (tested === null) throw unknownId('key', id)
      return tested
    }
  )

  app.post(
    '/keys/:id/revoke',
    { schema: { summary: 'Revokes an own key for good', params: ROW_ID, headers: IF_MATCH, response: { 200: Key } } },
    async (request, reply) => changed(reply, await revokeKey(app.operatorOf(request), await ownTargetOf(request)))
  )
}

export default keys
