import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Clock } from '../../platform/clock.ts'
import { within } from '../../platform/within.ts'

export type RedisClient = Redis | Cluster

export interface RedisConnection {
  /** For commands. */
  redis: RedisClient
  /** For messages. */
  subscriber: RedisClient
  /** Resolves when both are connected, and when that takes longer. */
  connected: (clock: Clock, withinMs: number) => Promise<void>
  close: () => void
}

interface ConnectRedisOptions {
  /** One = a Redis, several = nodes of a Redis Cluster. */
  urls: readonly string[]
  /** A Redis Cluster also where only one of its nodes is named. */
  cluster?: boolean
  /** When a command is given up for good; whoever needs its answer sooner does not wait as long. */
  commandTimeoutMs?: number
  connectTimeoutMs?: number
  reconnectMs?: number
  /** A connection that failed; it is tried again by itself. */
  onFault: (error: Error) => void
}

/** Starts to connect and does not wait for it: without a Redis commands fail, within the command's timeout. */
export function connectRedis(options: ConnectRedisOptions): RedisConnection {
  const { urls, cluster = urls.length > 1, onFault } = options
  const { commandTimeoutMs = 5000, connectTimeoutMs = 5000, reconnectMs = 200 } = options
  const [url] = urls
  if (url === undefined) throw new Error('no Redis URL')
  // By default a command waits 73 s for a dead Redis; and one sent twice might be done twice.
  const perNode = {
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    replyMapping: 'legacy',
    lazyConnect: true
  } as const

  function connect(enableAutoPipelining: boolean): RedisClient {
    const client = cluster ? connectCluster(enableAutoPipelining) : connectOne(enableAutoPipelining)
    client.on('error', onFault)
    client.connect().catch(onFault)
    return client
  }

  function connectOne(enableAutoPipelining: boolean): Redis {
    return new Redis(url ?? '', { ...perNode, enableAutoPipelining, retryStrategy: () => reconnectMs })
  }

  function connectCluster(enableAutoPipelining: boolean): Cluster {
    const { lazyConnect, ...redisOptions } = perNode
    return new Cluster([...urls], {
      enableAutoPipelining,
      lazyConnect,
      clusterRetryStrategy: () => reconnectMs,
      slotsRefreshTimeout: connectTimeoutMs,
      // A command that finds a node away waits this often and long for another to take over.
      maxRedirections: 3,
      retryDelayOnFailover: 100,
      retryDelayOnClusterDown: 100,
      redisOptions: { ...redisOptions, ...credentialsOf(url ?? '') }
    })
  }

  const redis = connect(true)
  const subscriber = connect(false)
  const isReady = async (client: RedisClient) => {
    if (client.status !== 'ready') await new Promise((resolve) => client.once('ready', resolve))
  }
  return {
    redis,
    subscriber,
    async connected(clock, withinMs) {
      await within(clock, withinMs, Promise.all([isReady(redis), isReady(subscriber)]))
    },
    close() {
      redis.disconnect()
      subscriber.disconnect()
    }
  }
}

/** The nodes that a cluster names by itself need what the first URL says. */
function credentialsOf(url: string): Pick<RedisOptions, 'username' | 'password' | 'tls'> {
  const { protocol, username, password } = new URL(url)
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} })
  }
}
