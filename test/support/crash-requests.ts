import type { SeededRandom } from '../../simulator/seeded-random.ts'
import type { Behaviour, BreakOff } from '../../simulator/behaviour.ts'

/** One request of the load: what is asked, what the upstream does, and when the client gives up. */
export interface PlannedRequest {
  /** Of this request alone, so that it names it in the upstream's book and in the usage events alike. */
  model: string
  stream: boolean
  key: string
  /** What the upstream does at the first try, the second, and so on; the last is repeated. */
  behaviours: [Behaviour, ...Behaviour[]]
  hangUp: { afterChunks: number } | { afterMs: number } | null
}

type Shape = Pick<PlannedRequest, 'behaviours' | 'hangUp'>

/** Requests of all kinds, one seed one sequence. `keys` are the client keys that send them. */
export function createRequestPlan(random: SeededRandom, keys: readonly [string, ...string[]]) {
  let number = 0
  return {
    next(): PlannedRequest {
      // A dated id has the price of the undated one, and eight digits are enough to tell all requests apart.
      const model = `claude-haiku-5-5-${String(++number).padStart(8, '0')}`
      const stream = random.chance(0.75)
      return { model, stream, key: random.pick(keys), ...(stream ? streamShape(random) : jsonShape(random)) }
    }
  }
}

function baseBehaviour(random: SeededRandom): Behaviour {
  const usage = {
    inputTokens: random.int(1, 5000),
    cacheReadTokens: random.pick([0, random.int(1, 50_000)]),
    cacheCreation5mTokens: random.pick([0, random.int(1, 9000)]),
    cacheCreation1hTokens: random.pick([0, 0, random.int(1, 9000)])
  }
  return { usage, delayHeadersMs: random.pick([0, 0, random.int(1, 150)]) }
}

function streamShape(random: SeededRandom): Shape {
  const behaviour: Behaviour = { ...baseBehaviour(random), deltas: random.int(1, 60), paceMs: random.pick([0, 0, 1, 5, 20]) }
  if (random.chance(0.3)) behaviour.chunking = { seed: random.int(1, 1e6), maxBytes: random.pick([50, 400, 3000]) }
  if (random.chance(0.15)) behaviour.growingUsage = true
  const fault = random.int(1, 100)
  if (fault <= 12) return { behaviours: [behaviour], hangUp: { afterChunks: random.int(1, 20) } }
  if (fault <= 15) return { behaviours: [behaviour], hangUp: { afterMs: random.int(1, 300) } }
  if (fault <= 25) return { behaviours: [{ ...behaviour, breakOff: streamBreak(random) }, behaviour], hangUp: null }
  if (fault <= 29)
    return { behaviours: [{ ...behaviour, errorEvent: { at: random.pick([0, 'middle', 3]) } }, behaviour], hangUp: null }
  if (fault <= 32) {
    const stall: BreakOff = { how: 'stall', at: random.pick(['before-headers', 'after-headers', 'middle', 'message_stop']) }
    return { behaviours: [{ ...behaviour, breakOff: stall }], hangUp: { afterMs: random.int(100, 400) } }
  }
  if (fault <= 37) return { behaviours: [{ error: { status: random.pick([500, 400]) } }, behaviour], hangUp: null }
  return { behaviours: [behaviour], hangUp: null }
}

function streamBreak(random: SeededRandom): BreakOff {
  return {
    how: random.pick(['reset', 'close', 'end']),
    at: random.pick<BreakOff['at']>(['before-headers', 'after-headers', 0, 1, 'middle', 'message_delta', 'message_stop']),
    midEvent: random.chance(0.5)
  }
}

function jsonShape(random: SeededRandom): Shape {
  const behaviour: Behaviour = { ...baseBehaviour(random), deltas: random.int(1, 60) }
  const fault = random.int(1, 100)
  if (fault <= 10) return { behaviours: [behaviour], hangUp: { afterMs: random.int(1, 150) } }
  if (fault <= 20) {
    const breakOff: BreakOff = { how: random.pick(['reset', 'close']), at: random.pick(['before-headers', 'middle']) }
    return { behaviours: [{ ...behaviour, breakOff }, behaviour], hangUp: null }
  }
  if (fault <= 25) return { behaviours: [{ error: { status: random.pick([500, 400]) } }, behaviour], hangUp: null }
  return { behaviours: [behaviour], hangUp: null }
}
