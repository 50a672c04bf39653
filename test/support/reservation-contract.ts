import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Clock } from '../../services/platform/clock.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import type { SharedOutstanding } from '../../services/gateway/eligibility/shared-outstanding.ts'
import type { TeamTerms } from '../../services/money/billing/team-budget.ts'
import { fc, times } from './fuzz.ts'
import { createSpendingWorld, type Admitted, type SpendingReplica, type SpendingWorld } from './spending-world.ts'

/** What replicas share; null where there is one alone. */
export interface ReservationBackend {
  clock: Clock
  /** From now on nothing is known of what was before. */
  begin: () => void
  /** A new replica's part in it. */
  join: () => { shared: SharedOutstanding | null; die: () => Promise<void> }
  replicas: number
  /** Lets what was told be heard. */
  heard: (replicas: readonly SpendingReplica[]) => Promise<void>
}

const LIMIT = 1000n
type Of = 'wallet' | 'key' | 'team'

const TERMS: TeamTerms = {
  pool: { limits: { month: LIMIT }, raises: [] },
  members: new Map([
    ['u1', { guaranteed: {}, cap: { limits: {}, raises: [] } }],
    ['u2', { guaranteed: { month: 200n }, cap: { limits: { month: 500n }, raises: [] } }]
  ])
}

const worldOf = (of: Of, clock: Clock): SpendingWorld =>
  createSpendingWorld({
    clock,
    balanceNano: of === 'wallet' ? LIMIT : 1_000_000n,
    keyLimitNano: of === 'key' ? LIMIT : null,
    team: of === 'team' ? TERMS : null
  })

type Op =
  | { op: 'ask'; asks: { replica: number; userId: string; estimate: number; cost: number }[] }
  | { op: 'close' | 'end' | 'settle' | 'crash'; pick: number }

const ask = fc.record({
  replica: fc.nat(9),
  userId: fc.constantFrom('u1', 'u2'),
  estimate: fc.integer({ min: 1, max: 300 }),
  cost: fc.integer({ min: 0, max: 400 })
})
const ops = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ op: fc.constant('ask' as const), asks: fc.array(ask, { minLength: 1, maxLength: 5 }) })
    },
    {
      weight: 4,
      arbitrary: fc.record({ op: fc.constantFrom('close' as const, 'end' as const, 'settle' as const), pick: fc.nat(99) })
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('crash' as const), pick: fc.nat(99) }) }
  ),
  { maxLength: 30 }
)

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, nano) => total + nano, 0n)
const larger = (one: bigint, other: bigint) => (one > other ? one : other)

/** One budget, what has happened to it, and what must be true of it whatever does. */
class History {
  readonly #of: Of
  readonly #backend: ReservationBackend
  readonly #world: SpendingWorld
  readonly #replicas: { replica: SpendingReplica; die: () => Promise<void> }[] = []
  /** What all that were admitted have cost beyond the limit may not be more. */
  #bound = 0n

  constructor(of: Of, backend: ReservationBackend) {
    this.#of = of
    this.#backend = backend
    this.#world = worldOf(of, backend.clock)
    backend.begin()
    for (let n = 0; n < backend.replicas; n++) this.#replicas.push(this.#join())
  }

  #join() {
    const { shared, die } = this.#backend.join()
    return { replica: this.#world.replica(shared), die }
  }

  get live() {
    return this.#replicas.map(({ replica }) => replica)
  }

  #settled(): bigint {
    if (this.#of === 'wallet') return LIMIT - this.#world.balanceOf('u1')
    return this.#of === 'key' ? this.#world.usedOf('k1') : this.#world.usedOfTeam()
  }

  #closed = () => sum(this.live.flatMap(({ closed }) => closed.map(({ costNano }) => costNano)))
  #running = (): Admitted[] => this.live.flatMap(({ running }) => [...running])

  /** Settled, spent and reserved. */
  committed = () => this.#settled() + this.#closed() + sum(this.#running().map(({ estimateNano }) => estimateNano))

