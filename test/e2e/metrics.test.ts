import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { onlyRow } from '../../services/platform/database/queryable.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { postgresUrl } from '../support/databases.ts'
import { readExposition, valueOf, type ExposedMetric } from '../support/exposition.ts'
import {
  account,
  ask,
  CLIENT_KEY,
  credentialOf,
  occupy,
  saying,
  startGateway,
  USER,
  user,
  waitingOf,
  type Gateway
} from '../support/gateway.ts'
import { VERSION } from '../../services/platform/version.ts'
import { until } from '../support/until.ts'

/** The labels of each metric of ours. Whoever adds one adds its values: none may come from a client. */
const LABELS: Record<string, string[]> = {
  kind: ['messages', 'count_tokens', 'spend', 'requests', 'identical_turns'],
  action: ['pause', 'warn'],
  budget: ['wallet', 'subscription', 'key', 'team'],
  outcome: [
    'completed',
    'client_closed',
    'cut',
    'upstream_refused',
    'authentication_error',
    'invalid_request_error',
    'rate_limit_error',
    'api_error',
    'granted',
    'timed_out',
    'left'
  ],
  subject: ['user', 'account'],
  account: ['main', 'second'],
  state: ['available', 'limited', 'cooling_down', 'failing', 'error', 'disabled', 'in-process', 'shared', 'local', 'rejoining'],
  team: ['core'],
  window: ['5h', '7d', 'day', 'week', 'month'],
  result: [
    'delivered',
    'failed',
    'given_up',
    'answered',
    'cut',
    'client_closed',
    'request_refused',
    'unauthorized',
    'server_error'
  ],
  model: ['claude-opus-5-5', 'claude-haiku-5-5', 'other'],
  type: ['input', 'output', 'cache_write_5m', 'cache_write_1h', 'cache_read'],
  damage: ['corrupt', 'torn', 'orphan'],
  phase: ['running', 'draining', 'closing'],
  version: [VERSION],
  node: [process.versions.node]
}

const TEAM = { name: 'core', daily_limit_usd: 10, monthly_limit_usd: 100, members: [{ user: USER }] }

