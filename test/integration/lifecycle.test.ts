import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fastify from 'fastify'
import fp from 'fastify-plugin'
import lifecycle from '../../plugins/lifecycle.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'

const DELAY_MS = 10_000

/** An instance that a stop has not reached yet, with a probe, a route that answers and one that answers when told. */
async function startInstance(t: TestContext) {
  const clock = createVirtualClock()
  const app = fastify()
  await app.register(
    fp(
      async () => {
        app.decorate('config', { drainTimeoutMs: 0 } as never)
        app.decorate('clock', clock)
      },
      { name: 'config' }
    )
  )
  await app.register(fp(async () => {}, { name: 'errors' }))
  await app.register(lifecycle)
  const slow = Promise.withResolvers<string>()
  app.get('/livez', { config: { servedToTheEnd: true } }, async () => 'ok')
  app.get('/scrape', { config: { servedToTheEnd: true } }, () => slow.promise)
  app.get('/quick', async () => 'ok')
  app.get('/slow', () => slow.promise)
  t.after(async () => {
    slow.resolve('late')
    const closed = app.close()
    await clock.advance(5000)
    await closed
  })

  /** Begins a stop. Resolves to how long it has waited, as far as it is over. */
  function stop() {
    const beganAt = clock.uptime()
    const state: { waitedMs: number | null } = { waitedMs: null }
    void app.lifecycle.drain(DELAY_MS).then(() => (state.waitedMs = clock.uptime() - beganAt))
    return state
  }
  const ask = async (url: string) => void (await app.inject(url))
  return { app, clock, slow, stop, ask }
}

test('whom nobody asks waits for half of the delay', async (t) => {
  const { app, clock, stop, ask } = await startInstance(t)
  // What was answered before the signal does not count.
  await ask('/quick')
  const stopped = stop()
  assert.equal(app.lifecycle.phase, 'draining')
  await clock.advance(DELAY_MS / 2 - 1)
  assert.equal(stopped.waitedMs, null)
  await clock.advance(1)
  assert.equal(stopped.waitedMs, DELAY_MS / 2)
})

test('probes and scrapes are not asking, also one that is being answered', async (t) => {
  const { clock, stop, ask, slow } = await startInstance(t)
  const scrape = ask('/scrape')
  await clock.advance(0)
  const stopped = stop()
  await ask('/livez')
  await clock.advance(DELAY_MS)
  assert.equal(stopped.waitedMs, DELAY_MS / 2)
  slow.resolve('done')
  await scrape
})

test('who is asked in the first half serves for all of it', async (t) => {
  const { clock, stop, ask } = await startInstance(t)
  const stopped = stop()
  await clock.advance(DELAY_MS / 2 - 1)
  await ask('/quick')
  await clock.advance(DELAY_MS / 2)
  assert.equal(stopped.waitedMs, null)
  await clock.advance(1)
  assert.equal(stopped.waitedMs, DELAY_MS)
})

test('who was asked for what does not exist was asked', async (t) => {
  const { clock, stop, ask } = await startInstance(t)
  const stopped = stop()
  await ask('/nowhere')
  await clock.advance(DELAY_MS)
  assert.equal(stopped.waitedMs, DELAY_MS)
})

test('who serves at the signal waits for all of it, though the response ends at once', async (t) => {
  const { clock, stop, ask, slow } = await startInstance(t)
  const answered = ask('/slow')
  await clock.advance(0)
  const stopped = stop()
  slow.resolve('done')
  await answered
  await clock.advance(DELAY_MS)
  assert.equal(stopped.waitedMs, DELAY_MS)
})

test('a hurry ends either half', async (t) => {
  for (const wanted of [false, true]) {
    const { app, clock, stop, ask } = await startInstance(t)
    const stopped = stop()
    if (wanted) await ask('/quick')
    const waitedMs = wanted ? DELAY_MS - 1 : 1
    await clock.advance(waitedMs)
    app.lifecycle.hurry()
    await clock.advance(0)
    assert.equal(stopped.waitedMs, waitedMs)
  }
})
