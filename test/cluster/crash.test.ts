import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startCluster, type Cluster, type Replica } from '../support/cluster.ts'
import { sendOne, type ClusterLoadOptions, type LoadUser } from '../support/cluster-load.ts'
import { loadOf, requestsOf, seedOfRun, usersWith, type Mix } from '../support/cluster-requests.ts'
import { assertBooksAgree, assertEndsClean, assertNoFailures, assertWithinLimits } from '../support/cluster-verdicts.ts'
import { seededRandom } from '../../simulator/seeded-random.ts'
import { until } from '../support/until.ts'

const KILLS = Number(process.env.CRASH_KILLS ?? 6)
/** The default is 30 s. Where nobody is killed it is left at that: a machine that is too busy for 3 s would end live leases. */
const LEASE_TTL_MS = 3000
const env = { LEASE_TTL_MS: String(LEASE_TTL_MS) }
const KILLED = { code: null, signal: 'SIGKILL' } as const

/** What is counted to the moment of a kill. */
const MOMENTS = ['request', 'chunk', 'whole'] as const
type Moment = (typeof MOMENTS)[number]
const COUNT_TO: Record<Moment, number> = { request: 60, chunk: 600, whole: 40 }

const ACCOUNTS = ['one', 'two', 'three'].map((name) => ({ name, concurrency: 16 }))
const USERS = usersWith(5, 10)
const MIX: Mix = { streams: 0.8, hangUps: 0.1, paceMs: 100, deltas: [3, 20], jsonMs: [50, 1000] }

/** Between the first moment at which a replica's death can show at a client and the last. */
interface Death {
  replica: number
  from: number
  to: number
}

test(
  'kill -9 of one of three replicas under load is felt by its own clients only',
  { timeout: 120_000 + KILLS * 30_000 },
  async (t) => {
    const { seed, label } = seedOfRun()
    t.diagnostic(`${label} CRASH_KILLS=${KILLS}`)
    const random = seededRandom(seed + 1)
    const countdown = createCountdown()
    const onArrival = () => countdown.count('request')
    const cluster = await startCluster(t, { users: USERS, accounts: ACCOUNTS, onArrival, env })
    const load = cluster.load(loadOf(USERS, 14), requestsOf(seed, MIX), {
      onChunk: () => countdown.count('chunk'),
      onWhole: () => countdown.count('whole')
    })
    const deaths: Death[] = []
    for (let kills = 0; kills < KILLS; kills++) {
      const moment = MOMENTS[kills] ?? random.pick(MOMENTS)
      const replica = random.pick(cluster.replicas as [Replica, ...Replica[]])
      await countdown.reached('whole', 20)
      await countdown.reached(moment, random.int(1, COUNT_TO[moment]))
      const death = { replica: replica.index, from: performance.now(), to: Infinity }
      deaths.push(death)
      replica.life.kill('SIGKILL')
      assert.deepEqual(await replica.life.ends(), KILLED)
      // Sometimes it is back before its leases are over, sometimes they have gone to others by then.
      await delay(random.pick([0, random.int(0, LEASE_TTL_MS), LEASE_TTL_MS + 1000]))
      await replica.start()
      death.to = performance.now()
    }
    await countdown.reached('whole', 50)
    await load.stop()

    const whole = load.responses.filter((response) => response.whole).length
    const failed = load.responses.filter((response) => response.outcome === 'failed').length
    t.diagnostic(`${load.responses.length} requests, ${whole} seen whole, ${failed} broken by ${KILLS} kills`)
    assertNoFailures(cluster, load, label, ({ model, sentAt, endedAt }) =>
      deaths.some(({ replica, from, to }) => cluster.replicaOf(model) === replica && sentAt <= to && from <= endedAt)
    )
    // Also the requests of the killed replica count, until the upstream sees their connections break.
    assertWithinLimits(cluster, label)
    await assertBooksAgree(cluster, load, label)
    await assertEndsClean(cluster, label)
  }
)

test('the slots of a killed replica are free within LEASE_TTL_MS', { timeout: 120_000 }, async (t) => {
  const limit = 6
  const [user] = loadOf(usersWith(1, limit), 1) as [LoadUser]
  // The account is used up with the user: both must come free.
  const cluster = await startCluster(t, { users: usersWith(1, limit), accounts: [{ name: 'one', concurrency: limit }], env })
  const endless = requestsOf(1, { streams: 1, hangUps: 0, paceMs: 200, deltas: [1000, 1000], jsonMs: [0, 0] })
  const [victim, survivor] = cluster.replicas as [Replica, Replica, Replica]
  send(cluster, victim, limit, user, endless)
  await until('all slots are taken', () => cluster.book.inFlight() === limit, 60_000)
  send(cluster, survivor, limit, user, endless)
  await until('the others wait', async () => {
    const { data } = await survivor.admin<{ data: { subject: string; waiting: number }[] }>('GET', '/slots')
    return data.some(({ subject, waiting }) => subject === 'user' && waiting === limit)
  })
  // Longer than a lease lasts that nobody renews.
  await delay(LEASE_TTL_MS * 1.5)
  assert.equal(cluster.book.flights.length, limit, 'slots were given on while their streams lived')

  victim.life.kill('SIGKILL')
  await victim.life.ends()
  const killedAt = performance.now()
  await until('the others have the slots', () => cluster.book.flights.length === 2 * limit, 2 * LEASE_TTL_MS)
  const elapsedMs = performance.now() - killedAt
  t.diagnostic(`free after ${Math.round(elapsedMs)} ms of ${LEASE_TTL_MS}`)
  assert.ok(elapsedMs < LEASE_TTL_MS + 2000, `the slots were free only ${Math.round(elapsedMs)} ms after the kill`)
  assertWithinLimits(cluster, 'after a kill')
})

/** Sends so many requests to the replica itself, which last until the cluster is gone. */
function send(cluster: Cluster, { place }: Replica, count: number, user: LoadUser, next: ClusterLoadOptions['next']) {
  const options = { ...cluster.loadOptions([user], next), url: place.url }
  for (let n = 0; n < count; n++) void sendOne(options, user)
}

function createCountdown() {
  let waiting: { counted: Moment; left: number; fire: () => void } | null = null
  return {
    count(counted: Moment) {
      if (waiting?.counted === counted && --waiting.left === 0) waiting.fire()
    },
    reached: (counted: Moment, left: number) =>
      new Promise<void>((fire) => {
        waiting = { counted, left, fire }
      })
  }
}