await suite('metrics', { timeout: 120_000, concurrency: 2 }, async () => {
  test('requests are counted by how they ended for the client', async (t) => {
    const gateway = await startGateway(t)
    const { upstream } = gateway
    await readToEnd(gateway.messages(ask()))
    await readToEnd(gateway.messages(ask({ stream: true })))
    await readToEnd(gateway.messages(ask(), { path: '/v1/messages/count_tokens' }))
    await readToEnd(gateway.messages('{"model"'))
    await readToEnd(gateway.messages(ask(), { headers: { 'x-api-key': 'sk-sluice-of-nobody' } }))
    await readToEnd(gateway.messages(ask(), { headers: { 'x-api-key': 'nobody' }, path: '/v1/messages/count_tokens' }))

    upstream.setBehaviour({ error: { status: 400, message: 'that is too much' } })
    await readToEnd(gateway.messages(ask()))
    upstream.setBehaviour({ breakOff: { how: 'close', at: 'middle' } })
    await readToEnd(gateway.messages(ask({ stream: true })))
    upstream.setBehaviour({ breakOff: { how: 'stall', at: 'middle' } })
    const hangUp = new AbortController()
    const left = await gateway.messages(ask({ stream: true }), { signal: hangUp.signal })
    assert.equal(valueOf(await read(gateway), 'sluice_requests_live', { kind: 'messages' }), 1)
    hangUp.abort()
    await assert.rejects(left.text())
    upstream.setBehaviour({ error: { status: 500 } })
    await readToEnd(gateway.messages(ask()))

    const metrics = await readAfter(gateway, 10)
    assert.equal(valueOf(metrics, 'sluice_requests_live'), 0)
    const { samples } = metrics.get('sluice_requests_total')!
    assert.deepEqual(Object.fromEntries(samples.map(({ labels, value }) => [`${labels.kind} ${labels.outcome}`, value])), {
      'messages completed': 2,
      'count_tokens completed': 1,
      'messages invalid_request_error': 1,
      'messages authentication_error': 1,
      'count_tokens authentication_error': 1,
      'messages upstream_refused': 1,
      'messages cut': 1,
      'messages client_closed': 1,
      'messages api_error': 1
    })
  })

  test('the time to the first byte is without what the upstream, the client and the queue took', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [user({ concurrency: 1 })] }) })
    const { upstream } = gateway
    upstream.setBehaviour({ delayHeadersMs: 300, delayFirstEventMs: 300 })
    const streamed = await Promise.all([0, 1, 2].map(() => readToEnd(gateway.messages(ask({ stream: true })))))
    assert.deepEqual(
      streamed.map(({ status }) => status),
      [200, 200, 200]
    )
    await sendSlowly(gateway, JSON.stringify(ask()), 1500)
    const metrics = await readAfter(gateway, 4)
    const name = 'sluice_first_byte_added_seconds'
    assert.equal(valueOf(metrics, `${name}_count`, { kind: 'messages' }), 4)
    const sum = valueOf(metrics, `${name}_sum`, { kind: 'messages' })
    // The upstream took 2.4 s and each half of that 1.2 s, the queue 1.8 s and the slow client 1.5 s.
    assert.ok(sum > 0 && sum < 1.2, `${sum} s are Sluice's own`)
    assert.equal(valueOf(metrics, 'sluice_queue_wait_seconds_count', { subject: 'user', outcome: 'granted' }), 2)
    assert.ok(valueOf(metrics, 'sluice_queue_wait_seconds_sum') > 1.5)
  })

  test('pieces of a stream count with how long they were held, and not with how long the upstream rested', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ deltas: 10, paceMs: 150 })
    await readToEnd(gateway.messages(ask({ stream: true })))
    await readToEnd(gateway.messages(ask()))
    const metrics = await readAfter(gateway, 2)
    assert.ok(valueOf(metrics, 'sluice_stream_chunks_total') >= 10)
    assert.equal(valueOf(metrics, 'sluice_stream_gap_added_seconds_count'), 1)
    const heldSeconds = valueOf(metrics, 'sluice_stream_relay_seconds_total')
    assert.ok(heldSeconds > 0 && heldSeconds < 1, `held for ${heldSeconds} s of more than 1.5 s`)
    assert.ok(valueOf(metrics, 'sluice_stream_gap_added_seconds_sum') <= heldSeconds)
  })

  test('slots, those who wait, and waits in vain', async (t) => {
    const gateway = await startGateway(t, {
      env: { QUEUE_TIMEOUT_MS: '700' },
      declared: (url) => ({ accounts: [account('main', url, { concurrency: 2 })], users: [user({ concurrency: 3 })] })
    })
    const release = await occupy(gateway, 2)
    const late = readToEnd(gateway.messages(ask()))
    await until('one waits for an account', async () => (await waitingOf(gateway, 'account')) === 1)
    const metrics = await read(gateway)
    assert.deepEqual(
      ['held', 'limit', 'waiting'].map((what) => valueOf(metrics, `sluice_slots_${what}`, { subject: 'user' })),
      [3, 3, 0]
    )
    assert.deepEqual(
      ['held', 'limit', 'waiting'].map((what) => valueOf(metrics, `sluice_account_slots_${what}`, { account: 'main' })),
      [2, 2, 1]
    )
    assert.equal(valueOf(metrics, 'sluice_requests_live', { kind: 'messages' }), 3)
    assert.equal((await late).status, 429)
    const waits = { subject: 'account', outcome: 'timed_out' }
    assert.equal(valueOf(await readAfter(gateway, 1), 'sluice_queue_wait_seconds_count', waits), 1)
    await release()
    await until('nothing is held', async () => valueOf(await read(gateway), 'sluice_slots_held') === 0)
    assert.equal(valueOf(await read(gateway), 'sluice_requests_live'), 0)
  })

  test('accounts: their state, their calls and their windows', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({ accounts: [account('main', url, { priority: 1 }), account('second', url, { priority: 2 })] })
    })
    const { upstream } = gateway
    upstream.setBehaviour([
      { credential: credentialOf('main'), behaviour: { error: { status: 403, message: 'This API key was revoked' } } },
      { behaviour: {} }
    ])
    await readToEnd(gateway.messages(ask()))
    const metrics = await readAfter(gateway, 1)
    assert.equal(stateOf(metrics, 'main'), 'error')
    assert.equal(stateOf(metrics, 'second'), 'available')
    assert.equal(valueOf(metrics, 'sluice_upstream_attempts_total', { account: 'main', result: 'unauthorized' }), 1)
    assert.equal(valueOf(metrics, 'sluice_upstream_attempts_total', { account: 'second', result: 'answered' }), 1)
    assert.ok(valueOf(metrics, 'sluice_account_window_utilization_ratio', { account: 'second', window: '5h' }) > 0)

    await gateway.act('main', 'clear-error')
    await gateway.act('second', 'disable')
    await until('both have other states', async () => {
      const metrics = await read(gateway)
      return stateOf(metrics, 'main') === 'available' && stateOf(metrics, 'second') === 'disabled'
    })
  })

  test('teams: what of each limit is used, those alone that have one', async (t) => {
    const raises = [{ period: 'monthly', amount_usd: 50, until: '2999-01-01', reason: 'launch' }]
    const gateway = await startGateway(t, {
      env: { CACHE_FRESH_MS: '200' },
      declared: () => ({
        users: [user({ keys: [{ name: 'laptop', key: CLIENT_KEY, team: 'core' }] })],
        teams: [{ ...TEAM, raises }, { name: 'free' }, { name: 'off', status: 'disabled', daily_limit_usd: 1 }]
      })
    })
    await readToEnd(gateway.messages(ask()))
    await gateway.settled()
    const spent = Number(
      onlyRow(await gateway.app.pg.pool.query<{ usd: string }>('select sum(charged_usd) as usd from usage_events')).usd
    )
    assert.ok(spent > 0)
    await until('it is seen', async () => valueOf(await read(gateway), 'sluice_team_used_usd', { window: 'day' }) > 0)
    const metrics = await read(gateway)
    const of = (name: string) =>
      Object.fromEntries(
        metrics.get(name)!.samples.map(({ labels, value }) => [`${labels['team']} ${labels['window']}`, value])
      )
    assert.deepEqual(of('sluice_team_limit_usd'), { 'core day': 10, 'core month': 150 })
    assert.deepEqual(of('sluice_team_used_usd'), { 'core day': spent, 'core month': spent })
    await gateway.app.pg.pool.query('update teams set daily_limit_usd = null')
    await until(
      'a limit that is gone is told no more',
      async () => (await read(gateway)).get('sluice_team_limit_usd')!.samples.length === 1
    )
  })

  test('what was used, as the ledger has it, under names of the price book only', async (t) => {
    const gateway = await startGateway(t, {
      declared: () => ({ groups: [{ name: 'default', kind: 'balance', rate_multiplier: 2 }] })
    })
    gateway.upstream.setBehaviour({
      usage: { inputTokens: 1000, outputTokens: 50, cacheReadTokens: 300, cacheCreation5mTokens: 20 }
    })
    await readToEnd(gateway.messages(ask()))
    await readToEnd(gateway.messages(ask({ stream: true })))
    for (let n = 0; n < 5; n++) await readToEnd(gateway.messages(ask({ model: `model-${n}-that-a-client-made-up` })))
    await gateway.settled()
    const metrics = await readAfter(gateway, 7)
    const tokens = (model: string) =>
      ['input', 'output', 'cache_read', 'cache_write_5m'].map((type) =>
        valueOf(metrics, 'sluice_tokens_total', { model, type })
      )
    assert.deepEqual(tokens('claude-opus-5-5'), [2000, 100, 600, 40])
    assert.deepEqual(tokens('other'), [5000, 250, 1500, 100])
    const events = await gateway.events()
    const sumOf = (field: 'cost_usd' | 'charged_usd') => events.reduce((sum, event) => sum + Number(event[field]), 0)
    assertNear(valueOf(metrics, 'sluice_cost_usd_total'), sumOf('cost_usd'))
    assertNear(valueOf(metrics, 'sluice_charged_usd_total'), sumOf('charged_usd'))
    assert.equal(valueOf(metrics, 'sluice_usage_settled_total'), 7)
    assert.equal(valueOf(metrics, 'sluice_usage_rejected_total'), 0)
  })

  test('labels are of fixed sets, and nothing that clients say is in them', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({
        accounts: [account('main', url), account('second', url)],
        users: [user({ concurrency: 2 })],
        teams: [TEAM]
      })
    })
    const marks = ['marked-model', 'marked-session', 'marked-text', 'marked-agent', 'marked-path', USER, 'laptop', CLIENT_KEY]
    const headers = { 'x-claude-code-session-id': 'marked-session', 'user-agent': 'marked-agent' }
    for (const model of ['marked-model', 'claude-opus-5-5', 'claude-haiku-5-5']) {
      await readToEnd(gateway.messages(saying('marked-text', { model, stream: true }), { headers }))
      await readToEnd(
        gateway.messages(saying('marked-text', { model }), { path: '/v1/messages/count_tokens?q=marked-path', headers })
      )
    }
    await readToEnd(gateway.messages(ask(), { path: '/v1/marked-path' }))
    await readToEnd(gateway.messages('marked-text'))
    await readToEnd(gateway.messages(ask(), { headers: { 'x-api-key': 'marked-text' } }))
    gateway.upstream.setBehaviour({ error: { status: 500, type: 'marked-text', message: 'marked-text' } })
    await readToEnd(gateway.messages(ask()))

    await readAfter(gateway, 9)
    const text = await (await gateway.getAdmin('/metrics')).text()
    for (const mark of marks) assert.ok(!text.includes(mark), `${mark} is in the metrics`)
    let checked = 0
    for (const [name, { samples }] of readExposition(text)) {
      if (!name.startsWith('sluice_')) continue
      for (const { labels } of samples) {
        for (const [label, value] of Object.entries(labels)) {
          if (label === 'le') continue
          assert.ok(LABELS[label]?.includes(value), `${name}{${label}="${value}"}`)
          checked += 1
        }
      }
    }
    assert.ok(checked > 50)
  })

  test('the database and the journal, while Postgres is away and when it is back', async (t) => {
    const database = await databaseProxy(await postgresUrl(t))
    t.after(() => database.restore())
    const gateway = await startGateway(t, { env: { DATABASE_URL: database.url } })
    t.after(() => database.close())
    await readToEnd(gateway.messages(ask()))
    await gateway.settled()
    assert.equal(valueOf(await read(gateway), 'sluice_database_up'), 1)
    database.cut()
    await readToEnd(gateway.messages(ask()))
    await until('it is seen', async () => valueOf(await read(gateway), 'sluice_database_up') === 0)
    await until('usage grows old', async () => valueOf(await read(gateway), 'sluice_journal_oldest_age_seconds') > 0)
    const away = await read(gateway)
    assert.equal(valueOf(away, 'sluice_journal_unsettled_attempts'), 1)
    assert.ok(valueOf(away, 'sluice_journal_bytes') > 0)
    assert.equal(valueOf(away, 'sluice_journal_accepting'), 1)
    assert.equal(stateOf(away, 'main'), 'available')
    database.restore()
    await until('all is settled', async () => valueOf(await read(gateway), 'sluice_journal_unsettled_attempts') === 0, 30_000)
    await until('the database is seen again', async () => valueOf(await read(gateway), 'sluice_database_up') === 1, 30_000)
    const back = await read(gateway)
    assert.deepEqual([valueOf(back, 'sluice_journal_oldest_age_seconds'), valueOf(back, 'sluice_usage_settled_total')], [0, 2])
  })
})

