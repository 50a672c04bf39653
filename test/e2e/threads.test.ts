import Anthropic from '@anthropic-ai/sdk'
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { suite, test } from 'node:test'
import { postgresUrl } from '../support/databases.ts'
import {
  account,
  ask,
  CLIENT_KEY,
  credentialOf,
  MODEL,
  occupy,
  saying,
  startGateway,
  user,
  type Gateway
} from '../support/gateway.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

const OTHER_KEY = 'sk-sluice-the-key-of-another-user'
const BETA = { 'anthropic-beta': 'message-threads-2026-08-12' }
const NAMES = ['first', 'second']

const declared = (url: string) => ({
  accounts: NAMES.map((name) => account(name, url, { priority: 1, concurrency: 2 })),
  users: [
    user({ concurrency: 0 }),
    { email: 'other@example.com', concurrency: 0, balance_usd: '1', keys: [{ name: 'k', key: OTHER_KEY }] }
  ]
})

const asked = ({ upstream }: Gateway) =>
  upstream.requests.map(({ credential }) => NAMES.find((name) => credentialOf(name) === credential))

/** Without what the upstream says of its windows, accounts take turns. */
const NO_WINDOWS = { headers: { 'anthropic-ratelimit-unified-5h-reset': null, 'anthropic-ratelimit-unified-7d-reset': null } }

/** Each request of a session of its own: only its thread can say where it belongs. */
const send = ({ messages }: Gateway, thread: object, more: object = {}, key = CLIENT_KEY) =>
  messages(saying(randomUUID(), { thread, ...more }), { headers: { ...BETA, 'x-api-key': key } })

/** The id of the message that a response is. */
async function messageOf(response: Response): Promise<string> {
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return /"id": ?"(msg_[^"]+)"/.exec(text)![1]!
}

const goingOn = (previousMessageId: string) => ({ type: 'continue', previous_message_id: previousMessageId })

/** What a client whose thread is lost reads, of which the SDKs make a replay. */
async function assertLost(response: Response) {
  assert.equal(response.status, 404)
  const { error } = (await response.json()) as { error: { type: string; details?: object } }
  assert.deepEqual([error.type, error.details], ['not_found_error', { error_code: 'thread_not_found' }])
}

await suite('a message thread', async () => {
  for (const stream of [true, false]) {
    test(`goes on at the account that gave its last message, of a ${stream ? 'streamed' : 'plain'} response`, async (t) => {
      const gateway = await startGateway(t, { declared })
      gateway.upstream.setBehaviour(NO_WINDOWS)
      for (let n = 0; n < 4; n++) {
        const first = await messageOf(await send(gateway, { type: 'create' }, { stream }))
        const second = await messageOf(await send(gateway, goingOn(first), { stream }))
        await messageOf(await send(gateway, goingOn(second), { stream }))
        const [from, ...to] = asked(gateway).slice(-3)
        assert.deepEqual(to, [from, from])
      }
      assert.deepEqual(new Set(asked(gateway)), new Set(NAMES))
    })
  }

  test('that is not known is lost at once: the SDK learns it, and nobody is asked', async (t) => {
    const gateway = await startGateway(t, { declared })
    await assertLost(await send(gateway, goingOn('msg_unknown')))
    await assertLost(await send(gateway, goingOn('msg_unknown'), { stream: true }))
    await assertLost(await gateway.messages(ask({ thread: goingOn('msg_unknown') }), { path: '/v1/messages/count_tokens' }))
    const given = await messageOf(await send(gateway, { type: 'create' }))
    await assertLost(await send(gateway, goingOn(given), {}, OTHER_KEY))
    assert.equal(gateway.upstream.requests.length, 1)

    const client = new Anthropic({ baseURL: gateway.url, apiKey: CLIENT_KEY, maxRetries: 0 })
    const params = { model: MODEL, max_tokens: 10, messages: [{ role: 'user' as const, content: 'on' }] }
    const failure = await client.post('/v1/messages', { body: { ...params, thread: goingOn('msg_unknown') } }).then(
      () => null,
      (error: unknown) => error
    )
    assert.ok(failure instanceof Anthropic.NotFoundError)
    assert.equal((failure as { errorCode?: string }).errorCode, 'thread_not_found')
  })

  test('is lost when its account is out, and never answered by another', async (t) => {
    const gateway = await startGateway(t, { declared })
    const given = await messageOf(await send(gateway, { type: 'create' }))
    const [home] = asked(gateway)
    gateway.upstream.setBehaviour({ error: { status: 500 } })
    assert.equal((await send(gateway, goingOn(given))).status, 502)
    assert.deepEqual(asked(gateway), [home, home])
    gateway.upstream.setBehaviour({})
    await gateway.heal()
    await messageOf(await send(gateway, goingOn(given)))
    await gateway.act(home!, 'disable')
    await assertLost(await send(gateway, goingOn(given)))
    assert.deepEqual(asked(gateway), [home, home, home])
  })

  test('waits for its account, and does not spill', async (t) => {
    const gateway = await startGateway(t, { declared, env: { AFFINITY_WAIT_MS: '0' } })
    const given = await messageOf(await send(gateway, { type: 'create' }))
    const [home] = asked(gateway)
    const free = await occupy(gateway, 4)
    const waiting = send(gateway, goingOn(given))
    await until('it waits', async () => (await gateway.slots()).some((slot) => slot.name === home && slot.waiting === 1))
    assert.ok((await gateway.slots()).every((slot) => slot.name === home || slot.waiting === 0))
    await free()
    await messageOf(await waiting)
    assert.equal(asked(gateway).at(-1), home)
  })

  test('goes on through another replica', async (t) => {
    const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
    const one = await startGateway(t, { declared, redis, databaseUrl })
    const two = await startGateway(t, { declared: () => declared(one.upstream.url), redis, databaseUrl })
    one.upstream.setBehaviour(NO_WINDOWS)
    for (let n = 0; n < 4; n++) {
      const given = await messageOf(await send(one, { type: 'create' }, { stream: true }))
      await messageOf(await send(two, goingOn(given), { stream: true }))
      const [from, to] = asked(one).slice(-2)
      assert.equal(to, from)
    }
    await assertLost(await send(two, goingOn('msg_unknown')))
  })
})
