import { Type, type TSchema } from 'typebox'

/** A body that has no other fields than these. */
export const closed = { additionalProperties: false, description: 'a JSON object' }

/** What a change may take away. */
export const orNull = <T extends TSchema & { description?: string }>(schema: T, expected = schema.description ?? '') =>
  Type.Optional(Type.Union([schema, Type.Null()], { description: `${expected}, or null` }))

export const TextOrNull = Type.Union([Type.String(), Type.Null()])

/** What is counted of attempts, besides money. */
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