async function read({ getAdmin }: Gateway): Promise<Map<string, ExposedMetric>> {
  const response = await getAdmin('/metrics')
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  return readExposition(await response.text())
}

/** Reads a response to its end, whatever it is. */
async function readToEnd(sent: Promise<Response>): Promise<{ status: number }> {
  const response = await sent
  await response.arrayBuffer().catch(() => {})
  return { status: response.status }
}

/** The metrics when so many requests are counted: that is a moment after the last byte, when all is given back. */
async function readAfter(gateway: Gateway, requests: number) {
  let metrics = await read(gateway)
  await until(`${requests} requests are counted`, async () => {
    metrics = await read(gateway)
    return valueOf(metrics, 'sluice_requests_total') >= requests
  })
  return metrics
}

/** Sends half of the body, and the rest later. */
async function sendSlowly({ url }: Gateway, body: string, pauseMs: number): Promise<void> {
  const headers = { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json', 'content-length': body.length }
  const sending = request(`${url}/v1/messages`, { method: 'POST', headers })
  const answered = once(sending, 'response')
  sending.write(body.slice(0, 20))
  await delay(pauseMs)
  sending.end(body.slice(20))
  const [response] = (await answered) as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  await buffer(response)
}

function stateOf(metrics: Map<string, ExposedMetric>, name: string): string | undefined {
  const states = metrics
    .get('sluice_account_state')!
    .samples.filter(({ labels, value }) => labels.account === name && value === 1)
  assert.equal(states.length, 1)
  return states[0]?.labels.state
}

function assertNear(actual: number, expected: number): void {
  assert.ok(expected > 0 && Math.abs(actual - expected) < expected * 1e-6, `${actual} is not ${expected}`)
}
