import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { codeResource, addCodes, revokeCode } from '../../services/resources/codes/codes.ts'
import { codes as definition } from '../../services/resources/codes/definition.ts'
import { redeemCode } from '../../services/resources/codes/redeem.ts'
import { createSchema, rowSchema, type Values } from '../../services/resources/definition.ts'
import { IF_MATCH, resourceRoutes, targetOf, withMore } from '../resource-routes.ts'
import { ID_OR_NAME, ROW_ID } from './paging.ts'
import { closed, TextOrNull } from './schemas.ts'

const Code = rowSchema(definition) as TSchema
const MadeCodes = Type.Object({ data: Type.Array(withMore(Code, { code: Type.String() })) })

/** A code as it is typed in. */
const TypedCode = Type.Object(
  { code: Type.String({ minLength: 1, maxLength: 100, description: 'a code such as SLC-7QK2M-…' }) },
  closed
)

const Redeemed = Type.Object({
  kind: Type.String(),
  amount_usd: TextOrNull,
  balance_usd: TextOrNull,
  group: TextOrNull,
  days: Type.Union([Type.Integer(), Type.Null()]),
  expires_at: TextOrNull
})

export const REDEEM = { body: TypedCode, response: { 200: Redeemed }, refuses: { 409: 'It is redeemed, revoked or expired' } }

/** Codes that people redeem once, for balance or days of a subscription. */
const codes: FastifyPluginAsyncTypebox = async (app) => {
  const { changed } = resourceRoutes(app, codeResource, { create: false, remove: false })

  app.post(
    '/codes',
    {
      schema: {
        summary: 'Makes redeem codes, whose texts are shown this once',
        body: Type.Unsafe<Values>(createSchema(definition)),
        response: { 201: MadeCodes }
      }
    },
    async (request, reply) => {
      const data = (await addCodes(app.operatorOf(request), request.body)).map(({ code, row }) => ({ code, ...row }))
      return await reply.code(201).header('cache-control', 'no-store').send({ data })
    }
  )

  app.post(
    '/codes/:id/revoke',
    { schema: { summary: 'Revokes a redeem code', params: ROW_ID, headers: IF_MATCH, response: { 200: Code } } },
    async (request, reply) => changed(reply, await revokeCode(app.operatorOf(request), targetOf(request)))
  )

  app.post(
    '/users/:id/redeem',
    { schema: { ...REDEEM, summary: 'Redeems a code for a user', params: ID_OR_NAME } },
    async (request) => {
      const redeemed = await redeemCode(app.operatorOf(request), request.params.id, request.body.code)
      app.bus.publish('directory')
      return redeemed
    }
  )
}

export default codes
