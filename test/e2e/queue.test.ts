import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parseEvents, readInBackground } from '../support/event-stream.ts'
import {
  account,
  ask,
  CLIENT_KEY,
  occupy,
  refusalOf,
  saying,
  startGateway,
  user,
  waitingOf,
  type Gateway
} from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

/** With one look at the slots behind it: the first one loads the admin API, and the test's own would come late. */
async function startQueue(...options: Parameters<typeof startGateway>) {
  const gateway = await startGateway(...options)
  await gateway.slots()
  return gateway
}

const NOT_YET = '60000'

const withUser = (changes: object) => () => ({ users: [user(changes)] })

/** Two accounts with one slot each, for a user without a limit. */
const twoAccounts = (upstreamUrl: string) => ({
  users: [user({ concurrency: 0 })],
  accounts: [account('a', upstreamUrl, { concurrency: 1 }), account('b', upstreamUrl, { concurrency: 1 })]
})

const pingsIn = (text: string) => text.split('event: ping\n').length - 1

async function untilWaiting(gateway: Gateway, count: number, subject = 'user') {
  await until(`${count} requests wait`, async () => (await waitingOf(gateway, subject)) === count)
}

async function untilNothingHeld(gateway: Gateway) {
  await until('nothing is held', async () => (await gateway.slots()).length === 0)
}

