import type { Schema } from '../../platform/json-schema.ts'

const AMOUNT: Schema = {
  anyOf: [
    { type: 'number', minimum: 0, maximum: 1_000_000 },
    { type: 'string', pattern: '^\\d{1,7}(?:\\.\\d{1,9})?$' }
  ],
  description: 'an amount of USD ≥ 0 with at most 9 decimals'
}

/** What tokens of each kind cost. */
export const TOKEN_PRICES = {
  input: AMOUNT,
  output: AMOUNT,
  cache_write_5m: AMOUNT,
  cache_write_1h: AMOUNT,
  cache_read: AMOUNT
} as const

export const MODEL_ID = { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$', description: 'the id of a model' } as const

const TIER = { ...TOKEN_PRICES, prompt_tokens_above: { type: 'integer', minimum: 0 } }

/** USD for a million tokens; `more` is what the objects say of other fields. */
export function ratesSchema(more: { additionalProperties?: false }): Schema {
  const object = (properties: object, required: object, description: string) => ({
    type: 'object',
    properties,
    required: Object.keys(required),
    description,
    ...more
  })
  const fast = object(TOKEN_PRICES, TOKEN_PRICES, 'prices of the fast mode')
  const tiers = { type: 'array', items: object(TIER, TIER, 'prices'), maxItems: 10, description: 'prices of large prompts' }
  return object({ ...TOKEN_PRICES, fast, tiers }, TOKEN_PRICES, 'prices')
}
