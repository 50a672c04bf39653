import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { assertNothingUnsettled, readSums, withDatabase } from '../support/crash-database.ts'
import { startLoad } from '../support/crash-load.ts'
import { disagreements, type BookedEntry, type BookedEvent, type Books } from '../support/crash-oracle.ts'
import { createRequestPlan, type PlannedRequest } from '../support/crash-requests.ts'
import { account, ask } from '../support/gateway.ts'
import { seededRandom } from '../../simulator/seeded-random.ts'
import { serverPlace, type ServerPlace } from '../support/server-process.ts'
import { parseObject, type RecordedRequest } from '../../simulator/behaviour.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from '../support/until.ts'

// A process of its own: it takes as long as a dozen others, and so begins first.

// The default run is the same each time; CRASH_SEED=0 takes another seed at each run, for long ones.
const SEED = Number(process.env.CRASH_SEED ?? 1) || randomInt(1, 1e9)
const KILLS = Number(process.env.CRASH_KILLS ?? 6)
const CLIENTS = Number(process.env.CRASH_CLIENTS ?? 30)

/** What is counted to the moment of a kill: a request at the upstream, a chunk at a client, a whole response at a client. */
type Counted = 'request' | 'chunk' | 'whole'
type Moment = Counted | 'start' | 'stop'

const MOMENTS: readonly [Moment, ...Moment[]] = ['request', 'chunk', 'whole', 'start', 'stop']
const COUNT_TO: Record<Counted, number> = { request: 150, chunk: 1500, whole: 80 }
const SUBSCRIPTION_GROUP = 'team'
const KEYS = ['sk-sluice-crash-test-one', 'sk-sluice-crash-test-two', 'sk-sluice-crash-test-three'] as const

const SETTINGS = {
  LOG_LEVEL: 'warn',
  DRAIN_DELAY_MS: '0',
  PROGRESS_INTERVAL_MS: '50',
  QUEUE_EXTRA: '100',
  // The load's requests are known as unfinished by their clients, which are gone by then.
  DRAIN_TIMEOUT_MS: '10000'
}

await suite('usage when the process is killed', async () => {
  test('is billed once, on the embedded database', { timeout: 60_000 + KILLS * 20_000 }, (t) => killUnderLoad(t, 'embedded'))
  test('is billed once, on a Postgres', { timeout: 60_000 + KILLS * 20_000 }, (t) => killUnderLoad(t, 'postgres'))
})

