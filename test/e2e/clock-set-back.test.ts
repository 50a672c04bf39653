import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { systemClock, type Clock } from '../../services/platform/clock.ts'
import { ask, occupy, startGateway, user, waitingOf } from '../support/gateway.ts'
import { brakedUser, refusedBy, served } from '../support/braked-requests.ts'
import { until } from '../support/until.ts'

const HOUR_MS = 3_600_000

/** The machine's clock as it might be set while the gateway runs, which looks at it more often than it would. */
function settableClock(): { clock: Clock; setBy: (ms: number) => void } {
  let offsetMs = 0
  const setTimer: Clock['setTimer'] = (callback, delayMs) => systemClock.setTimer(callback, delayMs === 5000 ? 20 : delayMs)
  return { clock: { ...systemClock, now: () => systemClock.now() + offsetMs, setTimer }, setBy: (ms) => (offsetMs += ms) }
}

test('with the clock set back after the start, a cost is counted once all the same', async (t) => {
  const { clock, setBy } = settableClock()
  const gateway = await startGateway(t, { clock })
  gateway.upstream.setBehaviour({ usage: { inputTokens: 0, outputTokens: 1_000_000 } })
  setBy(-HOUR_MS)
  // Of 100 USD, 20 each: the last is paid with what is left.
  for (let number = 1; number <= 5; number += 1) {
    const response = await gateway.messages(ask())
    assert.equal(response.status, 200, `request ${number}: ${await response.text()}`)
    await gateway.settled()
  }
  assert.equal(await gateway.balance(), '0')
})

await suite('a clock that is set', async () => {
  for (const byMs of [-HOUR_MS, 26 * HOUR_MS]) {
    test(`by ${byMs / HOUR_MS} h is told, and neither ends nor lengthens a wait for a slot`, async (t) => {
      const { clock, setBy } = settableClock()
      const gateway = await startGateway(t, {
        clock,
        env: { QUEUE_TIMEOUT_MS: '1500' },
        declared: () => ({ users: [user({ concurrency: 1 })] })
      })
      const free = await occupy(gateway, 1)
      const served = gateway.messages(ask())
      await until('it waits', async () => (await waitingOf(gateway)) === 1)
      setBy(byMs)
      await free()
      assert.equal((await served).status, 200)

      const freeAgain = await occupy(gateway, 1)
      const waiting = gateway.messages(ask())
      await until('it waits', async () => (await waitingOf(gateway)) === 1)
      setBy(byMs)
      assert.equal((await waiting).status, 429)
      await freeAgain()

      const told = () => gateway.logs.filter((line) => line.includes('the clock of this machine was set'))
      await until('it is told', () => told().length > 0)
      const metrics = await (await gateway.getAdmin('/metrics')).text()
      assert.match(metrics, /^sluice_clock_steps_total [12]$/m)
      await until(
        'the line of each exchange is there',
        () => gateway.logs.filter((line) => line.includes('"msg":"exchange"')).length >= 4
      )
      for (const line of gateway.logs.filter((text) => text.includes('"msg":"exchange"'))) {
        const { durationMs, userWaitMs } = JSON.parse(line) as { durationMs: number; userWaitMs: number }
        assert.ok(durationMs >= 0 && durationMs < HOUR_MS && userWaitMs >= 0 && userWaitMs < HOUR_MS, line)
      }
    })
  }

  test('has no brake forget what it counted, and neither ends nor lengthens a pause', async (t) => {
    const { clock, setBy } = settableClock()
    const brakes = { session_requests: 2, pause_minutes: 30 }
    const gateway = await startGateway(t, { clock, declared: () => ({ users: [brakedUser(brakes)] }) })
    for (const [session, byMs] of [
      ['back', -HOUR_MS],
      ['forward', 26 * HOUR_MS]
    ] as const) {
      await served(gateway, { session })
      setBy(byMs)
      await served(gateway, { session })
      const isPaused = () => refusedBy(gateway, { session }, /^paused: the session made 3 requests in a minute \(limit 2\)/)
      await isPaused()
      setBy(-byMs)
      await isPaused()
      setBy(byMs)
      const retryAfterS = Number((await isPaused()).headers.get('retry-after'))
      assert.ok(retryAfterS > 1500 && retryAfterS <= 1800, `${retryAfterS}`)
    }
    await refusedBy(gateway, { session: 'back' }, /^paused: /)
  })

  test('forward does not end what a response may take to begin', async (t) => {
    const { clock, setBy } = settableClock()
    const gateway = await startGateway(t, { clock })
    gateway.upstream.setBehaviour({ delayHeadersMs: 300 })
    const response = gateway.messages(ask({ stream: true }))
    await until('it is under way', () => gateway.upstream.stats.inFlight === 1)
    setBy(26 * HOUR_MS)
    assert.equal((await response).status, 200)
  })

  for (const byMs of [-HOUR_MS, 26 * HOUR_MS]) {
    test(`by ${byMs / HOUR_MS} h neither ends nor lengthens how long an account rests`, async (t) => {
      const { clock, setBy } = settableClock()
      const gateway = await startGateway(t, { clock, env: { COOLDOWN_UNNAMED_MS: '2000', COOLDOWN_MIN_MS: '1' } })
      gateway.upstream.setBehaviour({ error: { status: 429 } })
      assert.equal((await gateway.messages(ask())).status, 429)
      gateway.upstream.setBehaviour({})
      setBy(byMs)
      const calls = gateway.upstream.stats.total
      assert.equal((await gateway.messages(ask())).status, 429)
      assert.equal(gateway.upstream.stats.total, calls)
      await until('it is back', async () => (await gateway.messages(ask())).status === 200)
      gateway.upstream.setBehaviour({ error: { status: 429 }, headers: { 'retry-after': '2' } })
      assert.equal((await gateway.messages(ask())).status, 429)
      gateway.upstream.setBehaviour({})
      const before = gateway.upstream.stats.total
      const refused = await gateway.messages(ask())
      assert.deepEqual([refused.status, gateway.upstream.stats.total], [429, before])
      assert.match(refused.headers.get('retry-after') ?? '', /^[123]$/)
      await until('it is back again', async () => (await gateway.messages(ask())).status === 200)
    })
  }
})
