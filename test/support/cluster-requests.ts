import { randomInt } from 'node:crypto'
import type { ClusterRequest, LoadUser } from './cluster-load.ts'
import type { ClusterUser } from './cluster.ts'
import { seededRandom, type SeededRandom } from '../../simulator/seeded-random.ts'

/** One seed, one run, as far as a run depends on it. CRASH_SEED=0 takes another one each time, for long runs. */
export function seedOfRun(): { seed: number; label: string } {
  const seed = Number(process.env.CRASH_SEED ?? 1) || randomInt(1, 1e9)
  return { seed, label: `CRASH_SEED=${seed}` }
}

/** How long a request's response takes, and what part of the clients leaves before its end. */
export interface Mix {
  /** Parts of 1. */
  streams: number
  hangUps: number
  /** A stream's events come so far apart. */
  paceMs: number
  /** How many of them carry text, at least and at most. */
  deltas: readonly [number, number]
  jsonMs: readonly [number, number]
}

/** Requests of a mix, each with a model name of its own by which all books know it. */
function createRequests(random: SeededRandom, mix: Mix, firstNumber = 1) {
  let number = firstNumber - 1
  return (_user: LoadUser): ClusterRequest => {
    // A dated id has the price of the undated one.
    const model = `claude-haiku-5-5-${String(++number).padStart(8, '0')}`
    const usage = { inputTokens: random.int(1, 5000), cacheReadTokens: random.pick([0, random.int(1, 50_000)]) }
    if (!random.chance(mix.streams)) {
      const behaviour = { usage, deltas: random.int(1, 20), delayHeadersMs: random.int(...mix.jsonMs) }
      return { model, stream: false, behaviour, hangUpAfterChunks: null }
    }
    const deltas = random.int(...mix.deltas)
    const behaviour = { usage, deltas, paceMs: mix.paceMs }
    return { model, stream: true, behaviour, hangUpAfterChunks: random.chance(mix.hangUps) ? random.int(1, deltas) : null }
  }
}

export const requestsOf = (seed: number, mix: Mix) => createRequests(seededRandom(seed), mix)

/** So many users with the same limit each. */
export function usersWith(count: number, concurrency: number, name = 'user'): ClusterUser[] {
  return Array.from({ length: count }, (_, index) => ({
    email: `${name}${index}@example.com`,
    key: `sk-sluice-cluster-test-${name}-${index}`,
    concurrency
  }))
}

export const loadOf = (users: readonly ClusterUser[], clientsEach: number): LoadUser[] =>
  users.map(({ email, key }) => ({ email, key, clients: clientsEach }))

/** Small requests besides a load's: their names begin where no load's end. */
export function singleRequests() {
  return createRequests(seededRandom(1), { streams: 0, hangUps: 0, paceMs: 0, deltas: [1, 1], jsonMs: [0, 0] }, 50_000_001)
}