async function killUnderLoad(t: TestContext, database: 'embedded' | 'postgres') {
  t.diagnostic(`CRASH_SEED=${SEED} CRASH_KILLS=${KILLS}`)
  const random = seededRandom(SEED)
  const plan = createRequestPlan(random, KEYS)
  const moments = seededRandom(SEED + 1)

  let countdown: { counted: Counted; left: number; fire: () => void } | null = null
  const count = (counted: Counted) => {
    if (countdown?.counted === counted && --countdown.left === 0) countdown.fire()
  }
  const reached = (counted: Counted, left: number) =>
    new Promise<void>((resolve) => {
      countdown = { counted, left, fire: resolve }
    })

  const upstream = await startSimulatedUpstream({ record: 'none' })
  t.after(() => upstream.close())
  const planned = new Map<string, { request: PlannedRequest; tries: number }>()
  upstream.setBehaviour((request) => {
    count('request')
    const known = planned.get(modelOf(request))
    return known === undefined ? {} : (known.request.behaviours[known.tries++] ?? known.request.behaviours.at(-1))
  })

  const place = await serverPlace(t, { database, declared: declared(upstream.url), env: SETTINGS })
  let life = await place.start()
  await openWindows(place)

  const gate = createGate()
  const load = startLoad({
    url: place.url,
    clients: CLIENTS,
    next() {
      const request = plan.next()
      planned.set(request.model, { request, tries: 0 })
      return request
    },
    up: gate.passed,
    onChunk: () => count('chunk'),
    onWhole: () => count('whole')
  })

  const startedAt = performance.now()
  for (let kills = 0; kills < KILLS;) {
    const moment = kills < MOMENTS.length ? MOMENTS[kills]! : moments.pick(MOMENTS)
    await die(moment)
    const { signal } = await life.exited
    if (signal === 'SIGKILL') kills++
    life = await place.start()
    gate.open()
  }
  t.diagnostic(`${KILLS} kills in ${Math.round(performance.now() - startedAt)} ms`)

  /** Runs the life up to the moment and ends it there. The load waits from then on. */
  async function die(moment: Moment) {
    const kill = () => {
      gate.close()
      life.kill('SIGKILL')
    }
    if (moment === 'request' || moment === 'chunk' || moment === 'whole') {
      await alive(reached(moment, moments.int(1, COUNT_TO[moment])))
      return kill()
    }
    await alive(reached('whole', moments.int(5, 20)))
    if (moment === 'stop') {
      gate.close()
      life.kill('SIGTERM')
      await Promise.race([reached('chunk', moments.int(1, 60)), life.exited])
      return kill()
    }
    kill()
    await life.exited
    // The next life is killed while it comes up and settles what this one left behind.
    life = place.spawn()
    await delay(moments.int(0, 1500))
    kill()
  }

  /** What is awaited must come while the process lives: it ends when we say so, not by itself. */
  async function alive(awaited: Promise<void>) {
    const ended = life.exited.then((exit) =>
      assert.fail(`the server ended: ${JSON.stringify(exit)}\n${life.stdout()}${life.stderr()}`)
    )
    await Promise.race([awaited, ended])
  }

  await alive(reached('whole', 20))
  await load.stop()
  t.diagnostic(`${load.responses.length} requests, ${load.responses.filter((response) => response.whole).length} seen whole`)
  await until('all slots are free', async () => {
    const slots = await place.list<{ in_flight: number; waiting: number }>('/slots')
    return slots.every((slot) => slot.in_flight === 0 && slot.waiting === 0)
  })
  const compare = async () =>
    disagreements({ responses: load.responses, starts: upstream.messageStarts, ...(await booksOf(place)) })
  let found = await compare()
  // What the last lives left is settled in the background; what doesn't agree after that never will.
  for (const deadline = performance.now() + 10_000; found.length > 0 && performance.now() < deadline; found = await compare()) {
    await delay(50)
  }
  assert.deepEqual(found.slice(0, 20), [], `CRASH_SEED=${SEED}: ${found.length} disagreements`)
  const { events } = await booksOf(place)

  life.kill('SIGTERM')
  assert.deepEqual(await life.ends(), { code: 0, signal: null }, life.stdout())
  await assertNothingUnsettled(place)
  const { eventCount, rollUpDifferences, windows } = await withDatabase(place, readSums)
  assert.equal(eventCount, events.length)
  assert.deepEqual(rollUpDifferences, [], `CRASH_SEED=${SEED}: the roll-up is not the sum of the events`)
  for (const { day, week, month, used } of windows) {
    assert.deepEqual(
      { day, week, month },
      { day: used, week: used, month: used },
      `CRASH_SEED=${SEED}: a window is not its sum`
    )
  }
}

/** Whoever comes while it is closed waits until it opens. */
function createGate() {
  let opened: PromiseWithResolvers<void> | null = null
  return {
    passed: async () => await opened?.promise,
    close: () => void (opened ??= Promise.withResolvers()),
    open() {
      opened?.resolve()
      opened = null
    }
  }
}

function declared(upstreamUrl: string) {
  const groups = ['default', SUBSCRIPTION_GROUP]
  const user = (index: number, group: string) => ({
    email: `user${index}@example.com`,
    concurrency: 12,
    balance_usd: '100000',
    keys: [{ name: 'laptop', group, key: KEYS[index] }]
  })
  return {
    groups: [
      { name: 'default', kind: 'balance', rate_multiplier: 1.5 },
      { name: SUBSCRIPTION_GROUP, kind: 'subscription', monthly_limit_usd: 100000 }
    ],
    accounts: ['one', 'two'].map((name) => account(name, upstreamUrl, { groups, concurrency: 12 })),
    users: [
      user(0, 'default'),
      user(1, 'default'),
      { ...user(2, SUBSCRIPTION_GROUP), subscriptions: [{ group: SUBSCRIPTION_GROUP, days: 30 }] }
    ]
  }
}

/** Uses the subscription once, so that the load's events lie behind the start of its windows, in whatever order they settle. */
async function openWindows(place: ServerPlace) {
  const response = await place.messages(ask(), { headers: { 'x-api-key': KEYS[2] } })
  assert.equal(response.status, 200, await response.text())
  await until('the first event is settled', async () => (await place.list('/usage-events')).length === 1)
}

function modelOf(request: RecordedRequest): string {
  return String(parseObject(request.body)?.['model'])
}

async function booksOf(place: ServerPlace): Promise<Omit<Books, 'responses' | 'starts'>> {
  const events = await place.list<BookedEvent>('/usage-events')
  const entries = await place.list<BookedEntry>('/ledger-entries')
  const users = await place.list<{ email: string; balance_usd: string }>('/users')
  return { events, entries, users, subscriptionGroup: SUBSCRIPTION_GROUP }
}
