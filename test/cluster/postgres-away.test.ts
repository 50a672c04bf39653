import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { startCluster, type Cluster, type ClusterLoad } from '../support/cluster.ts'
import { loadOf, requestsOf, seedOfRun, usersWith, type Mix } from '../support/cluster-requests.ts'
import {
  assertBooksAgree,
  assertEndsClean,
  assertNoFailures,
  assertWithinShares,
  assertWithinLimits
} from '../support/cluster-verdicts.ts'
import { readExposition, valueOf } from '../support/exposition.ts'
import { ADMIN_TOKEN } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/** Longer than anything that is known of a key stays fresh. */
const OUTAGE_MS = Number(process.env.CLUSTER_OUTAGE_MS ?? 45_000)
const BACK_WITHIN_MS = 30_000
const EXACT_WITHIN_MS = 5000
// Left alone, the engine lets garbage lie as long as there is room; what is really kept shows only where there is little.
const env = { NODE_OPTIONS: '--max-old-space-size=128 --max-semi-space-size=2' }
const MEMORY_GROWTH_BYTES = 64 * 2 ** 20

const ACCOUNTS = ['one', 'two', 'three'].map((name) => ({ name, concurrency: 16 }))
const USERS = usersWith(4, 10)
/** Their key is right, but nobody has used it when Postgres goes. */
const STRANGERS = usersWith(1, 10, 'stranger')
const STRANGER = STRANGERS[0]!.key
const NOBODY = 'sk-sluice-no-such-key-anywhere'
const MIX: Mix = { streams: 0.4, hangUps: 0.05, paceMs: 100, deltas: [3, 15], jsonMs: [20, 200] }

test('Postgres stopped under load: known keys go on, nothing is lost or doubled, memory stays flat', longTest(), async (t) => {
  const { cluster, load, label } = await clusterUnderLoad(t)
  const before = await measure(cluster)
  const leftAt = performance.now()
  await cluster.postgres.stop()
  await assertTell(cluster, { database: 'away', slots: 'shared' })
  await assertStrangersAreToldToComeBack(cluster)
  await assertJournalGrows(cluster)
  await delay(leftAt + OUTAGE_MS - performance.now())
  const during = await measure(cluster)
  const backAt = performance.now()
  await cluster.postgres.start()
  await assertRecovers(cluster)
  await assertTell(cluster, { database: 'ok', slots: 'shared' })
  await load.stop()

  t.diagnostic(`${load.responses.length} requests, ${sentBetween(load, leftAt, backAt)} of them while Postgres was away`)
  assertNoFailures(cluster, load, label)
  assertWithinLimits(cluster, label)
  await assertBooksAgree(cluster, load, label)
  const after = await measure(cluster)
  report(t, { before, during, after })
  for (const { index } of cluster.replicas) {
    const growth = during[index]!.memoryBytes - before[index]!.memoryBytes
    assert.ok(growth < MEMORY_GROWTH_BYTES, `replica ${index} has grown by ${mib(growth)} MiB`)
  }
  await assertEndsClean(cluster, label)
})

test('Postgres failing over under load, again and again: nobody notices', { timeout: 180_000 }, async (t) => {
  const { cluster, load, label } = await clusterUnderLoad(t)
  let killed = 0
  for (let times = 0; times < 5; times++) {
    killed += await cluster.postgres.killConnections()
    await delay(700)
  }
  t.diagnostic(`${killed} connections were killed`)
  assert.ok(killed >= cluster.replicas.length)
  await assertRecovers(cluster)
  await load.stop()
  assertNoFailures(cluster, load, label)
  assertWithinLimits(cluster, label)
  await assertBooksAgree(cluster, load, label)
  await assertEndsClean(cluster, label)
})

test('Postgres and Redis both stopped under load: known keys go on, and the books are exact', longTest(), async (t) => {
  const { cluster, load, label } = await clusterUnderLoad(t)
  const leftAt = performance.now()
  await Promise.all([cluster.postgres.stop(), cluster.redis.stop()])
  await assertTell(cluster, { database: 'away', slots: 'local' })
  await assertStrangersAreToldToComeBack(cluster)
  await delay(leftAt + Math.min(OUTAGE_MS, 20_000) - performance.now())
  const backAt = performance.now()
  await cluster.redis.start()
  const exactAt = performance.now() + EXACT_WITHIN_MS
  await cluster.postgres.start()
  await assertRecovers(cluster)
  await assertTell(cluster, { database: 'ok', slots: 'shared' })
  await delay(exactAt + 2000 - performance.now())
  await load.stop()

  t.diagnostic(`${load.responses.length} requests, ${sentBetween(load, leftAt, backAt)} of them while both were away`)
  assertNoFailures(cluster, load, label)
  assertWithinShares(cluster, label, { left: leftAt, noticed: leftAt + 2000, back: backAt, exact: exactAt })
  await assertBooksAgree(cluster, load, label)
  await assertEndsClean(cluster, label)
})

