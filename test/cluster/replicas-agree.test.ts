import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startCluster, type Cluster, type ClusterUser, type Replica } from '../support/cluster.ts'
import { sendOne, type ClusterResponse } from '../support/cluster-load.ts'
import { loadOf, requestsOf, usersWith } from '../support/cluster-requests.ts'
import { credentialOf } from '../support/gateway.ts'
import { until } from '../support/until.ts'

// Nothing here may wait for a cache to grow old: it would last longer than the test.
const env = { CACHE_FRESH_MS: '300000', CACHE_STALE_MS: '900000' }
/** How long a change may take to every replica. */
const AT_ONCE_MS = 1000

const USERS = usersWith(4, 4)
const [ann, bob, eve] = USERS as [ClusterUser, ClusterUser, ClusterUser]
const ACCOUNTS = [
  { name: 'first', concurrency: 20, priority: 10 },
  { name: 'second', concurrency: 20, priority: 20 }
]

test('what one replica is told, all know', { timeout: 240_000 }, async (t) => {
  // One cluster for all, in an order in which none is in the way of the next.
  const cluster = await clusterThatKnows(t)

  await t.test('a limit that is changed at one holds at all', async () => {
    const [one, two] = cluster.replicas as [Replica, Replica]
    const { id } = await row(one, '/users', ({ email }) => email === ann.email)
    const [user] = loadOf([ann], 1) as [ReturnType<typeof loadOf>[number]]
    const slow = requestsOf(7, { streams: 1, hangUps: 0, paceMs: 100, deltas: [25, 25], jsonMs: [0, 0] })
    const send = (replica: Replica) => sendOne({ ...cluster.loadOptions([user], slow), url: replica.place.url }, user)
    const inFlight = () => cluster.book.inFlight((flight) => flight.user === ann.email)

    await one.admin('PATCH', `/users/${id}`, { concurrency: 6 })
    const six = Array.from({ length: 8 }, (_, n) => send(cluster.replicas[n % 3]!))
    await until('six are in flight', () => inFlight() === 6, AT_ONCE_MS + 1000)
    assertAllWhole(await Promise.all(six))
    await two.admin('PATCH', `/users/${id}`, { concurrency: 2 })
    await until('the lower limit is known everywhere', async () => {
      const users = await Promise.all(
        cluster.replicas.map((replica) => row(replica, '/users', ({ email }) => email === ann.email))
      )
      return users.every(({ concurrency }) => concurrency === 2)
    })
    const flightsBefore = cluster.book.flights.length
    assertAllWhole(await Promise.all(Array.from({ length: 6 }, (_, n) => send(cluster.replicas[n % 3]!))))
    const own = cluster.book.flights.slice(flightsBefore)
    assert.equal(own.length, 6)
    for (const { startedAt } of own) {
      const together = own.filter((other) => other.startedAt <= startedAt && startedAt < other.endedAt).length
      assert.ok(together <= 2, `${together} were in flight at once`)
    }
  })

  await t.test('an account that is paused at one is used by none, until it is let go at another', async () => {
    const [one, two] = cluster.replicas as [Replica, Replica]
    const { id } = await row(one, '/accounts', ({ name }) => name === 'first')
    await one.admin('POST', `/accounts/${id}/disable`)
    await everywhere(cluster, 'uses the other account', async (replica) => (await accountUsedBy(cluster, replica)) === 'second')
    for (let n = 0; n < 5; n++) {
      for (const replica of cluster.replicas) assert.equal(await accountUsedBy(cluster, replica), 'second')
    }
    await two.admin('POST', `/accounts/${id}/enable`)
    await everywhere(cluster, 'uses the account again', async (replica) => (await accountUsedBy(cluster, replica)) === 'first')
  })

  await t.test('a balance that was topped up at one lets its user in at all', async () => {
    const [one] = cluster.replicas as [Replica]
    const { id, balance_usd: balance } = await row(one, '/users', ({ email }) => email === eve.email)
    const adjust = (amount: string, key: string) => adjustBalance(one, id, amount, key)
    await adjust(`-${balance}`, 'all of it')
    await everywhere(cluster, 'refuses', async (replica) => (await cluster.probe(replica, eve.key)).status === 403)
    await adjust('10', 'some again')
    for (const replica of cluster.replicas) assert.equal((await cluster.probe(replica, eve.key)).outcome, 'whole')
  })

  await t.test('a key that is revoked at one is refused at all', async () => {
    const [one] = cluster.replicas as [Replica]
    const { id } = await row(one, `/keys?user=${encodeURIComponent(ann.email)}`, () => true)
    await one.admin('POST', `/keys/${id}/revoke`)
    await everywhere(cluster, 'refuses the key', async (replica) => (await cluster.probe(replica, ann.key)).status === 401)
    for (const replica of cluster.replicas) assert.equal((await cluster.probe(replica, bob.key)).outcome, 'whole')
  })

  await t.test('a cooldown that one has met holds at all', async () => {
    const [one] = cluster.replicas as [Replica]
    const { upstream, book } = cluster
    const limited = { error: { status: 429 }, headers: { 'retry-after': '60' } }
    upstream.setBehaviour([{ credential: credentialOf('first'), times: 1, behaviour: limited }, { behaviour: {} }])
    // The client sees nothing of it: another account answers.
    assert.equal(await accountUsedBy(cluster, one), 'second')
    await everywhere(cluster, 'keeps off the account', async (replica) => (await accountUsedBy(cluster, replica)) === 'second')
    const callsBefore = book.flights.length
    for (let n = 0; n < 10; n++) {
      for (const replica of cluster.replicas) assert.equal(await accountUsedBy(cluster, replica), 'second')
    }
    assert.deepEqual(
      book.flights.slice(callsBefore).filter(({ account }) => account === 'first'),
      []
    )
  })
})

