import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { NO_LANE } from '../../../../services/gateway/slots/slots.ts'
import { takeTurns, WAITING_LANES } from '../../../support/made-up-sessions.ts'
import { simulateTeam } from '../../../support/team-simulation.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

function simulate(options: Partial<Parameters<typeof simulateTeam>[0]> = {}) {
  const clock = createVirtualClock()
  return simulateTeam({
    replicas: [createInProcessSlots({ clock })],
    uptime: clock.uptime,
    async until(description, condition) {
      await clock.advance(0)
      assert.ok(condition(), description)
    },
    ...options
  })
}

test('in a team with 200 sessions at once a person’s session waits for one turn of each other session of theirs at most', async (t) => {
  const { longestWaitMs, refused, served } = await simulate()
  t.diagnostic(
    `${served} requests; a person waited for ${longestWaitMs / 1000} s at most; no place: ${JSON.stringify(refused)}`
  )
  assert.ok(served > 1500)
  assert.equal(refused.interactive, 0)
  assert.ok(refused.background > 0, 'there is more than fits')
})

test('which it would not where all of a user’s requests were of one session', async () => {
  await assert.rejects(simulate({ named: () => NO_LANE }), /passed others out of turn/)
})

test('of sessions that are made up for each request only those that wait are known', async () => {
  const clock = createVirtualClock()
  const slots = createInProcessSlots({ clock })
  await takeTurns(slots, clock.uptime, 1000, async () => {
    const { lanes } = slots.sizes()
    assert.ok(lanes > 0 && lanes <= WAITING_LANES + 2, `${lanes} are known`)
  })
  assert.deepEqual(slots.sizes(), { leases: 0, places: 0, users: 0, lanes: 0, accounts: 0, bindings: 0 })
})
