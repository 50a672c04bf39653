import { Type } from '@fastify/type-provider-typebox'
import { closed } from './admin/schemas.ts'

export const KEY_TEST = {
  body: Type.Object(
    { model: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'the id of a model' })) },
    closed
  ),
  response: {
    200: Type.Object({
      ok: Type.Boolean(),
      status: Type.Integer({ description: 'what a client would have been answered with' }),
      exchange_id: Type.String(),
      model: Type.String({ description: 'the one that was asked for' }),
      duration_ms: Type.Number(),
      cost_usd: Type.Union([Type.String(), Type.Null()], { description: 'list cost; null where none is on record yet' }),
      error: Type.Union([Type.Object({ type: Type.String(), message: Type.String() }), Type.Null()], {
        description: 'what a client would have been told'
      })
    })
  },
  refuses: { 429: 'Keys were tested too often in the last minute' }
}
