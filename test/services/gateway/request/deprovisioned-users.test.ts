import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { createDeprovisionedUsers } from '../../../../services/gateway/request/deprovisioned-users.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

function scene(t: TestContext) {
  const clock = createVirtualClock()
  const exchangeOf = (userId: string) =>
    loneExchange(t, clock, { id: userId, client: { user: { id: userId, email: 'a@b' }, key: {}, group: {} } })
  const [ann, bob] = [exchangeOf('1'), exchangeOf('2')]
  const asked: string[][] = []
  const faults: unknown[] = []
  const database = { out: new Set<string>(), isAway: false }
  const running = new Set([ann, bob])
  const users = createDeprovisionedUsers({
    clock,
    running: () => running,
    async deprovisionedAmong(ids) {
      asked.push([...ids])
      if (database.isAway) throw new Error('away')
      return ids.filter((id) => database.out.has(id))
    },
    onAway: (error) => faults.push(error)
  })
  return { clock, ann, bob, asked, faults, database, running, users }
}

await suite('people whom the provider has taken out', async () => {
  test('have their requests ended, and nobody else', async (t) => {
    const { ann, bob, database, users } = scene(t)
    database.out.add('1')
    await users.look()
    assert.ok(ann.gone.reason instanceof GatewayError)
    assert.deepEqual([ann.gone.reason.status, ann.gone.reason.message], [401, 'The user of this API key is disabled'])
    assert.equal(bob.gone.aborted, false)
  })

  test('are looked for again and again, also where nothing was heard and while the database was away', async (t) => {
    const { clock, ann, asked, faults, database, running, users } = scene(t)
    database.isAway = true
    await clock.advance(6000)
    assert.deepEqual([asked.length, faults.length], [3, 1])
    database.isAway = false
    database.out.add('1')
    await clock.advance(2000)
    assert.ok(ann.gone.aborted)
    running.clear()
    await clock.advance(10_000)
    assert.equal(asked.length, 4, 'nobody is asked about when nothing runs')
    users.close()
    assert.equal(clock.pendingTimers(), 0)
  })
})
