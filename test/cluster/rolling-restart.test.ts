import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../support/cluster.ts'
import { closestToLimit } from '../support/cluster-counts.ts'
import { loadOf, requestsOf, seedOfRun, usersWith, type Mix } from '../support/cluster-requests.ts'
import {
  assertBooksAgree,
  assertEndsClean,
  assertNoFailures,
  assertNone,
  assertWithinLimits,
  overtakings
} from '../support/cluster-verdicts.ts'
import { assertNothingUnsettled } from '../support/crash-database.ts'
import { until } from '../support/until.ts'

const RESTARTS_EACH = 2
/** 200 streams at once, which is as many as the accounts have slots for; the other clients wait for one. */
const ACCOUNTS = ['one', 'two', 'three', 'four'].map((name) => ({ name, concurrency: 50 }))
const STREAMS = 200
/** Clients of these wait for an account's slot, those of the others for their user's. */
const USERS = usersWith(10, 22)
const CLIENTS_EACH = 22
const QUEUEING = usersWith(2, 3, 'queueing')
const QUEUEING_CLIENTS_EACH = 7

test(
  'a rolling restart cuts no stream, fails no request, exceeds no limit and loses no usage',
  { timeout: 300_000 },
  async (t) => {
    const { seed, label } = seedOfRun()
    t.diagnostic(label)
    const cluster = await startCluster(t, { users: [...USERS, ...QUEUEING], accounts: ACCOUNTS })
    const users = [...loadOf(USERS, CLIENTS_EACH), ...loadOf(QUEUEING, QUEUEING_CLIENTS_EACH)]
    const mix: Mix = { streams: 0.95, hangUps: 0, paceMs: 300, deltas: [6, 14], jsonMs: [200, 2000] }
    const load = cluster.load(users, requestsOf(seed, mix))
    await until(`${STREAMS} requests are in flight`, () => cluster.book.inFlight() >= STREAMS - 2, 60_000)

    const startedAt = performance.now()
    for (let round = 0; round < RESTARTS_EACH; round++) {
      for (const replica of cluster.replicas) {
        await until(
          'the replica has its share of the streams',
          () => cluster.proxy.replicas[replica.index]!.inFlight >= STREAMS / 6,
          60_000
        )
        const { life } = replica
        life.kill('SIGTERM')
        assert.deepEqual(await life.ends(60_000), { code: 0, signal: null }, life.stdout())
        await assertNothingUnsettled(replica.place)
        await replica.start()
      }
    }
    t.diagnostic(`${RESTARTS_EACH * cluster.replicas.length} restarts in ${Math.round(performance.now() - startedAt)} ms`)
    await load.stop()

    t.diagnostic(`${load.responses.length} requests, ${cluster.proxy.replicas.map(({ total }) => total).join(' + ')}`)
    assertNoFailures(cluster, load, label)
    assertWithinLimits(cluster, label)
    assert.equal(closestToLimit(cluster.book.flights, cluster.limits, 'account'), 0, 'no account was used to its limit')
    assert.equal(closestToLimit(cluster.book.flights, cluster.limits, 'user'), 0, 'no user was served to the limit')
    assertNone(
      `${label}: waiters keep their place`,
      overtakings(load.responses, cluster.book.flights, cluster.replicaOf),
      cluster
    )
    await assertBooksAgree(cluster, load, label)
    await assertEndsClean(cluster, label)
  }
)
