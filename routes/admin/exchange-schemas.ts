import { Type, type TProperties } from 'typebox'
import { ListedEvent } from './lists.ts'
import { TextOrNull } from './schemas.ts'

const CountOrNull = Type.Union([Type.Integer(), Type.Null()])
const FlagOrNull = Type.Union([Type.Boolean(), Type.Null()])

const Formula = Type.Object({
  lines: Type.Array(
    Type.Object({
      model: TextOrNull,
      category: Type.Enum(['input', 'output', 'cacheWrite5m', 'cacheWrite1h', 'cacheRead', 'webSearch']),
      quantity: Type.Integer(),
      price_usd: Type.String({ description: 'of so many as `per` says' }),
      per: Type.Integer(),
      amount_usd: Type.String()
    })
  ),
  sum_usd: Type.String({ description: 'of the lines, before it is rounded' }),
  cost_usd: Type.String(),
  rate_multiplier: Type.String(),
  charged_usd: Type.String(),
  service_tier: TextOrNull,
  speed: TextOrNull,
  inference_geo: TextOrNull,
  price_unknown: Type.Boolean(),
  matches: Type.Boolean({ description: 'whether that is what is on record' })
})
const FORMULA = {
  formula: Type.Union([Formula, Type.Null()], { description: 'null where the prices of that time are not on record' })
}

/** What is the same for operators and for the person whose it is. */
const COMMON = {
  id: Type.String(),
  created_at: Type.String(),
  ended_at: Type.String(),
  kind: Type.Union([Type.Enum(['messages', 'count_tokens']), Type.Null()]),
  user_email: TextOrNull,
  key_name: TextOrNull,
  group: TextOrNull,
  model: TextOrNull,
  stream: FlagOrNull,
  pinned: FlagOrNull,
  session: Type.Union([Type.String(), Type.Null()], {
    description: "the start of the session's hash, as where it waits for a slot; where none is named, of what its requests say"
  }),
  status: CountOrNull,
  client_gone: Type.Boolean(),
  error: Type.Union([Type.Object({ type: Type.String(), message: Type.String() }), Type.Null()]),
  limits: Type.Array(
    Type.Object({
      at: Type.String(),
      name: Type.String(),
      outcome: Type.Enum(['passed', 'refused']),
      used: TextOrNull,
      limit: TextOrNull,
      detail: TextOrNull
    })
  ),
  waits: Type.Array(
    Type.Object({
      at: Type.String(),
      for: Type.Enum(['user', 'account']),
      ms: Type.Number(),
      outcome: Type.Enum(['granted', 'timed_out', 'left']),
      other_sessions: Type.Union([Type.Integer(), Type.Null()], {
        description:
          "other sessions of the user that waited when it began to wait for a user's slot; each may have had one turn before"
      })
    })
  ),
  left_out: Type.Integer({ description: 'entries for which there was no room' }),
  refused_early: Type.Union([Type.Object({ address: TextOrNull, path: TextOrNull, keys: TextOrNull }), Type.Null()])
}

const AFFINITY = Type.Union([Type.Enum(['none', 'new', 'kept', 'moved', 'spilled']), Type.Null()])

const moveOf = (more: TProperties) =>
  Type.Union([Type.Object({ ...more, cache_read_tokens: Type.Integer(), extra_cost_usd: Type.String() }), Type.Null()])

const ATTEMPT = {
  attempt: Type.Integer(),
  upstream_model: Type.String(),
  started_at: Type.String(),
  duration_ms: Type.Number(),
  status: CountOrNull,
  result: Type.Enum(['answered', 'refused', 'broken', 'gone']),
  verdict: Type.Union([Type.String(), Type.Null()], { description: 'what its failure means' }),
  may_have_cost: Type.Union([Type.Boolean(), Type.Null()], { description: 'whether usage of it is to be on record' })
}

/** An exchange as operators see it. */
export const Exchange = Type.Object({
  ...COMMON,
  choices: Type.Array(
    Type.Object({
      at: Type.String(),
      candidates: Type.Array(
        Type.Object({
          account: Type.String(),
          priority: Type.Integer(),
          in_flight: CountOrNull,
          limit: Type.Integer(),
          used_last: Type.Boolean()
        })
      ),
      passed_over: Type.Array(Type.Object({ account: Type.String(), reason: Type.String() })),
      chosen: TextOrNull,
      affinity: AFFINITY,
      move: moveOf({ from: Type.String() }),
      left_out: Type.Integer()
    })
  ),
  attempts: Type.Array(
    Type.Object({ ...ATTEMPT, account: Type.String(), detail: TextOrNull, upstream_request_id: TextOrNull })
  ),
  usage: Type.Array(Type.Object({ ...ListedEvent.properties, ...FORMULA }))
})

/** What the person who used it is shown: which account served it is the operator's business. */
export const OwnEvent = Type.Omit(ListedEvent, ['account', 'upstream_request_id'])

/** The same exchange as its own user sees it. */
export const OwnExchange = Type.Object({
  ...COMMON,
  choices: Type.Array(
    Type.Object({
      at: Type.String(),
      candidates: Type.Integer({ description: 'how many accounts could serve it' }),
      passed_over: Type.Array(
        Type.Object({ reason: Type.String({ description: 'why one could not' }), accounts: Type.Integer() })
      ),
      found: Type.Boolean({ description: 'whether there was a slot on one' }),
      affinity: AFFINITY,
      move: moveOf({}),
      left_out: Type.Integer()
    })
  ),
  attempts: Type.Array(Type.Object(ATTEMPT)),
  usage: Type.Array(Type.Object({ ...OwnEvent.properties, ...FORMULA }))
})
