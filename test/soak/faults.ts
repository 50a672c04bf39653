import { seededRandom, type SeededRandom } from '../../simulator/seeded-random.ts'
import type { Behaviour } from '../../simulator/behaviour.ts'
import { TIMES, type SoakAccount } from './scenario.ts'

/** What the upstream does to one call. `none` is a response without a fault, `stale` a 401 to a token that was replaced. */
export type FaultKind =
  | 'none'
  | 'gzip'
  | 'retry-after'
  | 'unified-reset'
  | 'unnamed-429'
  | 'overloaded'
  | 'server-error'
  | 'html'
  | 'no-credit'
  | 'forbidden'
  | 'revoked'
  | 'stale'
  | 'bad-request'
  | 'stall-before-headers'
  | 'stall-after-headers'
  | 'dropped-before-headers'
  | 'dropped-after-headers'
  | 'first-event-error'
  | 'cut'
  | 'error-inside'
  | 'stall-inside'

/** What the upstream has told about the account, until when it is out for that. Durations begin with the response. */
export interface ToldCause {
  kind: 'rate_limit' | 'overloaded' | 'billing' | 'forbidden' | 'error'
  scope: 'all' | 'family' | 'model'
  /** Null: until an operator says so. */
  lastsMs: number | null
}

export interface Fault {
  kind: FaultKind
  behaviour: Behaviour
  cause: ToldCause | null
  /** How the call ends: with a response, one that broke off after it had begun, or none. */
  end: 'response' | 'broken-response' | 'nothing'
  /** It counts for the account's circuit breaker; `maybe` where the account may not be to blame. */
  failure: 'yes' | 'maybe' | 'no'
  /** The request had been sent and nothing tells that it was not worked on: a plain one is not sent again. */
  mayHaveCost: boolean
  /** The response says that the subscription's limits let requests pass. */
  saysAllowed: boolean
}

interface FaultedCall {
  account: SoakAccount
  model: string
  stream: boolean
}

type Maker = (call: FaultedCall, random: SeededRandom, base: Behaviour) => Fault

/** How often out of 1000 calls. What cannot happen to a call of that kind is a response without a fault instead. */
const PER_MILLE: [FaultKind, number][] = [
  ['gzip', 30],
  ['retry-after', 14],
  ['unified-reset', 16],
  ['unnamed-429', 7],
  ['overloaded', 10],
  ['server-error', 10],
  ['html', 8],
  ['no-credit', 6],
  ['forbidden', 40],
  ['revoked', 15],
  ['bad-request', 7],
  ['stall-before-headers', 7],
  ['stall-after-headers', 7],
  ['dropped-before-headers', 9],
  ['dropped-after-headers', 7],
  ['first-event-error', 9],
  ['cut', 9],
  ['error-inside', 7],
  ['stall-inside', 5]
]
const OUTAGE_PER_MILLE = 6
const TOKEN_LIVES_CALLS = 12

/**
 * What happens to an account's calls, one after the other: the n-th stream and the n-th other request meet the same whatever
 * their time. An outage is a row of failures of both, so that the breaker has something to do.
 */
export function createFaults(seed: number, account: SoakAccount) {
  const sequences = { stream: sequence('stream'), plain: sequence('plain') }
  let sinceRenewal = 0
  let outage = 0

  /** Each call draws from a seed of its own, so that what one draws does not move the others. */
  function sequence(name: string) {
    let number = 0
    return (call: FaultedCall): Fault => {
      const random = seededRandom(hashed(seed, `${account.name} ${name} ${++number}`))
      const base = responseOf(call, random)
      const drawn = draw(random)
      if (random.chance(OUTAGE_PER_MILLE / 1000)) outage = random.int(4, 7)
      const kind = outage > 0 ? random.pick<FaultKind>(['server-error', 'html', 'server-error']) : drawn
      if (outage > 0) outage -= 1
      return MAKERS[possible(kind, call)](call, random, base)
    }
  }

  function possible(kind: FaultKind, { stream, model }: FaultedCall): FaultKind {
    if (kind === 'forbidden' && model !== account.forbids) return 'none'
    if (kind === 'unified-reset' && account.type === 'api-key') return 'none'
    if (kind === 'revoked' && (account.type === 'api-key' || sinceRenewal < TOKEN_LIVES_CALLS)) return 'none'
    if (!stream && ['first-event-error', 'error-inside', 'stall-inside'].includes(kind)) return 'none'
    return kind
  }

  return {
    next(call: FaultedCall): Fault {
      sinceRenewal += 1
      return (call.stream ? sequences.stream : sequences.plain)(call)
    },
    renewed() {
      sinceRenewal = 0
    }
  }
}

