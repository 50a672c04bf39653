import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../services/platform/clock.ts'
import { createReplica, sharedRedis } from './redis-replicas.ts'
import { slotsContract } from './slots-contract.ts'

const POLL_MS = 10

/** The slots' contract on a real Redis, in real time. */
export async function redisSlotsContract({ cluster }: { cluster: boolean }): Promise<void> {
  // It is there before the first test runs: a file whose tests are all done takes no more of them.
  const url = await sharedRedis({ cluster })
  slotsContract(cluster ? 'Redis Cluster slots' : 'Redis slots', async (t, options) => {
    const { slots, redis } = createReplica(t, { url, cluster, pollMs: POLL_MS, ...options })
    const startedAt = performance.now()
    let advancedMs = 0
    const advance = async (durationMs: number) => {
      advancedMs += durationMs
      await delay(durationMs === 0 ? 5 : durationMs + POLL_MS + 5)
      // What was asked before is answered before, and what that set off once more; however busy the machine is.
      for (let trip = 0; trip < 8; trip += 1) await redis.hget('nobody', 'asks').catch(() => null)
    }
    const lateMs = () => performance.now() - startedAt - advancedMs
    return { slots, clock: { uptime: systemClock.uptime, advance, lateMs } }
  })
}
