import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createRedisOutstanding } from '../../services/gateway/eligibility/redis-outstanding.ts'
import { connectRedis } from '../../services/gateway/slots/redis-client.ts'
import { systemClock as clock } from '../../services/platform/clock.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { reservationContract } from '../support/reservation-contract.ts'
import { sharedRedis } from '../support/redis-replicas.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { createSpendingWorld } from '../support/spending-world.ts'
import { until } from '../support/until.ts'

interface Closing {
  after: (end: () => void) => void
}

async function connect(t: Closing, url: string, cluster = false) {
  const connection = connectRedis({ urls: [url], cluster, onFault: () => {} })
  t.after(() => connection.close())
  await connection.connected(clock, 20_000)
  return connection.redis
}

for (const cluster of [false, true]) {
  const url = await sharedRedis({ cluster })
  reservationContract(cluster ? 'on a Redis Cluster' : 'on Redis', async (t) => {
    const redis = await connect(t, url, cluster)
    let prefix = ''
    return {
      clock,
      replicas: 2,
      begin() {
        prefix = `test-${randomUUID()}`
      },
      join() {
        const processId = randomUUID()
        const key = `${prefix}:{money}:living`
        const die = async () => void (await redis.zadd(key, 0, processId))
        return { shared: createRedisOutstanding({ redis, prefix, processId, leaseTtlMs: 30_000 }), die }
      },
      heard: (replicas) => until('all is told', () => replicas.every(({ reservations }) => reservations.sizes().untold === 0))
    }
  })
}

test('what a process that was killed had reserved ends with its lease, and leaves nothing behind', async (t) => {
  const redis = await connect(t, await sharedRedis({ cluster: false }))
  const prefix = `test-${randomUUID()}`
  const of = (leaseTtlMs: number) => createRedisOutstanding({ redis, prefix, leaseTtlMs })
  const [killed, alive] = [of(200), of(30_000)]
  const share = { share: '', outstandingNano: 7n, settledNano: 5n }
  await killed.publish([{ budget: 'wallet:1', shares: [share] }])
  const seen = async () => (await alive.publish([{ budget: 'wallet:1', shares: [] }])).views[0]!
  assert.deepEqual([...(await seen()).outstanding], [['', 7n]])
  await until('its lease is over', async () => (await seen()).outstanding.size === 0)
  const { settled, epoch } = await seen()
  assert.deepEqual([...settled], [['', 5n]], 'what it has settled stays settled')
  assert.deepEqual(await redis.hgetall(`${prefix}:{money}:wallet:1`), { epoch, 's||': '5' })
  for (const key of await redis.keys(`${prefix}:*`)) assert.ok((await redis.pttl(key)) > 0)
})

test('who is taken for dead, as when the server’s clock is set forward, tells all again', async (t) => {
  const redis = await connect(t, await sharedRedis({ cluster: false }))
  const prefix = `test-${randomUUID()}`
  const world = createSpendingWorld({ clock, balanceNano: 1000n, keyLimitNano: null, team: null })
  const join = (processId: string) => world.replica(createRedisOutstanding({ redis, prefix, processId, leaseTtlMs: 30_000 }))
  const [here, there] = [join('here'), join('there')]
  const whole = { estimateNano: 1000n, costNano: 1000n }
  const reserved = await world.ask(here, whole)
  assert.ok(!(reserved instanceof GatewayError))
  assert.ok((await world.ask(there, whole)) instanceof GatewayError)
  async function isAdmitted(): Promise<boolean> {
    const result = await world.ask(there, whole)
    if (result instanceof GatewayError) return false
    world.end(there, result)
    return true
  }
  await until('it is taken for dead', async () => {
    await redis.zadd(`${prefix}:{money}:living`, 1, 'here')
    return await isAdmitted()
  })
  await until('it has told again', async () => !(await isAdmitted()))
  world.end(here, reserved)
  await until('it is free', isAdmitted)
})

test('amounts are exact, however large, and a budget’s shares are kept apart', async (t) => {
  const redis = await connect(t, await sharedRedis({ cluster: false }))
  const prefix = `test-${randomUUID()}`
  const [here, there] = [1, 2].map(() => createRedisOutstanding({ redis, prefix, leaseTtlMs: 30_000 }))
  const much = 9_007_199_254_740_993n
  const shares = [
    { share: '1', outstandingNano: much, settledNano: much },
    { share: '2', outstandingNano: 1n, settledNano: 0n }
  ]
  await here!.publish([{ budget: 'team:1', shares }])
  const { views } = await there!.publish([{ budget: 'team:1', shares: [] }])
  assert.deepEqual(
    new Map(views[0]!.outstanding),
    new Map([
      ['1', much],
      ['2', 1n]
    ])
  )
  assert.deepEqual([...views[0]!.settled], [['1', much]])
})

test('with Redis away a replica reserves by itself at once, and together with others when it is back', async (t) => {
  const server = await startRedisServer(t)
  const prefix = `test-${randomUUID()}`
  const world = createSpendingWorld({ clock, balanceNano: 1000n, keyLimitNano: null, team: null })
  const join = async () =>
    world.replica(createRedisOutstanding({ redis: await connect(t, server.url), prefix, leaseTtlMs: 30_000 }))
  const [here, there] = [await join(), await join()]
  const one = { estimateNano: 600n, costNano: 600n }
  const first = await world.ask(here, one)
  assert.ok(!(first instanceof GatewayError))
  await server.stop()
  const own = await world.ask(there, one)
  assert.ok(!(own instanceof GatewayError), 'the other one’s are not known')
  assert.ok(!((await world.ask(there, one)) instanceof GatewayError))
  assert.ok((await world.ask(there, one)) instanceof GatewayError, 'its own are')
  await server.start()
  await until('both have told what they have reserved', () =>
    [here, there].every(({ reservations }) => reservations.sizes().untold === 0)
  )
  const refused = await world.ask(here, one)
  assert.ok(refused instanceof GatewayError)
  assert.equal(refused.type, 'rate_limit_error')
})