/** The response to a token that is no longer good. */
export const staleToken = (): Fault => ({
  ...refused('stale', 401, {}, null),
  behaviour: { error: { status: 401, message: 'OAuth access token is invalid or has been revoked.' } }
})

const UNIFIED = 'anthropic-ratelimit-unified-'
const NO_LIMITS: Record<string, null> = Object.fromEntries(
  ['status', 'reset', 'representative-claim', 'fallback-percentage', '5h-status', '5h-reset', '5h-utilization', '7d-status']
    .concat(['7d-reset', '7d-utilization'])
    .map((name) => [UNIFIED + name, null])
)

/** A response as it would be without the fault. */
function responseOf({ account, stream }: FaultedCall, random: SeededRandom): Behaviour {
  const timing = { delayHeadersMs: random.pick([0, 20, random.int(1, 200)]), deltas: random.int(3, 40) }
  const pace = stream ? { paceMs: random.pick([0, 5, 15]) } : { delayFirstEventMs: random.int(0, 200) }
  const saysAllowed = random.chance(0.1) && account.type !== 'api-key'
  const headers = saysAllowed ? { [`${UNIFIED}5h-utilization`]: String(random.int(1, 100) / 100) } : NO_LIMITS
  const usage = { inputTokens: random.int(1, 5000), cacheReadTokens: random.pick([0, random.int(1, 50_000)]) }
  return { ...timing, ...pace, headers, usage }
}

function draw(random: SeededRandom): FaultKind {
  let left = random.int(1, 1000)
  for (const [kind, weight] of PER_MILLE) {
    left -= weight
    if (left <= 0) return kind
  }
  return 'none'
}

const HTML = { 'content-type': 'text/html' }

