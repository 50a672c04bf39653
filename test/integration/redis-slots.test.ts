import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../services/platform/clock.ts'
import { slotsContract } from '../support/slots-contract.ts'
import { createReplica, sharedRedis } from '../support/redis-replicas.ts'

const POLL_MS = 10

// Both are there before the first test runs: a file whose tests are all done takes no more of them.
const servers = [
  { cluster: false, url: await sharedRedis({ cluster: false }) },
  { cluster: true, url: await sharedRedis({ cluster: true }) }
]

for (const { cluster, url } of servers) {
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
    return { slots, clock: { uptime: systemClock.uptime, advance, lateMs: () => performance.now() - startedAt - advancedMs } }
  })
}