test('a session keeps its account whichever replica serves it', async (t) => {
  const accounts = ['one', 'two', 'three', 'four'].map((name) => ({ name, concurrency: 20 }))
  const cluster = await startCluster(t, { users: USERS, accounts, env })
  // An account whose window is known to end soonest would get every new session.
  const resets = ['5h', '7d'].map((name) => [`anthropic-ratelimit-unified-${name}-reset`, null])
  cluster.upstream.setBehaviour([{ behaviour: { headers: Object.fromEntries(resets) } }])
  const used = new Map<string, Set<string>>()
  for (let turn = 0; turn < 9; turn++) {
    for (let session = 0; session < 8; session++) {
      const replica = cluster.replicas[(turn + session) % 3]!
      const name = `00000000-0000-4000-8000-00000000000${session}`
      const account = await accountUsedBy(cluster, replica, bob, { 'x-claude-code-session-id': name })
      used.set(name, (used.get(name) ?? new Set()).add(account))
    }
  }
  assert.deepEqual(
    [...used.values()].map(({ size }) => size),
    Array.from({ length: 8 }, () => 1)
  )
  assert.ok(new Set([...used.values()].flatMap((accounts) => [...accounts])).size > 1, 'all sessions are on one account')
})

/** A cluster of which every replica has served every user. */
async function clusterThatKnows(t: TestContext): Promise<Cluster> {
  const cluster = await startCluster(t, { users: USERS, accounts: ACCOUNTS, env })
  for (const replica of cluster.replicas) {
    for (const { key } of USERS) assert.equal((await cluster.probe(replica, key)).outcome, 'whole')
  }
  return cluster
}

/** At every replica, and soon. */
async function everywhere({ replicas }: Cluster, does: string, is: (replica: Replica) => Promise<boolean>) {
  for (const replica of replicas) await until(`replica ${replica.index} ${does}`, () => is(replica), AT_ONCE_MS)
}

/** Which account answers a request there, as the upstream has it. */
async function accountUsedBy(cluster: Cluster, replica: Replica, user = bob, headers: Record<string, string> = {}) {
  const response = await cluster.probe(replica, user.key, headers)
  assert.equal(response.outcome, 'whole', response.detail)
  return cluster.book.flights.findLast(({ request }) => request === response.model)?.account ?? 'none'
}

interface Row {
  id: string
  name: string
  email: string
  concurrency: number
  balance_usd: string
}

async function row(replica: Replica, path: string, is: (row: Row) => boolean): Promise<Row> {
  const { data } = await replica.admin<{ data: Row[] }>('GET', path)
  const found = data.find(is)
  assert.ok(found !== undefined, `${path} has no such row`)
  return found
}

async function adjustBalance(replica: Replica, id: string, amount: string, key: string) {
  const body = { kind: 'adjustment', amount_usd: amount }
  await replica.admin('POST', `/users/${id}/balance-adjustments`, body, { 'idempotency-key': key })
}

function assertAllWhole(responses: readonly ClusterResponse[]) {
  assert.deepEqual(
    responses.map(({ outcome }) => outcome),
    responses.map(() => 'whole')
  )
}
