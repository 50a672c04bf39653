import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { createMemoryOutstanding } from '../../../support/memory-outstanding.ts'
import { reservationContract } from '../../../support/reservation-contract.ts'
import { createSpendingWorld, type Admitted } from '../../../support/spending-world.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

reservationContract('in process', async () => ({
  clock: createVirtualClock(),
  replicas: 1,
  begin() {},
  join: () => ({ shared: null, die: async () => {} }),
  heard: async () => {}
}))

reservationContract('shared', async () => {
  const clock = createVirtualClock()
  let memory = createMemoryOutstanding()
  let joined = 0
  return {
    clock,
    replicas: 2,
    begin() {
      memory = createMemoryOutstanding()
    },
    join() {
      const me = `p${++joined}`
      const its = memory
      return { shared: its.of(me), die: async () => its.end(me) }
    },
    heard: () => clock.advance(20)
  }
})

/** Two replicas, and a wallet of 1,000. */
function setUp() {
  const clock = createVirtualClock()
  const memory = createMemoryOutstanding()
  const world = createSpendingWorld({ clock, balanceNano: 1000n, keyLimitNano: null, team: null })
  const replicas = [world.replica(memory.of('a'), 20), world.replica(memory.of('b'), 20)] as const
  const ask = async (replica: 0 | 1, estimateNano: bigint, costNano = estimateNano) =>
    await world.ask(replicas[replica], { estimateNano, costNano })
  const admitted = async (replica: 0 | 1, estimateNano: bigint, costNano = estimateNano): Promise<Admitted> => {
    const result = await ask(replica, estimateNano, costNano)
    if (result instanceof GatewayError) throw result
    return result
  }
  const refusal = async (replica: 0 | 1, estimateNano: bigint) => {
    const result = await ask(replica, estimateNano)
    assert.ok(result instanceof GatewayError, 'it was admitted')
    return result
  }
  return { clock, memory, world, replicas, ask, admitted, refusal }
}

test('a replica sees what another has settled since it read the balance, and not twice', async () => {
  const { clock, world, replicas, admitted, refusal } = setUp()
  world.end(replicas[1], await admitted(1, 10n))
  for (let n = 0; n < 3; n++) {
    world.close(replicas[0], await admitted(0, 300n))
    world.settle(replicas[0])
    await clock.advance(20)
  }
  const last = await admitted(1, 100n)
  assert.equal(last.reservation.tightest?.leftNano, 100n)
  assert.equal((await refusal(0, 1n)).type, 'rate_limit_error')
  world.close(replicas[1], last)
  assert.equal((await refusal(1, 1n)).type, 'billing_error')
})

test('what was settled before a budget was read anew is in what was read', async () => {
  const { clock, world, replicas, admitted } = setUp()
  const spend = async (replica: 0 | 1, nano: bigint) => {
    world.close(replicas[replica], await admitted(replica, nano))
    world.settle(replicas[replica])
    await clock.advance(20)
  }
  for (const [replica, nano] of [
    [1, 10n],
    [0, 300n],
    [1, 10n],
    [0, 300n],
    [1, 50n]
  ] as const)
    await spend(replica, nano)
  const { tightest } = (await admitted(1, 100n)).reservation
  assert.deepEqual([tightest?.leftNano, tightest?.outstandingNano], [330n, 0n])
})

test('what a member has spent elsewhere counts against their own cap', async () => {
  const clock = createVirtualClock()
  const memory = createMemoryOutstanding()
  const members = new Map([['u1', { guaranteed: {}, cap: { limits: { month: 500n }, raises: [] } }]])
  const team = { pool: { limits: { month: 10_000n }, raises: [] }, members }
  const world = createSpendingWorld({ clock, balanceNano: 1_000_000n, keyLimitNano: null, team })
  const [here, there] = [world.replica(memory.of('a'), 20), world.replica(memory.of('b'), 20)]
  for (const [replica, nano] of [
    [there, 1n],
    [here, 500n]
  ] as const) {
    const admitted = await world.ask(replica, { estimateNano: nano, costNano: nano })
    assert.ok(!(admitted instanceof GatewayError))
    world.close(replica, admitted)
    world.settle(replica)
    await clock.advance(20)
  }
  const refused = await world.ask(there, { estimateNano: 10n, costNano: 10n })
  assert.ok(refused instanceof GatewayError, 'it was admitted')
  assert.match(refused.message, /^your spend limit in team core reached/)
})

