import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../services/platform/clock.ts'
import { takeTurns, WAITING_LANES } from '../support/made-up-sessions.ts'
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

test('of sessions that are made up for each request Redis knows only those that wait, and forgets these, too', async (t) => {
  const prefix = `test-${crypto.randomUUID()}`
  const { slots, redis } = createReplica(t, { url, prefix })
  let keys: string[] = []
  await takeTurns(slots, systemClock.uptime, 300, async () => {
    keys = await redis.keys(`${prefix}:*`)
    const turns = JSON.parse((await redis.get(`${prefix}:{u:ann}:turns`)) ?? '{}') as object
    const known = Object.keys(turns).length
    assert.ok(known > 0 && known <= WAITING_LANES + 2, `${known} are known`)
  })
  assert.ok(keys.length < 20, keys.join('\n'))
  for (const key of await redis.keys(`${prefix}:*`)) assert.ok((await redis.pttl(key)) > 0, `${key} stays`)
})
