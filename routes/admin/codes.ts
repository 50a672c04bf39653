import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { etagOf, unknownId } from '../../services/admin/operator-changes.ts'
import { redeemCode } from '../../services/codes/redeem.ts'
import { actOnCode, addCodes, reportOfCode } from '../../services/codes/redeem-codes.ts'
import { findCode, pageCodes, type RedeemCode } from '../../services/records/redeem-codes.ts'
import type { Versioned } from '../../services/records/versioned.ts'
import { groups } from '../../services/resources/groups/definition.ts'
import { INSTANT_EXPECTED } from '../../services/resources/field.ts'
import { subscriptions } from '../../services/resources/subscriptions/definition.ts'
import { IF_MATCH } from '../resource-routes.ts'
import { answerPage, pageOf, pageRequest, PAGING, ROW_ID } from './paging.ts'
import { closed, Note, orNull, TextOrNull } from './schemas.ts'

const kind = Type.Enum(['balance', 'subscription'], { description: 'balance or subscription' })
const { starts_at, group, days } = subscriptions.fields
const expiresAt = Type.Optional(Type.Unsafe<string>(starts_at.schema))

const NewCodes = Type.Object(
  {
    kind,
    amount_usd: Type.Optional(Type.Unsafe<string>(groups.fields.daily_limit_usd.schema)),
    group: Type.Optional(Type.Unsafe<string>(group.schema)),
    days: Type.Optional(Type.Unsafe<number>(days.schema)),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'an integer from 1 to 1000' })), // 1
    expires_at: expiresAt, // never
    note: Type.Optional(Note) // none
  },
  closed
)
const CodeChanges = Type.Object({ expires_at: orNull(expiresAt, INSTANT_EXPECTED), note: orNull(Note) }, closed)
const Filters = Type.Object(
  {
    ...PAGING,
    kind: Type.Optional(kind),
    status: Type.Optional(
      Type.Enum(['open', 'redeemed', 'revoked', 'expired'], { description: 'open, redeemed, revoked or expired' })
    )
  },
  closed
)

const Code = Type.Object({
  id: Type.String(),
  hint: Type.String(),
  kind: Type.String(),
  amount_usd: TextOrNull,
  group: TextOrNull,
  days: Type.Union([Type.Integer(), Type.Null()]),
  status: Type.String(),
  note: TextOrNull,
  expires_at: TextOrNull,
  created_at: TextOrNull,
  revoked_at: TextOrNull,
  redeemed_at: TextOrNull,
  redeemed_by: TextOrNull,
  version: Type.Integer()
})
const MadeCodes = Type.Object({ data: Type.Array(Type.Object({ code: Type.String(), ...Code.properties })) })

/** A code as it is typed in. */
export const TypedCode = Type.Object(
  { code: Type.String({ minLength: 1, maxLength: 100, description: 'a code such as SLC-7QK2M-…' }) },
  closed
)

export const Redeemed = Type.Object({
  kind: Type.String(),
  amount_usd: TextOrNull,
  balance_usd: TextOrNull,
  group: TextOrNull,
  days: Type.Union([Type.Integer(), Type.Null()]),
  expires_at: TextOrNull
})

/** Codes that people redeem once, for balance or days of a subscription. */
const codes: FastifyPluginAsyncTypebox = async (app) => {
  const onWire = (code: Versioned<RedeemCode>) => reportOfCode(code, app.clock.now())
  const answer = (reply: FastifyReply, code: Versioned<RedeemCode>) => reply.header('etag', etagOf(code)).send(onWire(code))

  app.get(
    '/codes',
    { schema: { summary: 'Lists redeem codes, newest first', querystring: Filters, response: { 200: pageOf(Code) } } },
    async ({ query }) => {
      const filters = { kind: query.kind, status: query.status, now: app.clock.now() }
      return await answerPage(pageCodes(app.adminDatabase, filters, pageRequest(query)), onWire)
    }
  )

  app.get(
    '/codes/:id',
    { schema: { summary: 'Shows a redeem code, without its text', params: ROW_ID, response: { 200: Code } } },
    async ({ params: { id } }, reply) => {
      const code = await findCode(app.adminDatabase, id)
      if (code === null) throw unknownId('code', id)
      return await answer(reply, code)
    }
  )

  app.post(
    '/codes',
    {
      schema: { summary: 'Makes redeem codes, whose texts are shown this once', body: NewCodes, response: { 201: MadeCodes } }
    },
    async (request, reply) => {
      const { count = 1, note = null, expires_at: expires, ...good } = request.body
      const made = await addCodes(app.operatorOf(request), {
        ...good,
        count,
        note,
        expiresAt: expires === undefined ? null : Date.parse(expires)
      })
      const data = made.map(({ code, row }) => ({ code, ...onWire(row) }))
      return await reply.code(201).header('cache-control', 'no-store').send({ data })
    }
  )

  app.patch(
    '/codes/:id',
    {
      schema: {
        summary: 'Changes when a redeem code expires, or its note',
        params: ROW_ID,
        headers: IF_MATCH,
        body: CodeChanges,
        response: { 200: Code }
      }
    },
    async (request, reply) => {
      const { expires_at: expires, note } = request.body
      const changes = {
        ...(note === undefined ? {} : { note }),
        ...(expires === undefined ? {} : { expiresAt: expires === null ? null : new Date(expires) })
      }
      const target = { id: request.params.id, ifMatch: request.headers['if-match'] }
      return await answer(reply, await actOnCode(app.operatorOf(request), { ...target, act: 'change', changes }))
    }
  )

  app.post(
    '/codes/:id/revoke',
    { schema: { summary: 'Revokes a redeem code', params: ROW_ID, headers: IF_MATCH, response: { 200: Code } } },
    async (request, reply) => {
      const target = { id: request.params.id, ifMatch: request.headers['if-match'] }
      return await answer(reply, await actOnCode(app.operatorOf(request), { ...target, act: 'revoke' }))
    }
  )

  app.post(
    '/users/:id/redeem',
    { schema: { summary: 'Redeems a code for a user', params: ROW_ID, body: TypedCode, response: { 200: Redeemed } } },
    async (request) => {
      const redeemed = await redeemCode(app.operatorOf(request), request.params.id, request.body.code)
      app.bus.publish('directory')
      return redeemed
    }
  )
}

export default codes
