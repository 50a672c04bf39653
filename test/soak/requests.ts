import { seededRandom } from '../../simulator/seeded-random.ts'
import { hashed } from './faults.ts'
import { MODELS, type SoakUser } from './scenario.ts'

/** Reaches the upstream, as all headers of that prefix do. */
export const REQUEST_HEADER = 'x-claude-code-soak-request'

/** One request of one client. */
export interface PlannedRequest {
  /** Names it in a header that reaches the upstream. */
  number: number
  email: string
  key: string
  group: string
  model: string
  stream: boolean
  session: string
  /** Of a subagent. */
  agent: string | null
  hangUp: { afterChunks: number } | { afterMs: number } | null
  /** The client's pause before it. */
  thinkMs: number
}

const MOST_THINK_MS = 1200
const NUMBERS_PER_CLIENT = 1_000_000

/** What one client asks, one after the other; one seed one sequence. */
export function createClientPlan(seed: number, user: SoakUser, client: number) {
  const random = seededRandom(hashed(seed, `${user.email} ${client}`))
  const [first, ...others] = user.keys
  let number = client * NUMBERS_PER_CLIENT
  let session = 0
  return (): PlannedRequest => {
    if (random.chance(0.1)) session += 1
    const { key, group } = random.pick([first!, ...others])
    const stream = random.chance(0.75)
    const leaves = random.int(1, 100)
    return {
      number: ++number,
      email: user.email,
      key,
      group,
      model: random.pick(MODELS),
      stream,
      session: `${user.email} ${client} ${session}`,
      agent: random.chance(0.3) ? `agent-${random.int(1, 4)}` : null,
      hangUp: leaves > 4 ? null : stream && leaves > 1 ? { afterChunks: random.int(1, 12) } : { afterMs: random.int(1, 400) },
      thinkMs: random.int(0, MOST_THINK_MS)
    }
  }
}
