import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startCluster, type Cluster, type ClusterLoad } from '../support/cluster.ts'
import { closestToLimit } from '../support/cluster-counts.ts'
import { loadOf, requestsOf, seedOfRun, usersWith, type Mix } from '../support/cluster-requests.ts'
import {
  assertBooksAgree,
  assertEndsClean,
  assertNoFailures,
  assertWithinShares,
  assertWithinLimits
} from '../support/cluster-verdicts.ts'
import { seededRandom } from '../../simulator/seeded-random.ts'
import { until } from '../support/until.ts'

const AWAY_MS = 6000
/** From when Redis is gone until it must have been noticed everywhere. */
const NOTICED_WITHIN_MS = 2000
/** From when it is back until limits are exact again: all replicas have said what they hold. */
const EXACT_WITHIN_MS = 5000

/** Users use up their limits, and with them the accounts. */
const ACCOUNTS = ['one', 'two', 'three'].map((name) => ({ name, concurrency: 14 }))
const USERS = usersWith(6, 8)
const MIX: Mix = { streams: 0.8, hangUps: 0, paceMs: 150, deltas: [5, 25], jsonMs: [100, 1500] }

/** One way in which Redis is away, and back. */
interface Outage {
  name: string
  leave: (cluster: Cluster) => Promise<void>
  comeBack: (cluster: Cluster) => Promise<void>
}

const OUTAGES: Outage[] = [
  { name: 'stopped and started again, empty', leave: ({ redis }) => redis.stop(), comeBack: ({ redis }) => redis.start() },
  {
    name: 'frozen',
    leave: async ({ redis }) => redis.freeze(),
    comeBack: async ({ redis }) => redis.thaw()
  }
]

for (const outage of OUTAGES) {
  test(`Redis ${outage.name} under load`, { timeout: 180_000 }, async (t) => {
    const { cluster, load, label } = await clusterUnderLoad(t)
    const { book, limits } = cluster
    const leftAt = performance.now()
    await outage.leave(cluster)
    await delay(AWAY_MS)
    const backAt = performance.now()
    await outage.comeBack(cluster)
    const exactAt = performance.now() + EXACT_WITHIN_MS
    await delay(EXACT_WITHIN_MS + 4000)
    await load.stop()

    t.diagnostic(`${load.responses.length} requests, ${wholeBetween(leftAt, backAt)} of them whole while Redis was away`)
    assert.ok(wholeBetween(leftAt + NOTICED_WITHIN_MS, backAt) > 0, 'nothing was served while Redis was away')
    assertNoFailures(cluster, load, label)
    assertWithinShares(cluster, label, { left: leftAt, noticed: leftAt + NOTICED_WITHIN_MS, back: backAt, exact: exactAt })
    assert.equal(
      closestToLimit(
        book.flights.filter(({ startedAt }) => startedAt >= exactAt),
        limits,
        'user'
      ),
      0,
      'limits are used again'
    )
    await assertBooksAgree(cluster, load, label)
    await assertEndsClean(cluster, label)

    function wholeBetween(from: number, to: number): number {
      return load.responses.filter(({ whole, sentAt, endedAt }) => whole && sentAt >= from && endedAt <= to).length
    }
  })
}

test('Redis emptied under load, again and again: no limit is exceeded', { timeout: 180_000 }, async (t) => {
  const { cluster, load, label, seed } = await clusterUnderLoad(t)
  const random = seededRandom(seed)
  const flushes = 5
  for (let n = 0; n < flushes; n++) {
    await cluster.redis.flushAll()
    const served = wholeOf(load)
    await until('requests are served again', () => wholeOf(load) >= served + 20, 20_000)
    await delay(random.int(0, 1500))
  }
  await load.stop()
  t.diagnostic(`${load.responses.length} requests, ${flushes} times emptied`)
  assertNoFailures(cluster, load, label)
  assertWithinLimits(cluster, label)
  await assertBooksAgree(cluster, load, label)
  await assertEndsClean(cluster, label)
})

async function clusterUnderLoad(t: TestContext) {
  const { seed, label } = seedOfRun()
  t.diagnostic(label)
  const cluster = await startCluster(t, { users: USERS, accounts: ACCOUNTS })
  const load = cluster.load(loadOf(USERS, 12), requestsOf(seed, MIX))
  await until('the limits are used up', () => cluster.book.inFlight() >= 40, 60_000)
  await until('responses have ended', () => wholeOf(load) >= 50, 60_000)
  return { cluster, load, label, seed }
}

const wholeOf = (load: ClusterLoad) => load.responses.filter(({ whole }) => whole).length
