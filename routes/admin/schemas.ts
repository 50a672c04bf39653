import type { SessionsWaiting } from '../../services/gateway/slots/slots.ts'
import { Type, type TSchema } from 'typebox'

/** A body that has no other fields than these. */
export const closed = { additionalProperties: false, description: 'a JSON object' }

/** What a change may take away. */
export const orNull = <T extends TSchema & { description?: string }>(schema: T, expected = schema.description ?? '') =>
  Type.Optional(Type.Union([schema, Type.Null()], { description: `${expected}, or null` }))

export const TextOrNull = Type.Union([Type.String(), Type.Null()])

/** What is counted of attempts, besides money. */
/** Of a user's row: which of their sessions wait for a slot. */
export const WAITING_SESSIONS = {
  waiting_sessions: Type.Array(
    Type.Object({
      session: Type.Union([Type.String(), Type.Null()], {
        description: "the start of the session's hash, as in exchanges, or of the key's where none is named; null: not told"
      }),
      waiting: Type.Integer()
    }),
    { description: 'the sessions with most requests that wait for a slot of the user' }
  ),
  waiting_sessions_left_out: Type.Integer()
}

export const waitingSessionsOnWire = ({ count, busiest }: SessionsWaiting) => ({
  waiting_sessions: [...busiest],
  waiting_sessions_left_out: count - busiest.length
})

export const USAGE_COUNTS = {
  requests: Type.Integer(),
  errors: Type.Integer(),
  input_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  cache_creation_tokens: Type.Integer(),
  cache_read_tokens: Type.Integer()
}

/** What a change is asked to be, or not. */
export const FLAG = Type.Optional(Type.Boolean({ description: 'true or false' }))

/** Shorter ones are guessed; longer ones are no safer. */
export const Password = Type.String({ minLength: 12, maxLength: 256, description: '12 to 256 characters long' })

/** Why something was done. */
export const Note = Type.String({ pattern: '^[^\\x00-\\x1f]{1,500}$', description: 'a line of 1 to 500 characters' })
