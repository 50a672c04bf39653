import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { buildApp } from '../../app.ts'
import type { Clock } from '../../services/platform/clock.ts'
import { createLogger } from '../../services/platform/logger.ts'
import { readSettings } from '../../services/resources/set-up/settings.ts'
import { embeddedDataDir, migratedUrl } from './databases.ts'
import type { RedisServer } from './redis-server.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from './until.ts'

export const ADMIN_TOKEN = 'an-admin-token-for-tests-only'
export const CLIENT_KEY = 'sk-sluice-a-client-key-for-tests'
export const UPSTREAM_KEY = 'sk-ant-an-upstream-key-for-tests'
export const USER = 'dev@example.com'
export const MODEL = 'claude-opus-5-5'

/** Sign-in by an OpenID provider, which nobody asks. */
export const WITH_OIDC = {
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'sluice',
  OIDC_REDIRECT_URL: 'https://sluice.example.com/me/v1/oidc/callback'
}

/** Groups of both kinds: one is paid from balances, the other by subscriptions. */
export const BOTH_KINDS = [
  { name: 'default', kind: 'balance' },
  { name: 'pro', kind: 'subscription' }
]

/** A usage event as the admin API lists it. */
export interface ListedEvent {
  id: string
  exchange_id: string
  attempt: number
  created_at: string
  user_email: string
  key_name: string
  group: string
  account: string
  requested_model: string
  model: string
  stream: boolean
  outcome: string
  basis: string
  status: number | null
  input_tokens: number
  output_tokens: number
  cache_creation_5m_tokens: number
  cache_creation_1h_tokens: number
  cache_read_tokens: number
  web_search_requests: number
  cost_usd: string
  charged_usd: string
  rate_multiplier: string
  price_version: string
  price_unknown: boolean
  upstream_request_id: string | null
  queue_ms: number
  first_byte_ms: number | null
  duration_ms: number
  subject: string | null
}

export interface ListedEntry {
  id: string
  user_email: string
  kind: string
  amount_usd: string
  source_id: string
  balance_after_usd: string
  created_at: string
}

/** The body of every error. */
export interface ErrorBody {
  type: string
  error: { type: string; message: string }
  request_id: string
}

/** An account as the admin API lists it. */
export interface ListedAccount {
  id: string
  name: string
  type: string
  status: string
  error: string | null
  cooldowns: { kind: string; scope: string | null; reason: string; since: string; until: string; probe_at: string | null }[]
  windows: { name: string; status: string | null; utilization: number | null; resets_at: string | null }[]
  owner: string | null
  shared: boolean
  proxy: string | null
}

export interface Declared {
  proxies?: object[]
  groups?: object[]
  accounts?: object[]
  users?: object[]
  workload_rules?: object[]
  teams?: object[]
}

export interface GatewayOptions {
  env?: Record<string, string>
  /** What the declarative file says; parts that are left out get a default. Made from the upstream's URL. */
  declared?: (upstreamUrl: string) => Declared
  /** On a Postgres of its own instead of a database in that of the test run. */
  embedded?: boolean
  /** Where replicas share their slots; another gateway on the same database is one more replica. */
  redis?: Pick<RedisServer, 'url'>
  databaseUrl?: string
  clock?: Clock
}

function defaults(upstreamUrl: string): Declared {
  return {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: [account('main', upstreamUrl)],
    users: [user()]
  }
}

/** The upstream credential of the account with that name. */
export const credentialOf = (name: string) => (name === 'main' ? UPSTREAM_KEY : `sk-ant-upstream-key-of-${name}`)

/** An account of the declarative file, with a credential of its own that the upstream can tell. */
export function account(name: string, baseUrl: string, changes: object = {}) {
  const credentials = { api_key: credentialOf(name) }
  return { name, type: 'api-key', credentials, base_url: baseUrl, groups: ['default'], concurrency: 5, ...changes }
}