function longTest() {
  return { timeout: 180_000 + 2 * OUTAGE_MS }
}

/** A load whose keys every replica knows by now. */
async function clusterUnderLoad(t: TestContext) {
  const { seed, label } = seedOfRun()
  t.diagnostic(label)
  const cluster = await startCluster(t, { users: [...USERS, ...STRANGERS], accounts: ACCOUNTS, env })
  const load = cluster.load(loadOf(USERS, 12), requestsOf(seed, MIX))
  const isKnown = (email: string, replica: number) =>
    load.responses.some(({ user, whole, model }) => user === email && whole && cluster.replicaOf(model) === replica)
  await until(
    'every replica has served every key',
    () => USERS.every(({ email }) => cluster.replicas.every(({ index }) => isKnown(email, index))),
    30_000
  )
  await until('there is a history', () => load.responses.filter(({ whole }) => whole).length >= 150, 30_000)
  return { cluster, load, label }
}

/** Whether their keys are right cannot be known: 503, never 401. */
async function assertStrangersAreToldToComeBack(cluster: Cluster) {
  for (const replica of cluster.replicas) {
    for (const key of [STRANGER, NOBODY]) {
      const { status, headers, detail } = await cluster.probe(replica, key)
      assert.equal(status, 503, detail)
      assert.match(headers?.get('retry-after') ?? '', /^[1-9]\d?$/)
      const { type, error } = JSON.parse(detail) as { type: string; error: { type: string } }
      assert.deepEqual([type, error.type], ['error', 'api_error'])
    }
  }
}

/** At every replica `/readyz` and the metrics say what is away, and it stays ready. */
async function assertTell({ replicas }: Cluster, expected: { database: 'ok' | 'away'; slots: string }) {
  const wanted = { ...expected, databaseUp: expected.database === 'ok' ? 1 : 0, inState: 1 }
  for (const { index, place } of replicas) {
    const hasWebhook = async () => {
      const response = await fetch(`${place.url}/readyz`)
      assert.equal(response.status, 200)
      const { database, slots } = (await response.json()) as { database: string; slots: string }
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
      const metrics = readExposition(await (await fetch(`${place.url}/metrics`, { headers })).text())
      const databaseUp = valueOf(metrics, 'sluice_database_up')
      const inState = valueOf(metrics, 'sluice_slots_state', { state: expected.slots })
      return isDeepStrictEqual({ database, slots, databaseUp, inState }, wanted)
    }
    await until(`replica ${index} tells ${JSON.stringify(wanted)}`, hasWebhook, BACK_WITHIN_MS)
  }
}

async function assertJournalGrows({ replicas }: Cluster) {
  for (const replica of replicas) {
    const bytes = await replica.journalBytes()
    await until(`the journal of replica ${replica.index} grows`, async () => (await replica.journalBytes()) > bytes + 4096)
  }
}

/** By itself: at every replica a key is known again that was not. */
async function assertRecovers(cluster: Cluster) {
  for (const replica of cluster.replicas) {
    const isServed = async () => (await cluster.probe(replica, STRANGER)).whole
    await until(`replica ${replica.index} serves a key it did not know`, isServed, BACK_WITHIN_MS)
    assert.equal((await cluster.probe(replica, NOBODY)).status, 401)
  }
}

function sentBetween(load: ClusterLoad, from: number, to: number): number {
  return load.responses.filter(({ sentAt }) => from <= sentAt && sentAt < to).length
}

interface Measured {
  memoryBytes: number
  journalBytes: number
}

function measure({ replicas }: Cluster): Promise<Measured[]> {
  return Promise.all(
    replicas.map(async (replica) => ({ memoryBytes: await replica.memoryBytes(), journalBytes: await replica.journalBytes() }))
  )
}

function report(t: TestContext, measured: Record<string, Measured[]>) {
  for (const [when, replicas] of Object.entries(measured)) {
    const texts = replicas.map(({ memoryBytes, journalBytes }) => `${mib(memoryBytes)} MiB, journal ${journalBytes} bytes`)
    t.diagnostic(`${when}: ${texts.join(' | ')}`)
  }
}

const mib = (bytes: number) => Math.round(bytes / 2 ** 20)
