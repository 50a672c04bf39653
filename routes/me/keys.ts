import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { changeKey, reportOfKey, revokeKey, rotateKey, type ListedKey, type NewSecret } from '../../services/admin/keys.ts'
import { etagOf } from '../../services/admin/operator-changes.ts'
import { addOwnKey, findOwnKey, refuseRenaming } from '../../services/admin/own-keys.ts'
import { pageKeys } from '../../services/records/client-keys.ts'
import { DesiredKey } from '../../services/set-up/declarative-schema.ts'
import { Key, KeyWithSecret, Rotation } from '../admin/keys.ts'
import { answerPage, pageOf, pageRequest, PAGING, ROW_ID } from '../admin/paging.ts'
import { closed } from '../admin/schemas.ts'
import { personOf } from './person.ts'

const { name, group, status, expires_at: expiresAt } = DesiredKey.properties

const NewKey = Type.Object({ name, group, expires_at: expiresAt }, closed)
const KeyChanges = Type.Object({ name: Type.Optional(name), status }, closed)
const Paging = Type.Object(PAGING, closed)

/** A person's own keys. Their limits are the operator's: a rotation keeps them, and nothing here changes them. */
const keys: FastifyPluginAsyncTypebox = async (app) => {
  const onWire = (key: ListedKey) => reportOfKey(key, app.clock.now())

  async function targetOf(request: FastifyRequest, id: string) {
    await findOwnKey(app.adminDatabase, personOf(request), id)
    return { id, ifMatch: request.headers['if-match'] }
  }

  async function changed(reply: FastifyReply, key: ListedKey) {
    app.bus.publish('directory')
    return await reply.header('etag', etagOf(key)).send(onWire(key))
  }

  async function showOnce(reply: FastifyReply, { key, secret }: NewSecret) {
    app.bus.publish('directory')
    void reply.header('etag', etagOf(key)).header('cache-control', 'no-store')
    return await reply.send({ ...onWire(key), key: secret })
  }

  app.get('/keys', { schema: { querystring: Paging, response: { 200: pageOf(Key) } } }, async (request) => {
    const filters = { userEmail: personOf(request).email }
    return await answerPage(pageKeys(app.adminDatabase, filters, pageRequest(request.query)), onWire)
  })

  app.get('/keys/:id', { schema: { params: ROW_ID, response: { 200: Key } } }, async (request, reply) => {
    const key = await findOwnKey(app.adminDatabase, personOf(request), request.params.id)
    return await reply.header('etag', etagOf(key)).send(onWire(key))
  })

  app.post('/keys', { schema: { body: NewKey, response: { 201: KeyWithSecret } } }, async (request, reply) =>
    showOnce(reply.code(201), await addOwnKey(app.operatorOf(request), personOf(request), request.body))
  )

  app.patch('/keys/:id', { schema: { params: ROW_ID, body: KeyChanges, response: { 200: Key } } }, async (request, reply) => {
    const { params, body } = request
    const key = await findOwnKey(app.adminDatabase, personOf(request), params.id)
    if (body.name !== undefined && body.name !== key.name) refuseRenaming(key)
    const target = { id: params.id, ifMatch: request.headers['if-match'] }
    return await changed(reply, await changeKey(app.operatorOf(request), { ...target, changes: body }))
  })

  app.post(
    '/keys/:id/rotate',
    { schema: { params: ROW_ID, body: Rotation, response: { 200: KeyWithSecret } } },
    async (request, reply) => {
      const target = await targetOf(request, request.params.id)
      const { overlap_s: overlapS = 0 } = request.body
      return await showOnce(reply, await rotateKey(app.operatorOf(request), { ...target, overlapS }))
    }
  )

  app.post('/keys/:id/revoke', { schema: { params: ROW_ID, response: { 200: Key } } }, async (request, reply) => {
    const target = await targetOf(request, request.params.id)
    return await changed(reply, await revokeKey(app.operatorOf(request), target))
  })
}

export default keys