/** The user of the declarative file that the client key belongs to. */
export function user(changes: object = {}) {
  return { email: USER, concurrency: 5, balance_usd: '100', keys: [{ name: 'laptop', key: CLIENT_KEY }], ...changes }
}

/** A gateway on a free port before a simulated upstream, with one user, one key and one account unless told otherwise. */
export async function startGateway(t: TestContext, options: GatewayOptions = {}) {
  const { env = {}, declared, embedded = false, redis, clock } = options
  const upstream = await startSimulatedUpstream()
  const dataDir = embedded ? await embeddedDataDir() : await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const configFile = join(dataDir, 'sluice.json')
  await writeFile(configFile, JSON.stringify({ ...defaults(upstream.url), ...declared?.(upstream.url) }))

  const database: Record<string, string> = embedded
    ? {}
    : { DATABASE_URL: options.databaseUrl ?? (await migratedUrl(t)), SLUICE_SECRET_KEY: Buffer.alloc(32, 7).toString('hex') }
  const given: Record<string, string> = {
    HOST: '127.0.0.1',
    PRIVATE_UPSTREAMS: '127.0.0.1',
    PORT: '0',
    DATA_DIR: dataDir,
    SLUICE_CONFIG: configFile,
    SLUICE_ADMIN_TOKEN: ADMIN_TOKEN,
    SETTLE_INTERVAL_MS: '10',
    DRAIN_TIMEOUT_MS: '5000',
    ...database,
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
    ...env
  }
  const logs: string[] = []
  const logger = createLogger(readSettings(given).logLevel, { write: (line: string) => void logs.push(line) })

  async function boot(changes: Record<string, string> = {}) {
    const settings = readSettings({ ...given, ...changes })
    const app = await buildApp({ settings, logger, ...(clock === undefined ? {} : { clock }) })
    return { app, ...(await app.ports.open()) }
  }
  let running = await boot()
  t.after(async () => {
    // The upstream first: it ends the streams that the gateway would otherwise wait for.
    await upstream.close()
    await running.app.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  const get = (path: string, headers: Record<string, string> = { 'x-api-key': CLIENT_KEY }) =>
    fetch(running.url + path, { headers })
  /** Of the operator: the admin API and /metrics, wherever they are. */
  const getAdmin = (path: string) => fetch(running.adminUrl + path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })

  async function admin<T>(path: string): Promise<T> {
    const response = await getAdmin(`/admin/v1${path}`)
    assert.equal(response.status, 200, await response.clone().text())
    return (await response.json()) as T
  }
  const list = async <T>(path: string) => (await admin<{ data: T[] }>(path)).data

  async function accountNamed(name: string): Promise<ListedAccount> {
    const found = (await list<ListedAccount>('/accounts')).find((entry) => entry.name === name)
    assert.ok(found !== undefined, `there is no account ${name}`)
    return found
  }

  /** A POST to the admin API, whatever the response. */
  function tell(path: string, body?: object): Promise<Response> {
    return fetch(`${running.adminUrl}/admin/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
  }

  async function post<T>(path: string, body?: object): Promise<T> {
    const response = await tell(path, body)
    assert.equal(response.status, 200, await response.clone().text())
    return (await response.json()) as T
  }

  return {
    upstream,
    dataDir,
    logs,
    admin,
    get,
    getAdmin,
    get app() {
      return running.app
    },
    get adminUrl() {
      return running.adminUrl
    },
    get url() {
      return running.url
    },
    stop: () => running.app.close(),
    /** Starts again on the same data after `stop`, at another URL; with other settings where they are given. */
    async start(changes?: Record<string, string>) {
      running = await boot(changes)
    },
    /** The usage events, newest first. */
    events: () => list<ListedEvent>('/usage-events'),
    /** The same, once there are this many. */
    async settledEvents(count: number) {
      await until(`${count} usage events`, async () => (await list('/usage-events')).length >= count)
      const events = await list<ListedEvent>('/usage-events')
      assert.equal(events.length, count)
      return events
    },
    /** Resolves when all that was used so far is on record. */
    settled: () => running.app.backOffice.settle(),
    ledger: () => list<ListedEntry>('/ledger-entries'),
    async balance() {
      const users = await list<{ email: string; balance_usd: string }>('/users')
      return users.find(({ email }) => email === USER)!.balance_usd
    },
    accountNamed,
    /** The cooldowns of an account, once all that is known of accounts is stored. */
    async cooldowns(name: string) {
      await running.app.healthNotes.stored()
      return (await accountNamed(name)).cooldowns
    },
    /** What an operator does with an account: `test`, `clear-error`, `refresh`, `disable`, `enable`. */
    async act<T = { ok?: boolean; problem?: string | null }>(name: string, what: string): Promise<T> {
      return await post<T>(`/accounts/${(await accountNamed(name)).id}/${what}`)
    },
    post,
    tell,
    /** Applies a declarative file while the gateway runs. */
    apply: (declared: Declared) => post<{ warnings: string[] }>('/apply', { file: JSON.stringify(declared) }),
    /** The declarative file that a start applies. */
    configFile,
    /** Forgets what faults have done to the accounts. */
    async heal() {
      for (const { id } of await list<ListedAccount>('/accounts')) await post(`/accounts/${id}/clear-error`)
    },
    slots: () => list<{ subject: string; name: string; limit: number; in_flight: number; waiting: number }>('/slots'),
    /** A request to the Messages API of the gateway. */
    messages: (
      body: object | string | Buffer,
      init: { headers?: Record<string, string>; signal?: AbortSignal; path?: string } = {}
    ) =>
      fetch(running.url + (init.path ?? '/v1/messages'), {
        method: 'POST',
        headers: {
          'x-api-key': CLIENT_KEY,
          'content-type': 'application/json',
          'anthropic-version': '2023-06-01',
          ...init.headers
        },
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
        ...(init.signal === undefined ? {} : { signal: init.signal })
      })
  }
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>

/** A small valid request. */
export function ask(changes: object = {}) {
  return { model: MODEL, max_tokens: 100, messages: [{ role: 'user', content: 'hello' }], ...changes }
}

/** A small valid request with this text. */
export const saying = (content: string, changes: object = {}) => ask({ messages: [{ role: 'user', content }], ...changes })

/** What a refused client reads. */
export async function refusalOf(response: Response) {
  assert.match(response.headers.get('content-type')!, /^application\/json\b/)
  const { type, error, request_id: requestId } = (await response.json()) as ErrorBody
  assert.equal(type, 'error')
  assert.equal(response.headers.get('request-id'), requestId)
  return { status: response.status, headers: response.headers, ...error }
}

/**
 * Takes slots with requests that the upstream never answers, each of a session of its own, and makes it answer normally
 * again. The returned function hangs up on them.
 */
export async function occupy({ messages, upstream }: Gateway, count: number, headers: Record<string, string> = {}) {
  const before = upstream.stats.inFlight
  const hangUp = new AbortController()
  upstream.setBehaviour({ breakOff: { how: 'stall', at: 'before-headers' } })
  const held = Array.from({ length: count }, () =>
    messages(saying(`occupied ${randomUUID()}`), { headers, signal: hangUp.signal }).catch(() => null)
  )
  await until(`${count} slots are taken`, () => upstream.stats.inFlight === before + count)
  upstream.setBehaviour({})
  return async () => {
    hangUp.abort()
    await Promise.all(held)
  }
}

/** How many requests wait for a slot of the user. */
export async function waitingOf({ app }: Gateway, subject = 'user') {
  // Not by the admin API: it is loaded for its first request, and what waits may be served meanwhile.
  const usage = await app.slots.usage()
  return Math.max(0, ...usage.filter((slot) => slot.subject === subject).map(({ waiting }) => waiting))
}
