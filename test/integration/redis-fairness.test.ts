import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../services/platform/clock.ts'
import { createReplica, sharedRedis } from '../support/redis-replicas.ts'
import { simulateTeam } from '../support/team-simulation.ts'
import { until } from '../support/until.ts'

const url = await sharedRedis({ cluster: false })

test('in a team with 200 sessions at once on three replicas, a person’s session waits for one turn of each other one at most', async (t) => {
  const prefix = `test-${crypto.randomUUID()}`
  // Nothing ends because the machine is slow: nobody renews here.
  const times = { leaseTtlMs: 600_000, claimMs: 60_000, waiterTtlMs: 60_000, answerMs: 60_000 }
  const replicas = ['a', 'b', 'c'].map((processId) => createReplica(t, { url, prefix, processId, ...times }).slots)
  const { refused, served } = await simulateTeam({
    replicas,
    uptime: systemClock.uptime,
    until
  })
  t.diagnostic(`${served} requests`)
  assert.ok(served > 1500)
  assert.equal(refused.interactive, 0)
})
