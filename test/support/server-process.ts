import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { COMPILE_CACHE } from './compile-cache.ts'
import { freePort } from './free-port.ts'
import { embeddedDataDir, migratedUrl } from './databases.ts'
import { processesIn } from './embedded-processes.ts'
import { ADMIN_TOKEN, CLIENT_KEY } from './gateway.ts'
import { until } from './until.ts'

const SCRIPT = fileURLToPath(new URL('../../bin/server.js', import.meta.url))

interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** One life of the server. */
export interface ServerProcess {
  readonly pid: number
  readonly exited: Promise<Exit>
  /** The same for a process that should end by now: rejects with what it wrote when it doesn't. */
  ends: (timeoutMs?: number) => Promise<Exit>
  /** What it wrote so far, to stdout and stderr. */
  stdout: () => string
  stderr: () => string
  /** Resolves when /readyz says 200; rejects with what the process wrote when it ends before. */
  ready: () => Promise<void>
  kill: (signal: NodeJS.Signals) => void
}

interface ServerPlaceOptions {
  /** What the declarative file says; none is used when it is absent. A string is written as it is. */
  declared?: object | string
  env?: Record<string, string>
  /** A command that the server is started through, such as one that enters a namespace. */
  through?: readonly string[]
  /**
   * Where it keeps its record: in one of the test run's Postgres unless told otherwise. `embedded`: in its own, which is there
   * already. `none`: in its own, made at the first start as for an operator.
   */
  database?: 'embedded' | 'postgres' | 'none'
}

/** A data folder and a port of their own, where the real server can be started, killed and started again. */
export interface ServerPlace {
  readonly url: string
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
  /** Starts a life without waiting for it; `env` is added to the place's own. */
  spawn: (env?: Record<string, string>) => ServerProcess
  /** Starts a life and waits until it is ready. */
  start: (env?: Record<string, string>) => Promise<ServerProcess>
  messages: (body: object, init?: { headers?: Record<string, string>; signal?: AbortSignal }) => Promise<Response>
  /** All rows of a list of the admin API. */
  list: <Row>(path: string) => Promise<Row[]>
}

export async function serverPlace(t: TestContext, options: ServerPlaceOptions = {}): Promise<ServerPlace> {
  const { database = 'postgres', through = [] } = options
  const dataDir = database === 'embedded' ? await embeddedDataDir() : await mkdtemp(join(tmpdir(), 'sluice-test-data-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const lives: ServerProcess[] = []
  t.after(async () => {
    for (const life of lives) life.kill('SIGKILL')
    await Promise.all(lives.map((life) => life.exited))
    await until('the database of a life that was killed has ended', () => processesIn(join(dataDir, 'database')).length === 0)
    await rm(dataDir, { recursive: true, force: true })
  })

  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    ...COMPILE_CACHE,
    HOST: '127.0.0.1',
    PRIVATE_UPSTREAMS: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: dataDir,
    SLUICE_ADMIN_TOKEN: ADMIN_TOKEN,
    SETTLE_INTERVAL_MS: '20',
    ...options.env
  }
  if (database === 'postgres') {
    env.DATABASE_URL = await migratedUrl(t)
    env.SLUICE_SECRET_KEY = Buffer.alloc(32, 7).toString('hex')
  }
  if (options.declared !== undefined) {
    env.SLUICE_CONFIG = join(dataDir, 'sluice.yaml')
    const { declared } = options
    await writeFile(env.SLUICE_CONFIG, typeof declared === 'string' ? declared : JSON.stringify(declared))
  }

  function spawnLife(extra: Record<string, string> = {}): ServerProcess {
    const life = spawnServer(url, { ...env, ...extra }, through)
    lives.push(life)
    return life
  }

  return {
    url,
    dataDir,
    env,
    spawn: spawnLife,
    async start(extra) {
      const life = spawnLife(extra)
      await life.ready()
      return life
    },
    messages: (body, { headers = {}, signal } = {}) =>
      fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
        body: JSON.stringify(body),
        ...(signal === undefined ? {} : { signal })
      }),
    list: (path) => listAll(url, path)
  }
}

async function listAll<Row>(url: string, path: string): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const response = await fetch(`${url}/admin/v1${path}?limit=1000${query}`, { headers })
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    const page = (await response.json()) as { data: Row[]; next_cursor: string | null }
    rows.push(...page.data)
    cursor = page.next_cursor
  } while (cursor !== null)
  return rows
}

function spawnServer(url: string, env: Record<string, string>, through: readonly string[]): ServerProcess {
  const [command, ...rest] = [...through, process.execPath, SCRIPT]
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const killWithUs = () => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  // 'close' comes behind the last of what it wrote.
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    process.off('exit', killWithUs)
    return { code: code as number | null, signal: signal as NodeJS.Signals | null }
  })
  let over = false
  void exited.then(() => (over = true))

  return {
    pid: child.pid ?? 0,
    exited,
    async ends(timeoutMs = 30_000) {
      const late = new AbortController()
      const deadline = delay(timeoutMs, undefined, { signal: late.signal }).then(() => {
        throw new Error(`the server did not end within ${timeoutMs} ms:\n${written.stdout}\n${written.stderr}`)
      })
      try {
        return await Promise.race([exited, deadline])
      } finally {
        deadline.catch(() => {})
        late.abort()
      }
    },
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    async ready() {
      while (!(await isReady(url))) {
        if (over) throw new Error(`the server ended before it was ready:\n${written.stdout}\n${written.stderr}`)
        await delay(20)
      }
    },
    kill: (signal) => void child.kill(signal)
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`)
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}
