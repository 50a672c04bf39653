import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { account, ask, credentialOf, occupy, saying, startGateway, type Gateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const NAMES = ['first', 'second', 'third']

const accounts =
  (count: number, changes: object = {}) =>
  (upstreamUrl: string) => ({
    accounts: NAMES.slice(0, count).map((name, index) => account(name, upstreamUrl, { priority: index, ...changes }))
  })

const asked = ({ upstream }: Gateway) =>
  upstream.requests.map(({ credential }) => NAMES.find((name) => credentialOf(name) === credential))

const session = (id: string, agent?: string) => ({
  'x-claude-code-session-id': id,
  ...(agent === undefined ? {} : { 'x-claude-code-agent-id': agent })
})

async function turn(gateway: Gateway, headers: Record<string, string>) {
  const response = await gateway.messages(ask(), { headers })
  assert.equal(response.status, 200, await response.text())
  return response.headers.get('x-sluice-exchange-id')!
}

interface Choice {
  chosen: string
  affinity: string
  move: { from: string; cache_read_tokens: number; extra_cost_usd: string } | null
}

const choicesOf = async (gateway: Gateway, id: string) =>
  (await gateway.admin<{ choices: Choice[] }>(`/exchanges/${id}`)).choices

await suite('a session and its account', async () => {
  test('stay together, and subagents spread over the others', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(3, { priority: 1 }) })
    gateway.upstream.setBehaviour({
      headers: { 'anthropic-ratelimit-unified-5h-reset': null, 'anthropic-ratelimit-unified-7d-reset': null }
    })
    for (let n = 0; n < 3; n++) {
      for (const agent of [undefined, 'a', 'b']) await turn(gateway, session('one', agent))
    }
    const [main, a, b] = asked(gateway)
    assert.equal(new Set([main, a, b]).size, 3)
    assert.deepEqual(asked(gateway), [main, a, b, main, a, b, main, a, b])
  })

  test('part when the account cools, and the trace says what that costs in cached tokens', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    gateway.upstream.setBehaviour({ usage: { inputTokens: 10, cacheReadTokens: 100_000, cacheCreation1hTokens: 0 } })
    await turn(gateway, session('one'))
    gateway.upstream.setBehaviour([{ credential: credentialOf('first'), behaviour: { error: { status: 429 } } }])
    const [tried, moved] = await choicesOf(gateway, await turn(gateway, session('one')))
    assert.deepEqual([tried!.chosen, tried!.affinity, tried!.move], ['first', 'kept', null])
    // Opus 5.5: writing a million tokens into the cache costs 5 USD, reading them 0.2.
    assert.deepEqual(
      [moved!.chosen, moved!.affinity, moved!.move],
      ['second', 'moved', { from: 'first', cache_read_tokens: 100_000, extra_cost_usd: '0.48' }]
    )
    gateway.upstream.setBehaviour({})
    await gateway.heal()
    const [kept] = await choicesOf(gateway, await turn(gateway, session('one')))
    assert.deepEqual([kept!.chosen, kept!.affinity], ['second', 'kept'])
  })

  test('stay together over a busy moment: another account serves only that request', async (t) => {
    const gateway = await startGateway(t, { env: { AFFINITY_WAIT_MS: '30' }, declared: accounts(2, { concurrency: 1 }) })
    await turn(gateway, session('one'))
    const free = await occupy(gateway, 1)
    const [spilled] = await choicesOf(gateway, await turn(gateway, session('one')))
    assert.deepEqual([spilled!.chosen, spilled!.affinity], ['second', 'spilled'])
    await free()
    await until('the slot is free', async () => (await gateway.slots()).length === 0)
    const [back] = await choicesOf(gateway, await turn(gateway, session('one')))
    assert.deepEqual([back!.chosen, back!.affinity], ['first', 'kept'])
  })

  test('that is only guessed from what is said stay together, but nobody waits for that', async (t) => {
    const gateway = await startGateway(t, { env: { AFFINITY_WAIT_MS: '60000' }, declared: accounts(2, { concurrency: 1 }) })
    const choiceFor = async (text: string) => {
      const system = [{ type: 'text', text: 'shared rules', cache_control: { type: 'ephemeral' } }]
      const response = await gateway.messages(saying(text, { system }))
      assert.equal(response.status, 200, await response.text())
      const [choice] = await choicesOf(gateway, response.headers.get('x-sluice-exchange-id')!)
      return [choice!.chosen, choice!.affinity]
    }
    assert.deepEqual(await choiceFor('one'), ['first', 'new'])
    assert.deepEqual(await choiceFor('one'), ['first', 'kept'])
    assert.deepEqual(await choiceFor('another'), ['first', 'new'])
    const free = await occupy(gateway, 1)
    assert.deepEqual(await choiceFor('one'), ['second', 'spilled'])
    await free()
    await until('the slot is free', async () => (await gateway.slots()).length === 0)
    assert.deepEqual(await choiceFor('one'), ['first', 'kept'])
  })

  test('stay together as long as the cache that the session writes is kept', async (t) => {
    const gateway = await startGateway(t, { env: { AFFINITY_TTL_MS: '50' }, declared: accounts(2, { priority: 1 }) })
    const without = { 'anthropic-ratelimit-unified-5h-reset': null, 'anthropic-ratelimit-unified-7d-reset': null }
    gateway.upstream.setBehaviour({ headers: without, usage: { cacheCreation1hTokens: 5000, cacheCreation5mTokens: 0 } })
    await turn(gateway, session('long'))
    gateway.upstream.setBehaviour({ headers: without, usage: { cacheCreation1hTokens: 0, cacheCreation5mTokens: 5000 } })
    await turn(gateway, session('short'))
    await setTimeout(60) // nothing but time ends a binding
    const [long] = await choicesOf(gateway, await turn(gateway, session('long')))
    assert.equal(long!.affinity, 'kept')
    const [short] = await choicesOf(gateway, await turn(gateway, session('short')))
    assert.equal(short!.affinity, 'new')
  })
})

await suite('a waiting request', async () => {
  test('takes an account that comes back while it waits', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2, { concurrency: 1 }) })
    gateway.upstream.setBehaviour([{ credential: credentialOf('second'), behaviour: { error: { status: 429 } } }])
    await gateway.act('first', 'disable')
    await (await gateway.messages(ask())).text()
    await gateway.act('first', 'enable')
    const free = await occupy(gateway, 1)
    const waiting = gateway.messages(ask())
    await until('it waits', async () => (await gateway.slots()).some(({ waiting: count }) => count === 1))
    gateway.upstream.setBehaviour({})
    await gateway.act('second', 'clear-error')
    assert.equal((await waiting).status, 200)
    assert.equal(asked(gateway).at(-1), 'second')
    await free()
  })

  test('is told at once when the account it waits for has gone out', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(1, { concurrency: 1 }) })
    const free = await occupy(gateway, 1)
    const waiting = gateway.messages(ask())
    await until('it waits', async () => (await gateway.slots()).some(({ waiting: count }) => count === 1))
    await gateway.act('first', 'disable')
    const refusal = await waiting
    assert.equal(refusal.status, 503)
    assert.match(await refusal.text(), /no account of group default is active/)
    await free()
  })
})