  async run(op: Op): Promise<void> {
    if (op.op === 'ask') await this.#ask(op.asks)
    else if (op.op === 'close' || op.op === 'end') this.#finish(op.op, op.pick)
    else if (op.op === 'settle') this.#world.settle(this.live[op.pick % this.live.length]!)
    else await this.#crash(op.pick)
    await this.#backend.heard(this.live)
  }

  async #ask(asks: Extract<Op, { op: 'ask' }>['asks']): Promise<void> {
    const results = await Promise.all(
      asks.map(({ replica, userId, estimate, cost }) =>
        this.#world.ask(this.live[replica % this.live.length]!, {
          userId: this.#of === 'team' ? userId : 'u1',
          keyId: this.#of === 'team' ? `k-${userId}` : 'k1',
          estimateNano: BigInt(estimate),
          costNano: BigInt(cost)
        })
      )
    )
    const admitted = results.flatMap((result) => (result instanceof GatewayError ? [] : [result]))
    if (admitted.length === 0) return
    const last = admitted.map(({ estimateNano }) => estimateNano).reduce(larger)
    // Whichever of them was the last, before it there was something left; of a pool what is guaranteed to others may be beyond it.
    const limit = this.#of === 'team' && admitted.some(({ userId }) => userId === 'u2') ? LIMIT + 200n : LIMIT
    assert.ok(this.committed() - last < limit, `${this.committed()} is committed, the last of it was ${last}`)
    const excess = sum(this.#running().map(({ costNano, estimateNano }) => larger(0n, costNano - estimateNano)))
    this.#bound = larger(this.#bound, last + excess + (limit - LIMIT))
  }

  #finish(how: 'close' | 'end', pick: number): void {
    const all = this.#replicas.flatMap(({ replica }) => [...replica.running].map((admitted) => ({ replica, admitted })))
    const one = all[pick % Math.max(1, all.length)]
    if (one !== undefined) this.#world[how](one.replica, one.admitted)
  }

  async #crash(pick: number): Promise<void> {
    const index = pick % this.#replicas.length
    const { replica, die } = this.#replicas[index]!
    // What it had sent costs what it costs, and is on record once its journal is read.
    for (const admitted of replica.running) replica.closed.push(admitted)
    replica.running.clear()
    await die()
    this.#world.adopt(replica)
    this.#replicas[index] = this.#join()
    // What is known of it elsewhere is read anew before long.
    for (const { isLearnt } of this.live) isLearnt.clear()
  }

  async finish(): Promise<void> {
    for (const { replica } of this.#replicas) {
      for (const admitted of replica.running) this.#world.close(replica, admitted)
      this.#world.settle(replica)
    }
    await this.#backend.heard(this.live)
    const overdraft = this.#settled() - LIMIT
    assert.ok(overdraft <= this.#bound, `${overdraft} beyond the limit, ${this.#bound} may be`)
    for (const { reservations } of this.live) {
      assert.deepEqual([...reservations.reserved()], [])
      assert.deepEqual(reservations.sizes(), { budgets: 0, told: 0, untold: 0 })
    }
  }
}