const MAKERS: Record<FaultKind, Maker> = {
  none: (_call, _random, base) => answered('none', base),
  gzip: (_call, _random, base) => answered('gzip', { ...base, encoding: 'gzip' }),
  'retry-after'(_call, random) {
    const seconds = random.pick([1, 1, 1, 2, 6])
    return refused('retry-after', 429, { 'retry-after': String(seconds) }, rateLimit('family', seconds * 1000))
  },
  'unified-reset'(_call, random) {
    const resetS = Math.floor(Date.now() / 1000) + random.int(1, 3)
    const headers = {
      [`${UNIFIED}status`]: 'rejected',
      [`${UNIFIED}reset`]: String(resetS),
      [`${UNIFIED}5h-status`]: 'rejected',
      [`${UNIFIED}5h-reset`]: String(resetS)
    }
    return refused('unified-reset', 429, headers, rateLimit('all', resetS * 1000 - Date.now()))
  },
  'unnamed-429': () => refused('unnamed-429', 429, {}, rateLimit('family', TIMES.cooldownUnnamedMs)),
  overloaded: () => refused('overloaded', 529, {}, OVERLOADED),
  'server-error': (_call, random) => failed('server-error', { error: { status: random.pick([500, 502, 503]) } }, false),
  html(_call, random) {
    const raw = { status: random.pick([200, 403, 502]), headers: HTML, body: '<html><body>Something is wrong</body></html>' }
    return failed('html', { raw }, false)
  },
  'no-credit': () => refused('no-credit', 402, {}, { kind: 'billing', scope: 'all', lastsMs: TIMES.cooldownUnnamedMs }),
  forbidden({ model }) {
    const cause: ToldCause = { kind: 'forbidden', scope: 'model', lastsMs: TIMES.cooldownUnnamedMs }
    const message = `Your organization does not have access to the model ${model}.`
    return { ...refused('forbidden', 403, {}, cause), behaviour: { error: { status: 403, message } } }
  },
  revoked({ account }) {
    const cause: ToldCause | null = account.type === 'oauth' ? null : { kind: 'error', scope: 'all', lastsMs: null }
    return { ...staleToken(), kind: 'revoked', cause }
  },
  stale: staleToken,
  'bad-request': () => ({ ...refused('bad-request', 400, {}, null), end: 'response' }),
  'stall-before-headers': () => ({
    ...failed('stall-before-headers', { breakOff: { how: 'stall', at: 'before-headers' } }, true),
    failure: 'maybe'
  }),
  'stall-after-headers': (_call, _random, base) => ({
    ...failed('stall-after-headers', { ...base, breakOff: { how: 'stall', at: 'after-headers' } }, true),
    failure: 'maybe'
  }),
  'dropped-before-headers'(_call, random) {
    const breakOff = { how: random.pick(['reset', 'close'] as const), at: 'before-headers' as const }
    return failed('dropped-before-headers', { breakOff }, true)
  },
  'dropped-after-headers'({ stream }, random, base) {
    const how = random.pick(['reset', 'close', 'end'] as const)
    const breakOff = { how: stream ? how : 'reset', at: 'after-headers' } as const
    return failed('dropped-after-headers', { ...base, breakOff }, true)
  },
  'first-event-error'(_call, random, base) {
    if (random.chance(0.5)) {
      const behaviour: Behaviour = { ...base, errorEvent: { at: 0 } }
      return { ...refused('first-event-error', 529, {}, OVERLOADED), behaviour }
    }
    return failed('first-event-error', { ...base, errorEvent: { at: 0, type: 'api_error', message: 'Internal' } }, false)
  },
  cut({ stream }, random, base) {
    const breakOff = { how: random.pick(['reset', 'close'] as const), at: 'middle' as const, midEvent: random.chance(0.5) }
    const fault = failed('cut', { ...base, breakOff }, true)
    return stream ? { ...fault, end: 'broken-response', saysAllowed: allows(base) } : fault
  },
  'error-inside': (_call, _random, base) => ({
    ...failed('error-inside', { ...base, errorEvent: { at: 'middle' } }, true),
    cause: OVERLOADED,
    end: 'broken-response',
    saysAllowed: allows(base)
  }),
  'stall-inside': (_call, _random, base) => ({
    ...failed('stall-inside', { ...base, breakOff: { how: 'stall', at: 'middle' } }, true),
    end: 'broken-response',
    failure: 'maybe',
    saysAllowed: allows(base)
  })
}

const OVERLOADED: ToldCause = { kind: 'overloaded', scope: 'family', lastsMs: TIMES.overloadCooldownMs }

const rateLimit = (scope: 'all' | 'family', namedMs: number): ToldCause => ({
  kind: 'rate_limit',
  scope,
  lastsMs: Math.min(Math.max(namedMs, TIMES.cooldownMinMs), TIMES.cooldownMaxMs)
})

const allows = ({ headers }: Behaviour) => headers !== NO_LIMITS

function answered(kind: FaultKind, behaviour: Behaviour): Fault {
  const saysAllowed = allows(behaviour)
  return { kind, behaviour, cause: null, end: 'response', failure: 'no', mayHaveCost: true, saysAllowed }
}

function refused(kind: FaultKind, status: number, headers: Record<string, string>, cause: ToldCause | null): Fault {
  const behaviour: Behaviour = { error: { status }, headers }
  return { kind, behaviour, cause, end: 'nothing', failure: 'no', mayHaveCost: false, saysAllowed: false }
}

function failed(kind: FaultKind, behaviour: Behaviour, mayHaveCost: boolean): Fault {
  return { kind, behaviour, cause: null, end: 'nothing', failure: 'yes', mayHaveCost, saysAllowed: false }
}

/** A seed of its own for each name (FNV-1a). */
export function hashed(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) | 0
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return hash
}
