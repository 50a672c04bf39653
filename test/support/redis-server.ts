import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'
import { installed } from './debian-package.ts'
import { stoppableProcess } from './stoppable-process.ts'
import { until } from './until.ts'

/** A real Redis of the test's own, on loopback, that can be stopped and started again at the same address. */
export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Starts it again after `stop`; without `persistent` it comes back empty. */
  start: () => Promise<void>
  /** Ends it, as a crash would; connections break. */
  stop: () => Promise<void>
  /** It keeps its connections but answers nothing until `thaw`. */
  freeze: () => void
  thaw: () => void
  flushAll: () => Promise<void>
  /** A client of the test's own, for looking at keys. */
  client: Redis
}

/** A test, or whatever else cleans up behind itself. */
export interface Owner {
  after: (cleanUp: () => Promise<void>) => void
}

export interface RedisServerOptions {
  /** Keeps an append-only file, synced with each write, so that a restart brings everything back. */
  persistent?: boolean
  /** One node that serves all slots of a Redis Cluster: scripts that touch two hash tags fail as they would on many. */
  cluster?: boolean
}

/**
 * Starts a Redis that is gone when the test is over. Its program comes from PATH; where it is missing it is installed if that
 * can be done, else this says what to install.
 */
export async function startRedisServer(t: Owner, options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = installed('redis-server', findProgram, MISSING)
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '']
  if (options.persistent) args.push('--appendonly', 'yes', '--appendfsync', 'always')
  if (options.cluster) {
    args.push('--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf')
    // Its default is among the ports that the kernel gives to outgoing connections: one of these may have it.
    args.push('--cluster-port', String(await freePort()))
    // A node that met no other does not know its address, and clients would find it nowhere.
    args.push('--cluster-announce-ip', '127.0.0.1')
  }
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => 50 })
  client.on('error', () => {})
  const isUp = () => until('Redis answers', async () => (await client.ping().catch(() => '')) === 'PONG')
  const { start, stop, send } = stoppableProcess(program, args, { signal: 'SIGKILL', isUp })

  t.after(async () => {
    client.disconnect()
    await stop()
    await rm(dir, { recursive: true, force: true })
  })
  await start()
  if (options.cluster) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await until('the cluster is up', async () => String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'))
  }
  return {
    url,
    port,
    client,
    start,
    stop,
    freeze: () => send('SIGSTOP'),
    thaw: () => send('SIGCONT'),
    async flushAll() {
      await client.flushall()
    }
  }
}

function findProgram(): string | null {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return places.map((dir) => join(dir, 'redis-server')).find((path) => existsSync(path)) ?? null
}

const MISSING =
  'These tests need a real Redis: install the package "redis-server" so that redis-server is on PATH, or set TEST_REDIS_URL for those that need not stop it'
