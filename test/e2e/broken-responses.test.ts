import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { account, ask, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const EVENT_STREAM = { 'content-type': 'text/event-stream' }

await suite('responses that break', async () => {
  test('a response that is not in the coding it names fails over, and holds nothing', { timeout: 20_000 }, async (t) => {
    const { messages, upstream, slots, settledEvents } = await startGateway(t, {
      declared: (url) => ({ accounts: [account('main', url, { priority: 1 }), account('second', url, { priority: 2 })] })
    })
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    upstream.setBehaviour([{ times: 1, behaviour: { raw: { status: 200, headers, body: 'no gzip at all' } } }])
    const response = await messages(ask({ stream: true }), { headers: { 'accept-encoding': 'identity' } })
    assert.match(await response.text(), /message_stop/)
    await until('nothing is held', async () => (await slots()).length === 0)
    // The broken response may have cost something, the second one certainly did.
    const events = await settledEvents(2)
    assert.deepEqual(
      events.map((event) => event.basis).toSorted((a, b) => a.localeCompare(b)),
      ['final', 'unknown']
    )
  })

  test(
    'a plain request whose response is in a broken coding gets an error, and its slots are free',
    { timeout: 20_000 },
    async (t) => {
      const { messages, upstream, slots } = await startGateway(t)
      const headers = { 'content-type': 'application/json', 'content-encoding': 'br' }
      upstream.setBehaviour({ raw: { status: 200, headers, body: 'no brotli at all' } })
      const response = await messages(ask(), { headers: { 'accept-encoding': 'identity' } })
      assert.equal(response.status, 502)
      await response.text()
      await until('nothing is held', async () => (await slots()).length === 0)
    }
  )

  test('a stream that announces its length and is cut still ends with a readable error', { timeout: 20_000 }, async (t) => {
    const { messages, upstream } = await startGateway(t)
    upstream.setBehaviour({ headers: { ...EVENT_STREAM, 'content-length': '50000' }, breakOff: { how: 'reset', at: 'middle' } })
    const response = await messages(ask({ stream: true }))
    assert.equal(response.headers.get('content-length'), null)
    assert.match(await response.text(), /\n\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error"/)
  })

  test('nothing is put into the middle of an event that is too long to hold back', { timeout: 20_000 }, async (t) => {
    const { messages, upstream, settledEvents } = await startGateway(t)
    upstream.setBehaviour({ hugeEventBytes: 1_000_000, breakOff: { how: 'reset', at: 'middle', midEvent: true } })
    const response = await messages(ask({ stream: true }))
    const received: string[] = []
    await assert.rejects(async () => {
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) received.push(text)
    })
    assert.ok(received.join('').length > 65_536)
    assert.doesNotMatch(received.join(''), /event: error/)
    assert.equal((await settledEvents(1))[0]!.outcome, 'upstream_cut')
  })

  test('an account that is taken out while a request waits for it is not used', { timeout: 20_000 }, async (t) => {
    const { app, messages, upstream } = await startGateway(t, {
      declared: (url) => ({
        accounts: [
          account('main', url, { concurrency: 1, priority: 1 }),
          account('second', url, { concurrency: 1, priority: 2 })
        ]
      })
    })
    upstream.setBehaviour({ delayHeadersMs: 1000 })
    // Sessions of their own: none waits for the other's account.
    const saying = (content: string) => ask({ messages: [{ role: 'user', content }] })
    const running = [messages(saying('one')), messages(saying('two'))]
    await until('both accounts are busy', () => upstream.stats.inFlight === 2)
    const waiting = messages(saying('three'))
    await until('one waits', async () =>
      (await app.slots.usage()).some(({ subject, waiting }) => subject === 'account' && waiting > 0)
    )
    await app.pg.pool.query("update accounts set status = 'disabled' where name = 'main'")
    for (const topic of ['directory', 'accounts'] as const) app.bus.publish(topic)
    for (const response of await Promise.all([...running, waiting])) assert.equal(response.status, 200)
    assert.deepEqual(upstream.requests.map((request) => request.credential).slice(2), ['sk-ant-upstream-key-of-second'])
  })
})
