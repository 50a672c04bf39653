/** Plain JSON Schema, which describes these routes and checks nothing: each reads what it needs by itself. */
export const text = { type: 'string' } as const
export const textOrNull = { type: ['string', 'null'] } as const
export const object = (properties: object, required = Object.keys(properties)) => ({ type: 'object', properties, required })

const UNTOUCHED = 'passes to the upstream as it is'

/** What a request to be forwarded has, as far as something is decided by it. */
export const FORWARDED = {
  headers: object(
    {
      'anthropic-version': { ...text, description: `${UNTOUCHED}; 2023-06-01 when it is missing` },
      'anthropic-beta': { ...text, description: UNTOUCHED },
      'x-claude-code-session-id': { ...text, description: 'of a session, which stays at one account' }
    },
    []
  ),
  body: {
    ...object({ model: text, stream: { type: 'boolean' }, metadata: { type: 'object' } }, ['model']),
    description: "what Anthropic's API takes: all of it passes to the upstream, unchanged but for the name of a mapped model"
  },
  refuses: {
    404: 'The key may not use the model, or the thread that the request continues is gone',
    413: 'The body is larger than 32 MiB',
    429: 'Too many requests at once, or a limit is used up',
    502: 'No account got a response',
    503: 'No account serves the model now',
    504: 'The upstream did not begin to answer in time',
    529: 'The upstream is overloaded'
  }
} as const

const amount = { type: 'number', description: 'USD' }
const amountOrNull = { type: ['number', 'null'], description: 'USD' }
const spendingWindow = object({
  limit: amountOrNull,
  used: amount,
  remaining: amountOrNull,
  starts_at: textOrNull,
  resets_at: textOrNull
})
const plan = {
  isValid: { type: 'boolean' },
  planName: text,
  remaining: { ...amount, description: 'USD; -1 is no limit' },
  unit: text,
  used: amount,
  total: amount,
  invalidMessage: text
}
const ALWAYS = ['isValid', 'planName', 'unit']

/** What the holder of a key may still spend. */
export const SPENDING = object(
  {
    ...plan,
    balance: amount,
    expires_at: textOrNull,
    windows: { type: 'object', additionalProperties: spendingWindow },
    key_limits: { type: 'object', additionalProperties: spendingWindow },
    team_limits: { type: 'object', additionalProperties: spendingWindow },
    member_limits: { type: 'object', additionalProperties: spendingWindow },
    plans: { type: 'array', items: object({ ...plan, extra: text }, ALWAYS) }
  },
  [...ALWAYS, 'remaining', 'plans']
)
