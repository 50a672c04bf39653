import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import {
  createBrakeCounts,
  createProcessBrakeCounts,
  RUN_KEPT_MS,
  SLICES,
  type BrakeCounts,
  type CountReply
} from '../../../../services/gateway/brakes/brake-counts.ts'
import { createRedisBrakeCounts } from '../../../../services/gateway/brakes/redis-brake-counts.ts'
import { connectRedis, type RedisClient } from '../../../../services/gateway/slots/redis-client.ts'
import { systemClock } from '../../../../services/platform/clock.ts'
import { fc, times } from '../../../support/fuzz.ts'
import { sharedRedis } from '../../../support/redis-replicas.ts'
import { createVirtualClock, type VirtualClock } from '../../../support/virtual-clock.ts'

const MINUTE = 60_000

interface Backend {
  name: string
  /** Whose clock the virtual clock's steps are. */
  open: (clock: VirtualClock) => BrakeCounts
}

const urls = { one: await sharedRedis({ cluster: false }), cluster: await sharedRedis({ cluster: true }) }

async function connect(t: { after: (cleanUp: () => void) => void }, cluster = false): Promise<RedisClient> {
  const connection = connectRedis({ urls: [cluster ? urls.cluster : urls.one], cluster, onFault: () => {} })
  t.after(() => connection.close())
  await connection.connected(systemClock, 20_000)
  return connection.redis
}

async function openBackends(t: { after: (cleanUp: () => void) => void }): Promise<Backend[]> {
  const [redis, cluster] = [await connect(t), await connect(t, true)]
  const on = (server: RedisClient) => (clock: VirtualClock) => createRedisBrakeCounts(server, `test-${randomUUID()}`, clock.now)
  return [
    { name: 'in the process', open: createProcessBrakeCounts },
    { name: 'on Redis', open: on(redis) },
    { name: 'on a Redis Cluster', open: on(cluster) }
  ]
}

const isShared = (name: string) => name !== 'in the process'

/** What a sum is, by going through all that ever was added. */
function createNaiveSum(windowMs: number, threshold: bigint, clears: boolean) {
  let added: { slice: number; amount: bigint }[] = []
  let isTold = false
  return (at: number, amount: bigint): CountReply => {
    const slice = Math.floor((at * SLICES) / windowMs)
    // What lies ahead is of before a clock was set back.
    added = [...added.filter((one) => one.slice > slice - SLICES && one.slice <= slice), { slice, amount }]
    const count = added.reduce((sum, one) => sum + one.amount, 0n)
    const isReached = count >= threshold
    const isNews = isReached && !isTold
    isTold = isReached && !clears
    if (isReached && clears) added = []
    return { count, isReached, isNews }
  }
}

test('a sum is what the last minutes come to, on each backend', async (t) => {
  for (const { name, open } of await openBackends(t)) {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 7, 10, 60),
        fc.bigInt(1n, 60n),
        fc.boolean(),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 * MINUTE }), fc.bigInt(0n, 30n)), { minLength: 1, maxLength: 40 }),
        async (minutes, threshold, clears, additions) => {
          const clock = createVirtualClock()
          const counts = open(clock)
          const windowMs = minutes * MINUTE
          const naive = createNaiveSum(windowMs, threshold, clears)
          for (const [passedMs, amount] of additions) {
            clock.leap(passedMs)
            const ask = { name: 'sum', windowMs, amount, threshold, clears }
            const [reply] = await counts.sums('1', [ask])
            const at = isShared(name) ? clock.now() : clock.uptime()
            assert.deepEqual(reply, naive(at, amount), name)
          }
        }
      ),
      times(isShared(name) ? 60 : 300)
    )
  }
})

test('what is counted of a key, its sessions and their agents is looked at in one go, on each backend', async (t) => {
  for (const { name, open } of await openBackends(t)) {
    const counts = open(createVirtualClock())
    const names = [null, 'one', 'two', 'agent of {one}', 'agent of }two{'].map((of) => `requests:${JSON.stringify([of])}`)
    const asks = names.map((of, n) => ({ name: of, windowMs: MINUTE, amount: BigInt(n), threshold: 8n, clears: false }))
    await counts.sums('1', asks)
    const replies = await counts.sums('1', asks)
    assert.deepEqual(
      replies.map(({ count, isReached }) => [count, isReached]),
      [
        [0n, false],
        [2n, false],
        [4n, false],
        [6n, false],
        [8n, true]
      ],
      name
    )
  }
})

test('what replicas add at once is one sum, and one of them alone is told that it is reached', async (t) => {
  const redis = await connect(t)
  for (const clears of [true, false]) {
    const prefix = `test-${randomUUID()}`
    const replicas = Array.from({ length: 3 }, () => createRedisBrakeCounts(redis, prefix))
    const ask = { name: 'sum', windowMs: MINUTE, amount: 1n, threshold: 30n, clears }
    const replies = (
      await Promise.all(Array.from({ length: 30 }, async (_, n) => await replicas[n % 3]!.sums('1', [ask])))
    ).flat()
    assert.deepEqual(
      replies.map(({ count }) => Number(count)).toSorted((a, b) => a - b),
      Array.from({ length: 30 }, (_, n) => n + 1)
    )
    assert.equal(replies.filter(({ isNews }) => isNews).length, 1)
  }
})

