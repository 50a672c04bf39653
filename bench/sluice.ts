import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../test/support/free-port.ts'
import { GATEWAY_CORE, spawnNode, stopProcess } from './processes.ts'
import { startServices } from './services.ts'
import { SLOTS_OF_QUEUED } from './subjects.ts'
import type { RunningSubject, Subject } from './subjects.ts'

const START_TIMEOUT_MS = 30_000

/** Sluice as an operator runs it on one server: a database of its own, journal, ledger, all checks on; one account, two users. */
export const sluice: Subject = {
  name: 'sluice',
  start: (upstreamUrl) => startSluice(upstreamUrl, {})
}

/** The same as one of several replicas: Postgres and Redis beside it, whose own CPU does not count. */
export const replica: Subject = {
  name: 'replica',
  besides: { subject: 'sluice', cpuTarget: 1.15 },
  async start(upstreamUrl) {
    const services = await startServices()
    try {
      const running = await startSluice(upstreamUrl, services.env)
      const stopSluice = running.stop
      return Object.assign(running, {
        async stop() {
          await stopSluice()
          await services.stop()
        }
      })
    } catch (error) {
      await services.stop()
      throw error
    }
  }
}

async function startSluice(upstreamUrl: string, env: NodeJS.ProcessEnv): Promise<RunningSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const keys = { bench: newKey(), queued: newKey() }
  const configPath = join(folder, 'config.json')
  await writeFile(configPath, JSON.stringify(configuration(upstreamUrl, keys)))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const logPath = join(folder, 'log')
  const log = await open(logPath, 'a')
  const launch = async () => {
    const startedAt = performance.now()
    const child = spawnNode('../bin/server.js', {
      core: GATEWAY_CORE,
      env: { ...environment(folder, configPath, port), ...env },
      cwd: folder,
      logFd: log.fd
    })
    try {
      await untilReady(url, () => child.exitCode !== null || child.signalCode !== null)
    } catch (error) {
      await stopProcess(child)
      throw error
    }
    return { child, readyMs: performance.now() - startedAt }
  }
  const cleanUp = async () => {
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
  let launched: Awaited<ReturnType<typeof launch>>
  try {
    launched = await launch()
  } catch (error) {
    const tail = (await readFile(logPath, 'utf8')).slice(-2000)
    await cleanUp()
    throw new Error(`Sluice did not start:\n${tail}`, { cause: error })
  }
  const { readyMs } = launched
  return {
    url,
    headers: { 'x-api-key': keys.bench },
    queuedHeaders: { 'x-api-key': keys.queued },
    get pid() {
      return launched.child.pid ?? null
    },
    readyMs,
    async restart() {
      await stopProcess(launched.child)
      launched = await launch()
      return launched.readyMs
    },
    async stop() {
      await stopProcess(launched.child)
      await cleanUp()
    }
  }
}

const newKey = () => `sk-sluice-${randomBytes(24).toString('hex')}`

/** Concurrency 0 is unlimited: the limits are checked, and never met. */
function configuration(upstreamUrl: string, keys: { bench: string; queued: string }): object {
  return {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: [
      {
        name: 'bench',
        type: 'api-key',
        credentials: { api_key: `sk-ant-${randomBytes(24).toString('hex')}` },
        base_url: upstreamUrl,
        groups: ['default'],
        concurrency: 0
      }
    ],
    users: [user('bench', 0, keys.bench), user('queued', SLOTS_OF_QUEUED, keys.queued)]
  }
}

function user(name: string, concurrency: number, key: string): object {
  const email = `${name}@example.com`
  return { email, concurrency, balance_usd: '1000000', keys: [{ name, group: 'default', key }] }
}

function environment(folder: string, configPath: string, port: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOST: '127.0.0.1',
    PRIVATE_UPSTREAMS: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: join(folder, 'data'),
    SLUICE_CONFIG: configPath,
    QUEUE_EXTRA: '2100',
    QUEUE_TIMEOUT_MS: '600000',
    DRAIN_DELAY_MS: '0',
    DRAIN_TIMEOUT_MS: '2000'
  }
}

async function untilReady(url: string, hasEnded: () => boolean): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline && !hasEnded()) {
    const response = await fetch(`${url}/readyz`).catch(() => null)
    await response?.body?.cancel()
    if (response?.status === 200) return
    await delay(20)
  }
  throw new Error(hasEnded() ? 'it ended' : `not ready after ${START_TIMEOUT_MS} ms`)
}
