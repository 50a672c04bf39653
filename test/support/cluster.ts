import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startStoppablePostgres, type StoppablePostgres } from './cluster-postgres.ts'
import { createFlightBook, REQUEST_HEADER, type FlightBook, type Limits } from './cluster-counts.ts'
import {
  sendOne,
  startClusterLoad,
  type ClusterResponse,
  type ClusterLoadOptions,
  type ClusterRequest,
  type LoadUser
} from './cluster-load.ts'
import { singleRequests } from './cluster-requests.ts'
import { account, ADMIN_TOKEN, credentialOf } from './gateway.ts'
import { startRedisServer, type RedisServer } from './redis-server.ts'
import { startRoundRobinProxy, type RoundRobinProxy } from './round-robin-proxy.ts'
import { serverPlace, type ServerPlace, type ServerProcess } from './server-process.ts'
import { startSimulatedUpstream, type SimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from './until.ts'

export interface ClusterUser {
  email: string
  key: string
  concurrency: number
}

interface ClusterOptions {
  users: readonly ClusterUser[]
  accounts: readonly { name: string; concurrency: number; priority?: number }[]
  env?: Record<string, string>
  /** A request has arrived at the upstream. */
  onArrival?: () => void
}

/** One of the replicas: a data folder and a port that outlive its processes. */
export interface Replica {
  readonly index: number
  readonly place: ServerPlace
  /** Its present process, or the last one. */
  readonly life: ServerProcess
  /** Starts its next process and waits until the proxy sends requests there. */
  start: () => Promise<void>
  /** Asks its own admin API, not that of whichever replica is next. */
  admin: <Row>(method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Row>
  memoryBytes: () => Promise<number>
  /** What it has in its journal that is not settled, on disk. */
  journalBytes: () => Promise<number>
}

export interface Cluster {
  readonly options: ClusterOptions
  readonly limits: Limits
  readonly upstream: SimulatedUpstream
  /** What was in flight at the upstream, and whose. */
  readonly book: FlightBook
  readonly proxy: RoundRobinProxy
  readonly replicas: readonly Replica[]
  readonly redis: RedisServer
  readonly postgres: StoppablePostgres
  /** The replica that the request was sent to; undefined if it went to none. */
  replicaOf: (request: string) => number | undefined
  /** What a load needs so that the upstream knows its requests; `next` says what is asked. */
  loadOptions: (users: readonly LoadUser[], next: ClusterLoadOptions['next']) => ClusterLoadOptions
  /** Sends one small request to that replica itself. */
  probe: (replica: Replica, key: string, headers?: Record<string, string>) => Promise<ClusterResponse>
  load: (users: readonly LoadUser[], next: ClusterLoadOptions['next'], extra?: Partial<ClusterLoadOptions>) => ClusterLoad
}

export type ClusterLoad = ReturnType<typeof startClusterLoad>

const REPLICAS = 3
const SETTINGS = {
  LOG_LEVEL: 'warn',
  // The proxy notices within 50 ms; this leaves room for a machine that is busy.
  DRAIN_DELAY_MS: '1000',
  DRAIN_TIMEOUT_MS: '60000',
  PROGRESS_INTERVAL_MS: '500',
  QUEUE_EXTRA: '100'
}

/** Three replicas on a Postgres and a Redis of their own, behind a proxy and before a simulated upstream. */
export async function startCluster(t: TestContext, options: ClusterOptions): Promise<Cluster> {
  const limits: Limits = {
    user: new Map(options.users.map(({ email, concurrency }) => [email, concurrency])),
    account: new Map(options.accounts.map(({ name, concurrency }) => [name, concurrency]))
  }
  const accountOf = new Map(options.accounts.map(({ name }) => [credentialOf(name), name]))
  const planned = new Map<string, { request: ClusterRequest; user: string; replica?: number }>()
  const book = createFlightBook((request, credential) => ({
    user: planned.get(request)?.user ?? `nobody (${request})`,
    account: accountOf.get(credential) ?? credential
  }))
  const onInFlight: FlightBook['begin'] = (request) => {
    options.onArrival?.()
    return book.begin(request)
  }
  const upstream = await startSimulatedUpstream({ record: 'none', onInFlight })
  upstream.setBehaviour(({ headers }) => planned.get(String(headers[REQUEST_HEADER]))?.request.behaviour, 'head')
  t.after(() => upstream.close())

  const [postgres, redis] = await Promise.all([startStoppablePostgres(t), startRedisServer(t)])
  const env = {
    ...SETTINGS,
    DATABASE_URL: postgres.url,
    SLUICE_SECRET_KEY: Buffer.alloc(32, 7).toString('hex'),
    REDIS_URL: redis.url,
    ...options.env
  }
  const declared = declare(options, upstream.url)
  const places = await Promise.all(Array.from({ length: REPLICAS }, () => serverPlace(t, { database: 'none', declared, env })))
  const proxy = await startRoundRobinProxy({
    replicaUrls: places.map(({ url }) => url),
    onRoute({ headers }, replica) {
      const known = planned.get(String(headers[REQUEST_HEADER]))
      if (known !== undefined) known.replica = replica
    }
  })
  t.after(() => proxy.close())
  const replicas = places.map((place, index) => createReplica(place, index, proxy))
  await Promise.all(replicas.map((replica) => replica.start()))

  const loadOptions: Cluster['loadOptions'] = (users, next) => ({
    url: proxy.url,
    users,
    next,
    onSend: (request, { email }) => void planned.set(request.model, { request, user: email }),
    onLeave: ({ model }) => book.left(model)
  })
  const nextSingle = singleRequests()
  const emailOf = new Map(options.users.map(({ email, key }) => [key, email]))
  return {
    options,
    limits,
    upstream,
    book,
    proxy,
    replicas,
    redis,
    postgres,
    replicaOf: (request) => planned.get(request)?.replica,
    loadOptions,
    probe({ place }, key, headers = {}) {
      const user = { email: emailOf.get(key) ?? 'nobody', key, clients: 1, headers }
      return sendOne({ ...loadOptions([user], nextSingle), url: place.url }, user)
    },
    load: (users, next, extra) => startClusterLoad({ ...loadOptions(users, next), ...extra })
  }
}

function declare({ users, accounts }: ClusterOptions, upstreamUrl: string) {
  return {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: accounts.map(({ name, ...limits }) => account(name, upstreamUrl, limits)),
    users: users.map(({ email, key, concurrency }) => ({
      email,
      concurrency,
      balance_usd: '100000',
      keys: [{ name: 'laptop', key }]
    }))
  }
}

function createReplica(place: ServerPlace, index: number, proxy: RoundRobinProxy): Replica {
  let life = place.spawn()
  let isFirst = true
  const journal = join(place.dataDir, 'journal')
  return {
    index,
    place,
    get life() {
      return life
    },
    async start() {
      if (!isFirst) life = place.spawn()
      isFirst = false
      await life.ready()
      await until(`the proxy uses replica ${index}`, () => proxy.replicas[index]!.ready)
    },
    async admin(method, path, body, headers = {}) {
      const response = await fetch(`${place.url}/admin/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers
        },
        ...(body !== undefined && { body: JSON.stringify(body) })
      })
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as never
    },
    async memoryBytes() {
      const kib = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${life.pid}/status`, 'utf8'))?.[1]
      return Number(kib) * 1024
    },
    async journalBytes() {
      const files = await readdir(journal, { recursive: true, withFileTypes: true })
      const unsettled = files.filter((file) => file.isFile() && !file.parentPath.includes('settled'))
      // One that is settled meanwhile is gone.
      const sizes = unsettled.map((file) =>
        stat(join(file.parentPath, file.name)).then(
          ({ size }) => size,
          () => 0
        )
      )
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    }
  }
}

/** What the replicas have written, for the message of a failure: what was said how often, and the end of it. */
export function logsOf(cluster: Pick<Cluster, 'replicas'>): string {
  return cluster.replicas
    .map(({ index, life }) => {
      const text = life.stdout() + life.stderr()
      const said = [...text.matchAll(/"msg":"([^"]*)"/g)].map(([, message]) => message)
      const counts = [...Map.groupBy(said, (message) => message)].map(([message, all]) => `${all.length} × ${message}`)
      return [`--- replica ${index}`, ...counts, '', text.slice(-3000)].join('\n')
    })
    .join('\n')
}

export function failuresOf(responses: readonly ClusterResponse[], replicaOf: Cluster['replicaOf']): string[] {
  return responses
    .filter(({ outcome }) => outcome === 'failed')
    .map((response) => {
      const seconds = ((response.endedAt - response.sentAt) / 1000).toFixed(2)
      const where = `${response.model} of ${response.user} at replica ${replicaOf(response.model)}`
      return `${where} failed after ${seconds} s: ${response.status} ${response.detail}`
    })
}