test('a step of the clock changes nothing in the process, and lets go on Redis of what then lies ahead', async (t) => {
  for (const { name, open } of await openBackends(t)) {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ stepMs: fc.integer({ min: -2 * 86_400_000, max: 2 * 86_400_000 }), passedMs: fc.nat(20_000) }), {
          maxLength: 30
        }),
        async (moves) => {
          const clock = createVirtualClock()
          const counts = open(clock)
          const naive = createNaiveSum(MINUTE, 1000n, false)
          for (const { stepMs, passedMs } of moves) {
            clock.leap(passedMs)
            clock.step(stepMs)
            const [reply] = await counts.sums('1', [
              { name: 'sum', windowMs: MINUTE, amount: 1n, threshold: 1000n, clears: false }
            ])
            const at = isShared(name) ? clock.now() : clock.uptime()
            assert.equal(reply!.count, naive(at, 1n).count, name)
          }
        }
      ),
      times(isShared(name) ? 40 : 200)
    )
  }
})

test('a run is as long as the same comes again and again', async (t) => {
  for (const { name, open } of await openBackends(t)) {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 30 }),
        fc.integer({ min: 2, max: 4 }),
        fc.boolean(),
        async (marks, threshold, clears) => {
          const counts = open(createVirtualClock())
          let [before, length] = ['', 0]
          for (const mark of marks) {
            length = mark === before ? length + 1 : 1
            before = mark
            const isReached = length >= threshold
            const isNews = isReached && (clears || length === threshold)
            const reply = await counts.run('1', { name: 'run', mark, threshold: BigInt(threshold), clears })
            assert.deepEqual(reply, { count: BigInt(length), isReached, isNews }, name)
            if (isReached && clears) [before, length] = ['', 0]
          }
        }
      ),
      times(isShared(name) ? 60 : 300)
    )
  }
})

test('a run that nobody goes on with is over', async () => {
  const clock = createVirtualClock()
  const counts = createProcessBrakeCounts(clock)
  const ask = { name: 'run', mark: 'a', threshold: 9n, clears: false }
  await counts.run('1', ask)
  clock.leap(RUN_KEPT_MS - 1)
  assert.equal((await counts.run('1', ask)).count, 2n)
  clock.leap(RUN_KEPT_MS)
  assert.equal((await counts.run('1', ask)).count, 1n)
})

test('whoever makes up names anew pushes out neither the counts of others nor what is counted of the key', async () => {
  const counts = createProcessBrakeCounts(createVirtualClock())
  const add = async (keyId: string, name: string) =>
    (await counts.sums(keyId, [{ name, windowMs: 60 * MINUTE, amount: 1n, threshold: 10n ** 9n, clears: false }]))[0]!.count
  await add('quiet', 'session')
  for (let n = 0; n < 3000; n++) {
    await add('noisy', 'key')
    await add('noisy', `session ${n}`)
  }
  assert.equal(await add('noisy', 'key'), 3001n)
  assert.equal(await add('quiet', 'session'), 2n)
  assert.ok(counts.size() <= 502, `${counts.size()} are kept`)
  for (let n = 0; n < 11_000; n++) await add(`key ${n}`, 'key')
  assert.ok(counts.size() <= 10_000, `${counts.size()} are kept`)
})

test('while Redis is away or does not answer, a process goes by what it has counted itself', async () => {
  const clock = createVirtualClock()
  const answer: CountReply = { count: 100n, isReached: true, isNews: true }
  let shared: BrakeCounts = { sums: async () => [answer], run: async () => answer }
  const counts = createBrakeCounts({ clock, local: createProcessBrakeCounts(clock), shared: () => shared })
  const ask = { name: 'sum', windowMs: MINUTE, amount: 2n, threshold: 50n, clears: true }
  assert.deepEqual(await counts.sums('1', [ask]), [answer])
  const away = async () => {
    throw new Error('Redis is away')
  }
  shared = { sums: away, run: away }
  assert.equal((await counts.sums('1', [ask]))[0]!.count, 4n)
  shared = { sums: () => new Promise(() => {}), run: () => new Promise(() => {}) }
  const slow = counts.sums('1', [ask])
  await clock.advance(500)
  const [reply] = await Promise.race([slow, setImmediate<CountReply[]>([])])
  assert.equal(reply?.count, 6n, 'it does not wait for Redis any longer')
})

test('what Redis counts of sessions that are made up for each request ends by itself, and what is only looked at is not kept', async (t) => {
  const redis = await connect(t)
  const prefix = `test-${randomUUID()}`
  const counts = createRedisBrakeCounts(redis, prefix)
  const common = { threshold: 10n ** 9n, clears: false }
  for (let n = 0; n < 100; n++) {
    const looked = { ...common, name: `spend:${n}`, windowMs: 60 * MINUTE, amount: 0n }
    const counted = { ...common, name: `requests:${n}`, windowMs: MINUTE, amount: 1n }
    await counts.sums('1', [looked, counted])
    await counts.run('1', { ...common, name: `turns:${n}`, mark: 'a' })
  }
  const keys = await redis.keys(`${prefix}:*`)
  assert.equal(keys.length, 200)
  for (const key of keys) {
    const [lastsMs, mostMs] = [await redis.pttl(key), key.includes(':requests:') ? MINUTE : RUN_KEPT_MS]
    assert.ok(lastsMs > 0 && lastsMs <= mostMs, `${key} lasts ${lastsMs} ms`)
  }
})
