import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { failuresOf, logsOf, type Cluster, type ClusterLoad } from './cluster.ts'
import { overLimit, shareOf, type Flight, type Span } from './cluster-counts.ts'
import type { ClusterResponse } from './cluster-load.ts'
import { assertNothingUnsettled, readSums } from './crash-database.ts'
import { disagreements, type BookedEntry, type BookedEvent } from './crash-oracle.ts'
import { openPool } from './open-pool.ts'

const SETTLED_WITHIN_MS = 20_000

/** The upstream's book, the clients' and ours agree; what is not settled yet has some time for it. */
export async function assertBooksAgree(cluster: Cluster, load: ClusterLoad, label: string): Promise<void> {
  const { place } = cluster.replicas[0]!
  const compare = async () =>
    disagreements({
      responses: load.responses,
      starts: cluster.upstream.messageStarts,
      events: await place.list<BookedEvent>('/usage-events'),
      entries: await place.list<BookedEntry>('/ledger-entries'),
      users: await place.list<{ email: string; balance_usd: string }>('/users'),
      subscriptionGroup: 'none here'
    })
  let found = await compare()
  for (const deadline = Date.now() + SETTLED_WITHIN_MS; found.length > 0 && Date.now() < deadline; found = await compare()) {
    await delay(200)
  }
  assertNone(`${label}: the books agree`, found, cluster)
  const pool = openPool(cluster.postgres.url, { max: 1 })
  try {
    const { rollUpDifferences } = await readSums(pool)
    assert.deepEqual(rollUpDifferences, [], `${label}: the roll-up is not the sum of the events`)
  } finally {
    await pool.end()
  }
}

/** Every replica, told to stop, ends as it should and leaves nothing to settle. */
export async function assertEndsClean(cluster: Cluster, label: string): Promise<void> {
  await Promise.all(
    cluster.replicas.map(async ({ index, life, place }) => {
      life.kill('SIGTERM')
      assert.deepEqual(await life.ends(), { code: 0, signal: null }, `${label}: replica ${index}\n${life.stdout()}`)
      await assertNothingUnsettled(place)
    })
  )
}

export function assertWithinLimits(cluster: Cluster, label: string, span?: Span): void {
  assertNone(`${label}: limits hold`, overLimit(cluster.book.flights, cluster.limits, span), cluster)
}

/** What is promised while Redis is away: between these instants it is gone, noticed, back, and all is counted together again. */
export function assertWithinShares(
  cluster: Cluster,
  label: string,
  at: Record<'left' | 'noticed' | 'back' | 'exact', number>
): void {
  const { book, limits, replicas } = cluster
  assertWithinLimits(cluster, label, { from: -Infinity, to: at.left })
  // Beside what ran when Redis left, each replica has its share of a limit.
  const newOnes = book.flights.filter(({ startedAt }) => startedAt >= at.noticed)
  const away = overLimit(newOnes, limits, { from: at.noticed, to: at.back }, () => replicas.length - 1)
  assertNone(`${label}: limits while Redis is away`, away, cluster)
  // Replicas come back to Redis one after the other: the first has the whole limit while the last still uses its share.
  const returning = overLimit(
    newOnes,
    limits,
    { from: at.back, to: at.exact },
    (limit) => (replicas.length - 1) * shareOf(limit, replicas.length)
  )
  assertNone(`${label}: limits while replicas come back to Redis`, returning, cluster)
  assertWithinLimits(cluster, label, { from: at.exact, to: Infinity })
}

export function assertNoFailures(
  cluster: Cluster,
  load: ClusterLoad,
  label: string,
  except: (response: ClusterResponse) => boolean = () => false
): void {
  const responses = load.responses.filter((response) => !except(response))
  assertNone(`${label}: no request fails`, failuresOf(responses, cluster.replicaOf), cluster)
}

/**
 * Who came clearly later was not clearly sooner at the upstream. Clients and replicas see things so far apart; at two replicas
 * farther, of which one may be busy with its start.
 */
const SENT_APART_MS = { sameReplica: 1000, others: 4000 }
const STARTED_APART_MS = 500

/** Pairs of one user's requests that were served in the wrong order. */
export function overtakings(
  responses: readonly ClusterResponse[],
  flights: readonly Flight[],
  replicaOf: Cluster['replicaOf']
): string[] {
  const startOf = new Map<string, number>()
  for (const { request, startedAt } of flights) {
    if (!startOf.has(request)) startOf.set(request, startedAt)
  }
  const served = responses.flatMap(({ model, user, sentAt }) => {
    const startedAt = startOf.get(model)
    return startedAt === undefined ? [] : [{ model, user, sentAt, startedAt, replica: replicaOf(model) }]
  })
  type Served = (typeof served)[number]
  const isPassed = (early: Served, late: Served) => {
    const apartMs = early.replica === late.replica ? SENT_APART_MS.sameReplica : SENT_APART_MS.others
    return early.sentAt + apartMs < late.sentAt && late.startedAt + STARTED_APART_MS < early.startedAt
  }
  const told = ({ model, sentAt, startedAt, replica }: Served) =>
    `${model} (sent ${Math.round(sentAt)}, started ${Math.round(startedAt)}, replica ${replica})`
  return [...Map.groupBy(served, ({ user }) => user).values()].flatMap((own) =>
    own.flatMap((late) => {
      const passed = own.find((early) => isPassed(early, late))
      return passed === undefined ? [] : [`${told(late)} of ${late.user} went before ${told(passed)}`]
    })
  )
}

export function assertNone(claim: string, counterexamples: readonly string[], cluster: Pick<Cluster, 'replicas'>): void {
  if (counterexamples.length === 0) return
  const shown = counterexamples.slice(0, 20).join('\n')
  assert.fail(`${claim}: no, ${counterexamples.length} times:\n${shown}\n${logsOf(cluster)}`)
}
