import { before, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../services/clock.ts'
import { slotsContract } from '../support/slots-contract.ts'
import { createReplica, sharedRedis } from '../support/redis-replicas.ts'

// How long what was set off takes, with other work on the machine.
const SLACK_MS = 60

for (const cluster of [false, true]) {
  let url = ''
  before(async () => {
    url = await sharedRedis({ cluster })
  })

  slotsContract(cluster ? 'Redis Cluster slots' : 'Redis slots', async (t: TestContext, options) => {
    const { slots } = createReplica(t, { url, cluster, pollMs: 15, ...options })
    const advance = (durationMs: number) => delay(durationMs + SLACK_MS)
    return { slots, clock: { now: systemClock.now, advance } }
  })
}