test('what a replica that died had reserved is free again', async () => {
  const { memory, admitted, ask, refusal } = setUp()
  await admitted(0, 1000n)
  await refusal(1, 10n)
  memory.end('a')
  assert.ok(!((await ask(1, 10n)) instanceof GatewayError))
})

test('while the server is away each replica goes by what it knows itself, at once, and all is shared again when it is back', async () => {
  const { clock, memory, world, replicas, admitted, refusal } = setUp()
  const here = await admitted(0, 1000n)
  await refusal(1, 1n)
  await clock.advance(20)
  memory.setAway(true)
  const there = await admitted(1, 1000n)
  await refusal(1, 10n)
  await refusal(0, 10n)
  assert.equal(memory.open(), 1000n)
  memory.setAway(false)
  await clock.advance(2000)
  assert.equal(memory.open(), 2000n)
  world.end(replicas[0], here)
  assert.equal((await refusal(0, 10n)).type, 'rate_limit_error')
  world.end(replicas[1], there)
  await clock.advance(20)
  await admitted(0, 10n)
})

test('a server that was emptied is told all again', async () => {
  const { clock, memory, admitted, refusal } = setUp()
  await admitted(0, 1000n)
  memory.empty()
  await clock.advance(2000)
  assert.equal(memory.open(), 1000n)
  assert.equal((await refusal(1, 1n)).type, 'rate_limit_error')
})

test('far from the limit the others are told, and not waited for', async () => {
  const { clock, memory, world, replicas, admitted } = setUp()
  const first = await admitted(0, 1n)
  assert.equal(memory.open(), 1n, 'it had not heard of the budget yet')
  const second = await admitted(0, 1n)
  assert.equal(memory.open(), 1n)
  await clock.advance(20)
  assert.equal(memory.open(), 2n)
  for (const one of [first, second]) world.end(replicas[0], one)
  await clock.advance(20)
  assert.equal(memory.open(), 0n)
})

test('a wall clock that is set changes nothing of what is reserved', async () => {
  const { clock, memory, admitted, refusal } = setUp()
  await admitted(0, 1000n)
  for (const byMs of [86_400_000, -2 * 86_400_000]) {
    clock.step(byMs)
    await clock.advance(2000)
    assert.equal(memory.open(), 1000n)
    await refusal(1, 1n)
  }
})

test('a raise ends when the wall clock says so, however that is set, and what was reserved by it stays reserved', async () => {
  const HOUR = 3_600_000
  const clock = createVirtualClock(Date.UTC(2026, 0, 15, 12))
  const raises = [{ kind: 'month' as const, amountNano: 500n, until: clock.now() + HOUR }]
  const members = new Map([['u1', { guaranteed: {}, cap: { limits: {}, raises: [] } }]])
  const team = { pool: { limits: { month: 1000n }, raises }, members }
  const world = createSpendingWorld({ clock, balanceNano: 1_000_000n, keyLimitNano: null, team })
  const replica = world.replica(null)
  const ask = (nano: bigint) => world.ask(replica, { estimateNano: nano, costNano: nano })
  /** What one more is refused with; null where it is admitted. */
  async function refusedNow(): Promise<string | null> {
    const result = await ask(1n)
    if (result instanceof GatewayError) return result.type
    world.end(replica, result)
    return null
  }
  const large = await ask(1200n)
  assert.ok(!(large instanceof GatewayError))
  await clock.advance(HOUR - 1)
  assert.equal(await refusedNow(), null)
  await clock.advance(1)
  assert.equal(await refusedNow(), 'rate_limit_error')
  clock.step(-HOUR)
  assert.equal(await refusedNow(), null)
  clock.step(2 * HOUR)
  assert.equal(await refusedNow(), 'rate_limit_error')
  world.close(replica, large)
  world.settle(replica)
  assert.equal(await refusedNow(), 'billing_error')
  clock.step(-2 * HOUR)
  assert.equal(await refusedNow(), null)
  // Another month, and back.
  for (const byMs of [40 * 24 * HOUR, -40 * 24 * HOUR]) {
    clock.step(byMs)
    assert.equal(await refusedNow(), null)
  }
  clock.step(HOUR)
  assert.equal(await refusedNow(), 'billing_error')
})

test('with the database away what is only reserved is in nobody’s way who has room', async () => {
  const { world, admitted, ask } = setUp()
  await admitted(0, 400n)
  world.setDatabaseAway(true)
  await admitted(1, 400n)
  await admitted(1, 400n)
  const refused = await ask(1, 10n)
  assert.ok(refused instanceof GatewayError)
  assert.deepEqual([refused.status, refused.type], [503, 'api_error'])
})