export function reservationContract(name: string, create: (t: TestContext) => Promise<ReservationBackend>): void {
  for (const budget of ['wallet', 'key', 'team'] as const) {
    test(`${name}: whatever happens to a ${budget}, nobody is admitted once all of it is spent or reserved`, async (t) => {
      const backend = await create(t)
      await fc.assert(
        fc.asyncProperty(ops, async (history) => {
          const one = new History(budget, backend)
          for (const op of history) await one.run(op)
          await one.finish()
        }),
        times(backend.replicas > 1 ? 40 : 100)
      )
    })
  }

  test(`${name}: of many at once at the last dollar one is admitted, the others may come back`, async (t) => {
    const backend = await create(t)
    backend.begin()
    const world = worldOf('wallet', backend.clock)
    const replicas = Array.from({ length: backend.replicas }, () => world.replica(backend.join().shared))
    const used = await world.ask(replicas[0]!, { estimateNano: 990n, costNano: 990n })
    assert.ok(!(used instanceof GatewayError))
    world.close(replicas[0]!, used)
    world.settle(replicas[0]!)
    await backend.heard(replicas)
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => world.ask(replicas[n % replicas.length]!, { estimateNano: 50n, costNano: 50n }))
    )
    const refused = results.filter((result) => result instanceof GatewayError)
    assert.equal(refused.length, 19)
    for (const { status, type, retryAfterS, message } of refused) {
      assert.deepEqual([status, type, retryAfterS], [429, 'rate_limit_error', 10])
      assert.equal(message, 'What is left of your credit balance is reserved by requests in flight, please retry later')
    }
    for (const replica of replicas) for (const admitted of replica.running) world.end(replica, admitted)
    await backend.heard(replicas)
    const again = await world.ask(replicas.at(-1)!, { estimateNano: 50n, costNano: 0n })
    assert.ok(!(again instanceof GatewayError), 'what was reserved and not spent is free again')
    world.end(replicas.at(-1)!, again)
  })

  test(`${name}: whoever looks is told what all have reserved or not settled, and by looking changes nothing`, async (t) => {
    const backend = await create(t)
    backend.begin()
    const world = worldOf('team', backend.clock)
    const replicas = Array.from({ length: backend.replicas }, () => world.replica(backend.join().shared))
    const [first, last] = [replicas[0]!, replicas.at(-1)!]
    const told = async ({ reservations }: SpendingReplica) => [...(await reservations.outstanding('team', ['t1', 't2']))]
    assert.deepEqual(await told(last), [
      ['t1', 0n],
      ['t2', 0n]
    ])
    const one = await world.ask(first, { keyId: 'k-u1', estimateNano: 300n, costNano: 250n })
    const other = await world.ask(last, { userId: 'u2', keyId: 'k-u2', estimateNano: 40n, costNano: 40n })
    assert.ok(!(one instanceof GatewayError) && !(other instanceof GatewayError))
    await backend.heard(replicas)
    for (const replica of replicas) assert.deepEqual((await told(replica))[0], ['t1', 340n])
    world.close(first, one)
    await backend.heard(replicas)
    for (const replica of replicas) assert.deepEqual((await told(replica))[0], ['t1', 290n])
    world.settle(first)
    world.end(last, other)
    await backend.heard(replicas)
    for (const replica of replicas) assert.deepEqual((await told(replica))[0], ['t1', 0n])
    for (const { reservations } of replicas) assert.deepEqual(reservations.sizes(), { budgets: 0, told: 0, untold: 0 })
  })

  test(`${name}: estimates far below the cost overdraw by what they were wrong by, and by no more`, async (t) => {
    const backend = await create(t)
    backend.begin()
    const world = worldOf('key', backend.clock)
    const replicas = Array.from({ length: backend.replicas }, () => world.replica(backend.join().shared))
    const one = { estimateNano: 300n, costNano: 900n }
    const results = await Promise.all(Array.from({ length: 12 }, (_, n) => world.ask(replicas[n % replicas.length]!, one)))
    // 0, 300, 600 and 900 were reserved before them.
    assert.equal(results.filter((result) => !(result instanceof GatewayError)).length, 4)
    for (const replica of replicas) {
      for (const admitted of replica.running) world.close(replica, admitted)
      world.settle(replica)
    }
    await backend.heard(replicas)
    assert.equal(world.usedOf('k1') - LIMIT, 4n * 900n - LIMIT)
    assert.ok(world.usedOf('k1') - LIMIT <= 300n + 4n * 600n)
    const refused = await world.ask(replicas.at(-1)!, one)
    assert.ok(refused instanceof GatewayError)
    assert.equal(refused.type, 'billing_error')
  })
}
