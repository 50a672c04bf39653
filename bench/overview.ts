/**
 * What it costs a replica that pages are open which show how all goes: `npm run bench:overview`. 50 accounts, 500 users who all hold
 * slots, 50 who wait. The server is this process, so that its CPU is told apart from that of who asks; its database and its Redis have
 * theirs beside it, which does not count.
 */
import { randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { buildApp } from '../app.ts'
import { systemClock } from '../services/platform/clock.ts'
import { createLogger } from '../services/platform/logger.ts'
import { createSession } from '../services/resources/records/sign-in-sessions.ts'
import { hashOfToken } from '../services/resources/sign-in/sign-in.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { firstLine, LOAD_CORE, spawnNode } from './processes.ts'
import { startServices } from './services.ts'

const ACCOUNTS = 50
const USERS = 500
const SLOTS_OF_A_USER = 2
const WAITING = 50

/** `stepMs` passes from one poll to the next. */
const POLLS = [
  { name: 'one page each two seconds', path: '/admin/v1/overview', stepMs: 2000 },
  { name: 'twenty pages', path: '/admin/v1/overview', stepMs: 100 },
  { name: 'to compare: /livez', path: '/livez', stepMs: 0 }
]
const COUNT = 2000
/** Code that has hardly run is slow: a page that has just been opened costs more for its first minutes. */
const WARM_UP = 1000

const [, , task, url = '', times = '', session = ''] = process.argv
if (task === 'poll') await poll(url, Number(times), session)
else await bench()

/** `token` is of a session, as the page's is: each of its polls looks that up. */
async function poll(overviewUrl: string, count: number, token: string): Promise<void> {
  let bytes = 0
  for (let polled = 0; polled < count; polled++) {
    const response = await fetch(overviewUrl, { headers: { cookie: `sluice_session=${token}` } })
    if (!response.ok) throw new Error(`${overviewUrl}: ${response.status}`)
    bytes = (await response.text()).length
  }
  console.log(bytes)
}

async function bench(): Promise<void> {
  const services = await startServices()
  const { REDIS_URL: redisUrl = '', ...alone } = services.env
  console.log(`CPU of the process per poll, beside what it uses anyway: ${ACCOUNTS} accounts, ${USERS} users with slots`)
  try {
    await measure('slots in the process', alone)
    await measure('slots on Redis', { ...alone, REDIS_URL: redisUrl })
  } finally {
    await services.stop()
  }
}

async function measure(title: string, env: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const configFile = join(folder, 'sluice.json')
  await writeFile(configFile, JSON.stringify(declared()))
  const settings = readSettings({
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: folder,
    SLUICE_CONFIG: configFile,
    // Nothing renews the slots that are taken here.
    LEASE_TTL_MS: '86400000',
    LOG_LEVEL: 'error',
    ...env
  })
  // Each poll finds so much time passed since the one before, as if nobody had waited for it.
  let [skippedMs, stepMs] = [0, 0]
  let pool: EventEmitter | null = null
  subscribe('http.server.request.start', () => {
    skippedMs += stepMs
    // The process itself looks each second how the database is, page or none: a poll finds that told.
    if (stepMs > 0) pool?.emit('release')
  })
  const clock = { ...systemClock, uptime: () => systemClock.uptime() + skippedMs }
  const app = await buildApp({ settings, logger: createLogger(settings.logLevel, process.stderr), clock })
  pool = app.pg.pool
  const { adminUrl } = await app.ports.open()
  const token = await signIn(app)
  const polled = async (path: string, count: number) => {
    const child = spawnNode('overview.ts', { core: LOAD_CORE, args: ['poll', adminUrl + path, String(count), token] })
    return Number(await firstLine(child))
  }
  try {
    const gone = new AbortController()
    await occupy(app, gone.signal)
    const idle = await cpuOver(() => delay(5000))
    for (const poll of POLLS) {
      stepMs = poll.stepMs
      await polled(poll.path, WARM_UP)
      let bytes = 0
      const busy = await cpuOver(async () => {
        bytes = await polled(poll.path, COUNT)
      })
      const perPoll = (busy.ms - (idle.ms / idle.seconds) * busy.seconds) / COUNT
      console.log(`${title}, ${poll.name}: ${perPoll.toFixed(2)} ms (${(bytes / 1000).toFixed(1)} KB)`)
    }
    gone.abort()
  } finally {
    await app.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Of this process, all its threads. */
async function cpuOver(work: () => Promise<void>): Promise<{ ms: number; seconds: number }> {
  const [before, begunAt] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: (user + system) / 1000, seconds: (performance.now() - begunAt) / 1000 }
}

function declared() {
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => n)
  return {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: numbered(ACCOUNTS).map((n) => ({
      name: `account-${n}`,
      type: 'api-key',
      credentials: { api_key: `sk-ant-of-account-${n}` },
      concurrency: 100
    })),
    users: numbered(USERS).map((n) => ({ email: `user-${n}@example.com`, concurrency: SLOTS_OF_A_USER }))
  }
}

/** As an operator with a link does. Returns the session's token. */
async function signIn(app: Awaited<ReturnType<typeof buildApp>>): Promise<string> {
  const token = randomUUID()
  const now = app.clock.now()
  const lasts = { createdAt: now, expiresAt: now + 86_400_000 }
  const by = { operator: 'bench', method: 'link', clientAddress: null, userAgent: null } as const
  await createSession(app.adminDatabase, { tokenHash: hashOfToken(token), ...by, ...lasts })
  return token
}

async function occupy(app: Awaited<ReturnType<typeof buildApp>>, signal: AbortSignal): Promise<void> {
  const ids = async (table: string) =>
    (await app.pg.pool.query<{ id: string }>(`select id from ${table} order by id`)).rows.map(({ id }) => id)
  const [users, accounts] = [await ids('users'), await ids('accounts')]
  const wait = { deadlineAt: app.clock.uptime() + 3_600_000, signal }
  for (const [n, userId] of users.entries()) {
    for (let slot = 0; slot < SLOTS_OF_A_USER; slot++) {
      const holder = `exchange-${n}-${slot}`
      await app.slots.acquireUser({ userId, limit: SLOTS_OF_A_USER, holder }, wait)
      const candidates = [
        { accountId: accounts[n % ACCOUNTS] ?? '', limit: 100, usedLast: false, priority: 50, windowResetsAt: Infinity }
      ]
      const user = { userId, session: `session-${n}-${slot}`.slice(0, 12), since: app.clock.now() }
      const asked = { candidates, exclude: [], holder, session: null, pinned: false, affinityWaitMs: 0, arrival: null, user }
      await app.slots.acquireAccount(asked, wait)
    }
    // Ends when all does.
    if (n < WAITING) app.slots.acquireUser({ userId, limit: SLOTS_OF_A_USER, holder: `waiter-${n}` }, wait).catch(() => {})
  }
}