await suite('the queue', async () => {
  test('twenty requests at once are all answered, no more than three at a time', async (t) => {
    const gateway = await startQueue(t, { declared: withUser({ concurrency: 3 }) })
    gateway.upstream.setBehaviour({ delayHeadersMs: 10 })
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const response = await gateway.messages(ask({ stream: n % 2 === 0 }))
        await response.arrayBuffer()
        return response.status
      })
    )
    assert.deepEqual(new Set(statuses), new Set([200]))
    assert.equal(gateway.upstream.stats.total, 20)
    assert.equal(gateway.upstream.stats.maxInFlight, 3)
    await untilNothingHeld(gateway)
  })

  test('who waits first is served first', async (t) => {
    const gateway = await startQueue(t, { declared: withUser({ concurrency: 1 }) })
    const free = await occupy(gateway, 1)
    const waiting: Promise<Response>[] = []
    for (let n = 1; n <= 6; n++) {
      waiting.push(gateway.messages(saying(`number ${n}`)))
      await untilWaiting(gateway, n)
    }
    await free()
    for (const response of await Promise.all(waiting)) await response.arrayBuffer()
    const served = gateway.upstream.requests.slice(1).map(({ body }) => /number \d/.exec(body.toString())![0])
    assert.deepEqual(served, ['number 1', 'number 2', 'number 3', 'number 4', 'number 5', 'number 6'])
  })

  test('a session with more subagents than may wait keeps no other terminal out, nor waiting for more than one of them', async (t) => {
    const gateway = await startQueue(t, { env: { QUEUE_EXTRA: '4' }, declared: withUser({ concurrency: 1 }) })
    const terminal = { 'x-claude-code-session-id': 'a terminal' }
    const busy = (agent: string) => ({ 'x-claude-code-session-id': 'busy', 'x-claude-code-agent-id': agent })
    const free = await occupy(gateway, 1, busy('zero'))
    const waiting: Promise<Response>[] = []
    for (let n = 1; n <= 4; n++) {
      waiting.push(gateway.messages(saying(`busy ${n}`), { headers: busy(`agent ${n}`) }))
      await untilWaiting(gateway, n)
    }
    assert.equal((await gateway.messages(ask(), { headers: busy('one too many') })).status, 429)
    waiting.push(gateway.messages(saying('the terminal'), { headers: terminal }))
    await untilWaiting(gateway, 5)
    await free()
    for (const response of await Promise.all(waiting)) assert.equal((await response.text()).includes('"usage"'), true)
    const served = gateway.upstream.requests.slice(1).map(({ body }) => /busy \d|the terminal/.exec(body.toString())![0])
    assert.deepEqual(served, ['busy 1', 'the terminal', 'busy 2', 'busy 3', 'busy 4'])
  })

  test('more than may wait are refused at once and told when to come back', async (t) => {
    const gateway = await startQueue(t, { env: { QUEUE_EXTRA: '2' }, declared: withUser({ concurrency: 1 }) })
    const free = await occupy(gateway, 1)
    const waiting = [gateway.messages(ask()), gateway.messages(ask())]
    await untilWaiting(gateway, 2)
    const refusal = await refusalOf(await gateway.messages(ask({ stream: true })))
    assert.deepEqual(
      [refusal.status, refusal.type, refusal.message],
      [429, 'rate_limit_error', 'Too many pending requests, please retry later']
    )
    assert.match(refusal.headers.get('retry-after')!, /^([1-9]|[1-5]\d|60)$/)
    assert.equal(refusal.headers.get('x-should-retry'), null)
    await free()
    for (const response of await Promise.all(waiting)) assert.equal((await response.text()).includes('"usage"'), true)
  })

  test('without a limit nobody waits', async (t) => {
    const gateway = await startQueue(t, {
      env: { QUEUE_EXTRA: '0' },
      declared: (url) => ({ users: [user({ concurrency: 0 })], accounts: [account('main', url, { concurrency: 0 })] })
    })
    const free = await occupy(gateway, 40)
    assert.equal(gateway.upstream.stats.maxInFlight, 40)
    await free()
    await untilNothingHeld(gateway)
  })

  for (const stream of [true, false]) {
    test(`a ${stream ? 'streaming' : 'plain'} request that waited in vain, and got no ping, reads a 429`, async (t) => {
      const gateway = await startQueue(t, {
        env: { QUEUE_TIMEOUT_MS: '50', PING_INTERVAL_MS: NOT_YET },
        declared: withUser({ concurrency: 1 })
      })
      const free = await occupy(gateway, 1)
      const refusal = await refusalOf(await gateway.messages(ask({ stream })))
      assert.deepEqual(
        [refusal.status, refusal.type, refusal.message],
        [429, 'rate_limit_error', 'Concurrency limit exceeded for user, please retry later']
      )
      assert.match(refusal.headers.get('retry-after')!, /^([1-9]|[1-5]\d|60)$/)
      await free()
      assert.deepEqual(await gateway.settledEvents(1).then((events) => events.map(({ outcome }) => outcome)), ['client_closed'])
    })
  }

  test('a request that waited in vain and was pinged reads an error event that clients back off on', async (t) => {
    const gateway = await startQueue(t, {
      env: { QUEUE_TIMEOUT_MS: '200', PING_INTERVAL_MS: '30' },
      declared: withUser({ concurrency: 1 })
    })
    const free = await occupy(gateway, 1)
    const response = await gateway.messages(ask({ stream: true }))
    assert.equal(response.status, 200)
    const events = parseEvents(await response.text())
    const last = events.pop()!
    assert.ok(events.length >= 2)
    assert.deepEqual(new Set(events.map(({ event }) => event)), new Set(['ping']))
    assert.equal(last.event, 'error')
    assert.deepEqual(last.data.error, {
      type: 'overloaded_error',
      message: 'Concurrency limit exceeded for user, please retry later'
    })
    assert.equal(typeof last.data['request_id'], 'string')
    await free()
  })

  test('a waiting stream is pinged at each interval until the upstream’s first byte', async (t) => {
    const gateway = await startQueue(t, { env: { PING_INTERVAL_MS: '40' }, declared: withUser({ concurrency: 1 }) })
    const free = await occupy(gateway, 1)
    gateway.upstream.setBehaviour({ delayHeadersMs: 250, deltas: 30, paceMs: 10 })
    const sentAt = performance.now()
    const response = await gateway.messages(ask({ stream: true }))
    assert.ok(performance.now() - sentAt >= 39, 'the first ping comes after one interval')
    assert.deepEqual(
      [response.status, ...['content-type', 'cache-control', 'x-accel-buffering'].map((name) => response.headers.get(name))],
      [200, 'text/event-stream', 'no-cache', 'no']
    )
    const reading = readInBackground(response)
    await until('three pings', () => pingsIn(reading.text) >= 3)
    assert.ok(performance.now() - sentAt >= 3 * 40 - 2, 'one ping an interval')
    await free()
    const pingsInQueue = pingsIn(reading.text)
    const text = await reading.done
    const [ours = '', theirs = ''] = text.split(/(?=event: message_start\n)/)
    assert.ok(pingsIn(ours) > pingsInQueue + 1, 'pings go on while the upstream thinks')
    assert.equal(ours, 'event: ping\ndata: {"type":"ping"}\n\n'.repeat(pingsIn(ours)))
    assert.equal(pingsIn(theirs), 1, 'only the upstream’s own ping stands in the message')
    assert.equal(parseEvents(theirs).at(-1)!.event, 'message_stop')
  })

  test('a stream that need not wait gets no pings, and the upstream’s own status', async (t) => {
    const gateway = await startQueue(t, { env: { PING_INTERVAL_MS: '20' } })
    gateway.upstream.setBehaviour({ delayHeadersMs: 120 })
    const text = await (await gateway.messages(ask({ stream: true }))).text()
    assert.match(text, /^event: message_start\n/)
    gateway.upstream.setBehaviour({ delayHeadersMs: 120, error: { status: 400, message: 'no' } })
    const response = await gateway.messages(ask({ stream: true }))
    assert.equal(response.status, 400)
    await response.arrayBuffer()
  })

  test('a stream whose slot comes before the first ping is due gets none either', async (t) => {
    const gateway = await startQueue(t, { env: { PING_INTERVAL_MS: '300' }, declared: withUser({ concurrency: 1 }) })
    const free = await occupy(gateway, 1)
    const waiting = gateway.messages(ask({ stream: true }))
    await untilWaiting(gateway, 1)
    gateway.upstream.setBehaviour({ delayHeadersMs: 500, error: { status: 422, message: 'no' } })
    await free()
    const response = await waiting
    assert.equal(response.status, 422)
    await response.arrayBuffer()
  })

  test('a plain request waits without pings', async (t) => {
    const gateway = await startQueue(t, { env: { PING_INTERVAL_MS: '10' }, declared: withUser({ concurrency: 1 }) })
    const free = await occupy(gateway, 1)
    const waiting = gateway.messages(ask())
    await untilWaiting(gateway, 1)
    const waitsSince = performance.now()
    await until('some intervals have passed', () => performance.now() - waitsSince > 60)
    await free()
    const response = await waiting
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(((await response.json()) as { type: string }).type, 'message')
    const [event] = (await gateway.settledEvents(2)).filter(({ outcome }) => outcome === 'completed')
    assert.ok(event!.queue_ms >= 50, `waited ${event!.queue_ms} ms`)
  })

  test('a waiting client that hangs up leaves at once, and the next one gets the slot', async (t) => {
    const gateway = await startQueue(t, { declared: withUser({ concurrency: 1 }) })
    const free = await occupy(gateway, 1)
    const hangUp = new AbortController()
    const impatient = gateway.messages(saying('impatient'), { signal: hangUp.signal }).catch(() => null)
    await untilWaiting(gateway, 1)
    const patient = gateway.messages(saying('patient'))
    await untilWaiting(gateway, 2)
    hangUp.abort()
    await impatient
    await untilWaiting(gateway, 1)
    await free()
    assert.equal((await patient).status, 200)
    assert.deepEqual(
      gateway.upstream.requests.slice(1).map(({ body }) => /impatient|patient/.exec(body.toString())![0]),
      ['patient']
    )
    await untilNothingHeld(gateway)
  })

  test('a client that hangs up between pings leaves as well', async (t) => {
    const gateway = await startQueue(t, { env: { PING_INTERVAL_MS: '10' }, declared: withUser({ concurrency: 1 }) })
    const free = await occupy(gateway, 1)
    const hangUp = new AbortController()
    const response = await gateway.messages(ask({ stream: true }), { signal: hangUp.signal })
    assert.equal(response.status, 200)
    hangUp.abort()
    await untilWaiting(gateway, 0)
    await free()
    await untilNothingHeld(gateway)
    assert.equal(gateway.upstream.stats.total, 1)
  })

  test('a client that hangs up while its body is unpacked keeps no place', async (t) => {
    const gateway = await startQueue(t, { env: { QUEUE_EXTRA: '0' }, declared: withUser({ concurrency: 1 }) })
    const body = gzipSync(JSON.stringify(ask({ padding: 'x'.repeat(20_000_000) })))
    for (let n = 0; n < 5; n++) {
      const hangUp = new AbortController()
      const request = gateway.messages(body, { headers: { 'content-encoding': 'gzip' }, signal: hangUp.signal })
      setTimeout(() => hangUp.abort(), n * 5)
      await request.then((response) => response.arrayBuffer()).catch(() => null)
    }
    await untilNothingHeld(gateway)
    await until('there is room again', async () => {
      const response = await gateway.messages(ask())
      await response.arrayBuffer()
      return response.status === 200
    })
  })

  test('requests wait for whichever account is free first', async (t) => {
    const gateway = await startQueue(t, { declared: twoAccounts })
    const freeOne = await occupy(gateway, 1)
    const freeOther = await occupy(gateway, 1)
    const taken = gateway.upstream.requests.map(({ credential }) => credential)
    assert.equal(new Set(taken).size, 2)
    const first = gateway.messages(saying('first'))
    await untilWaiting(gateway, 1, 'account')
    const second = gateway.messages(saying('second'))
    await untilWaiting(gateway, 2, 'account')
    await freeOther()
    for (const response of await Promise.all([first, second])) assert.equal(response.status, 200)
    const served = gateway.upstream.requests.slice(2)
    assert.deepEqual(
      served.map(({ credential }) => credential),
      [taken[1], taken[1]]
    )
    assert.deepEqual(
      served.map(({ body }) => /first|second/.exec(body.toString())![0]),
      ['first', 'second']
    )
    await freeOne()
  })

  test('a request whose slot came too late to be of use keeps its place', async (t) => {
    const narrowKey = `${CLIENT_KEY}-narrow`
    const gateway = await startQueue(t, {
      declared: (url) => ({
        groups: ['default', 'narrow'].map((name) => ({ name, kind: 'balance' })),
        accounts: [
          account('one', url, { concurrency: 1, priority: 1 }),
          account('two', url, { concurrency: 1, priority: 2, groups: ['default', 'narrow'] })
        ],
        users: [
          user({
            keys: [
              { name: 'laptop', key: CLIENT_KEY },
              { name: 'narrow', key: narrowKey, group: 'narrow' }
            ]
          })
        ]
      })
    })
    const slotsOf = async (name: string) => (await gateway.slots()).find((slot) => slot.name === name)
    const waitForTwo = (count: number) =>
      until(`${count} wait for the second account`, async () => (await slotsOf('two'))?.waiting === count)
    const freeOne = await occupy(gateway, 1)
    const freeTwo = await occupy(gateway, 1)
    const served: string[] = []
    const send = async (name: string, headers: Record<string, string> = {}) => {
      await (await gateway.messages(saying(name), { headers })).text()
      served.push(name)
    }
    const first = send('first')
    await waitForTwo(1)
    const second = send('second', { 'x-api-key': narrowKey })
    await waitForTwo(2)
    const { id } = await gateway.accountNamed('one')
    await operatorOf(gateway).call('PATCH', `/accounts/${id}`, { schedulable: false })
    // Whoever waits for either account is given the slot of the one that is out.
    await freeOne()
    await until('its slot was given back', async () => (await slotsOf('one')) === undefined)
    await waitForTwo(2)
    await freeTwo()
    await Promise.all([first, second])
    assert.deepEqual(served, ['first', 'second'])
  })

  test('an account never has more requests than its own limit', async (t) => {
    const gateway = await startQueue(t, { declared: twoAccounts })
    gateway.upstream.setBehaviour({ delayHeadersMs: 10 })
    const responses = Array.from({ length: 12 }, async () => (await gateway.messages(ask())).arrayBuffer())
    await Promise.all(responses)
    for (const [credential, { maxInFlight }] of gateway.upstream.stats.byCredential) assert.equal(maxInFlight, 1, credential)
    await untilNothingHeld(gateway)
  })

  test('a request that waited in vain for an account is told so', async (t) => {
    const gateway = await startQueue(t, { env: { QUEUE_TIMEOUT_MS: '50' }, declared: twoAccounts })
    const free = await occupy(gateway, 2)
    const refusal = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual(
      [refusal.status, refusal.type, refusal.message],
      [429, 'rate_limit_error', 'Concurrency limit exceeded for account, please retry later']
    )
    await free()
    await untilNothingHeld(gateway)
  })

  test('money that is used up while a request waits is not spent again', async (t) => {
    const gateway = await startQueue(t, {
      env: { PING_INTERVAL_MS: '50' },
      declared: withUser({ concurrency: 1, balance_usd: '0.001' })
    })
    gateway.upstream.setBehaviour({ delayHeadersMs: 200, usage: { outputTokens: 1_000_000 } })
    const spending = gateway.messages(ask())
    await until('the first one is under way', () => gateway.upstream.stats.inFlight === 1)
    const plain = gateway.messages(ask())
    await untilWaiting(gateway, 1)
    const stream = gateway.messages(ask({ stream: true }))
    assert.equal((await spending).status, 200)
    const refusal = await refusalOf(await plain)
    assert.deepEqual([refusal.status, refusal.type], [403, 'billing_error'])
    const error = parseEvents(await (await stream).text()).at(-1)!
    assert.deepEqual([error.event, error.data.error?.type], ['error', 'billing_error'])
    assert.equal(gateway.upstream.stats.total, 1)
    await untilNothingHeld(gateway)
  })

  test('a slot is kept for as long as its stream lives', async (t) => {
    const gateway = await startQueue(t, { env: { LEASE_TTL_MS: '100' }, declared: withUser({ concurrency: 1 }) })
    gateway.upstream.setBehaviour({ deltas: 40, paceMs: 10 })
    const long = gateway.messages(ask({ stream: true }))
    await until('the stream has begun', () => gateway.upstream.messageStarts.length === 1)
    const next = gateway.messages(ask())
    assert.match(await (await long).text(), /message_stop/)
    assert.equal((await next).status, 200)
    assert.equal(gateway.upstream.stats.maxInFlight, 1)
    assert.equal(
      gateway.logs.some((line) => line.includes('leases ended')),
      false
    )
  })

  test('nothing is held after requests of all kinds', async (t) => {
    const gateway = await startQueue(t, { declared: withUser({ concurrency: 4 }) })
    gateway.upstream.setBehaviour((_request, number) => {
      const kinds = [
        {},
        { error: { status: 400 } },
        { breakOff: { how: 'reset', at: 'middle' } },
        { error: { status: 529 } }
      ] as const
      return kinds[number % kinds.length]
    })
    await Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        const signal = n % 5 === 0 ? AbortSignal.timeout(n) : undefined
        const response = gateway.messages(ask({ stream: n % 3 !== 0 }), signal === undefined ? {} : { signal })
        await response.then((whole) => whole.arrayBuffer()).catch(() => null)
      })
    )
    await untilNothingHeld(gateway)
    await until('the upstream is idle', () => gateway.upstream.stats.inFlight === 0)
  })
})
