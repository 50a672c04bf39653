import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CloudEvent, HTTP } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { brakedUser, pauseOf, served } from '../support/braked-requests.ts'
import { freePort } from '../support/free-port.ts'
import { ask, CLIENT_KEY, startGateway, user, USER, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const OLD_SECRET = `whsec_${Buffer.alloc(32, 6).toString('base64')}`

interface Received {
  id: string
  type: string
  subject: string
  data: Record<string, unknown>
}

type Responder = (response: ServerResponse, n: number) => void

/** A receiver that checks each event's form and signatures, as its users would. */
async function startReceiver(t: TestContext) {
  const received: Received[] = []
  let requests = 0
  let respond: Responder = (response) => void response.writeHead(204).end()
  const server = createServer((request: IncomingMessage, response) => {
    void (async () => {
      const body = await text(request)
      const headers = request.headers as Record<string, string>
      for (const secret of [SECRET, OLD_SECRET]) new Webhook(secret).verify(body, headers)
      const event = HTTP.toEvent({ headers, body })
      assert.ok(event instanceof CloudEvent && event.validate())
      assert.equal(headers['webhook-id'], event.id)
      requests += 1
      respond(response, requests)
      if (response.writableEnded && response.statusCode < 300) received.push(event as unknown as Received)
    })().catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    requests: () => requests,
    setResponder(next: Responder) {
      respond = next
    },
    ofType: (type: string) => received.filter((event) => event.type === type)
  }
}

const settingsFor = (url: string) => ({
  WEBHOOK_URL: url,
  WEBHOOK_SECRET: `${SECRET},${OLD_SECRET}`,
  WEBHOOK_INTERVAL_MS: '50',
  WEBHOOK_RETRY_MIN_MS: '50',
  WEBHOOK_RETRY_MAX_MS: '200',
  WEBHOOK_TIMEOUT_MS: '1000'
})

async function spend(gateway: Gateway, count: number, key = CLIENT_KEY): Promise<void> {
  for (let n = 0; n < count; n++) {
    const response = await gateway.messages(ask(), { headers: { 'x-api-key': key } })
    assert.equal(response.status, 200, await response.text())
  }
}

const outboxOf = async ({ app }: Gateway) =>
  (await app.pg.pool.query<{ id: string; tries: number; last_error: string | null }>('select * from webhook_outbox')).rows

test('each usage event is told once it is on record, signed, as it is listed', async (t) => {
  const receiver = await startReceiver(t)
  const gateway = await startGateway(t, { env: settingsFor(receiver.url) })
  await spend(gateway, 5)
  const events = await gateway.settledEvents(5)
  await until('all are told', () => receiver.ofType('sluice.usage.recorded').length === 5)
  const byId = new Map(receiver.received.map((event) => [event.id, event]))
  for (const event of events) {
    assert.deepEqual(byId.get(event.id)?.data, event)
    assert.equal(byId.get(event.id)?.subject, event.user_email)
  }
  await until('the outbox is empty', async () => (await outboxOf(gateway)).length === 0)
})

test('a receiver that refuses, redirects, stalls or breaks off is tried again until it takes it', async (t) => {
  const receiver = await startReceiver(t)
  const responses: Responder[] = [
    (response) => response.writeHead(500).end('x'.repeat(1_000_000)),
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' }).end(),
    (response) => response.writeHead(410).end(),
    () => {},
    (response) => response.destroy(),
    (response) => response.writeHead(429, { 'retry-after': '999999' }).end()
  ]
  receiver.setResponder((response, n) => (responses[n - 1] ?? ((last) => last.writeHead(200).end('ok')))(response, n))
  const gateway = await startGateway(t, { env: settingsFor(receiver.url) })
  await spend(gateway, 1)
  // While nobody takes it, requests are served and settled.
  await gateway.settledEvents(1)
  await until('it is told', () => receiver.received.length === 1, 20_000)
  assert.equal(receiver.requests(), 7)
  const lines = gateway.logs.filter((line) => line.includes('did not accept an event'))
  assert.equal(lines.length, 6)
  assert.doesNotMatch(gateway.logs.join(''), /whsec_|xxxxx/)
  await until('the outbox is empty', async () => (await outboxOf(gateway)).length === 0)
})

test('what could not be told before a stop is told after the next start, and given up when it is too old', async (t) => {
  const receiver = await startReceiver(t)
  receiver.setResponder((response) => void response.writeHead(503).end())
  const gateway = await startGateway(t, { env: settingsFor(receiver.url) })
  await spend(gateway, 3)
  await gateway.settledEvents(3)
  await until('it was tried', () => receiver.requests() >= 3)
  await gateway.stop()
  receiver.setResponder((response) => void response.writeHead(200).end())
  await gateway.start()
  await until('all are told', () => receiver.received.length === 3)
  receiver.setResponder((response) => void response.writeHead(503).end())
  await gateway.stop()
  await gateway.start({ WEBHOOK_KEEP_MS: '1' })
  await spend(gateway, 1)
  await until('it is given up', async () => gateway.logs.some((line) => line.includes('the event is dropped')))
  await until('the outbox is empty', async () => (await outboxOf(gateway)).length === 0)
})

test('what is settled twice is told once, and what a dead process has taken comes back', async (t) => {
  const receiver = await startReceiver(t)
  const gateway = await startGateway(t, { env: { ...settingsFor(receiver.url), WEBHOOK_TIMEOUT_MS: '200' } })
  await spend(gateway, 1)
  const [event] = await gateway.settledEvents(1)
  await until('it is told', () => receiver.received.length === 1)
  const { pool } = gateway.app.pg
  const { rows } = await pool.query<Record<string, string>>(
    `select e.*, (select id from users limit 1) as someone from usage_events e`
  )
  const row = rows[0] ?? assert.fail('no event')
  const attempt = {
    sent: {
      type: 'sent' as const,
      id: event!.id,
      exchangeId: event!.exchange_id,
      attempt: 1,
      createdAt: Date.parse(event!.created_at),
      userId: row['user_id']!,
      keyId: row['key_id']!,
      groupId: row['group_id']!,
      subscriptionId: null,
      accountId: row['account_id']!,
      requestedModel: 'm',
      upstreamModel: 'm',
      stream: false,
      rateMultiplier: '1',
      queueMs: 0
    },
    closed: {
      type: 'closed' as const,
      id: event!.id,
      outcome: 'completed' as const,
      basis: 'final' as const,
      status: 200,
      model: 'm',
      usage: {
        inputTokens: 1,
        outputTokens: 1,
        cacheCreation5mTokens: 0,
        cacheCreation1hTokens: 0,
        cacheReadTokens: 0,
        webSearchRequests: 0,
        serviceTier: null,
        speed: null,
        inferenceGeo: null,
        iterations: null
      },
      upstreamRequestId: null,
      firstByteMs: 1,
      durationMs: 1
    },
    costNano: 1n,
    chargedNano: 1n,
    priceVersion: 'v',
    priceUnknown: false
  }
  const again = await settleAttempts(pool, [attempt], { hasWebhook: true })
  assert.deepEqual([again.settled, again.duplicates], [[], [event!.id]])
  assert.deepEqual(await outboxOf(gateway), [])
  // As if another process had taken it just before it died.
  await pool.query(
    `insert into webhook_outbox (type, data, subject, next_try_at, tries)
     values ('sluice.budget.reached', '{}', 'x', now() + interval '300 milliseconds', 1)`
  )
  await until('it comes back', () => receiver.received.length === 2)
})

test('budgets of keys, subscriptions and balances tell of each threshold once, of several at once the highest', async (t) => {
  const receiver = await startReceiver(t)
  const gateway = await startGateway(t, {
    env: settingsFor(receiver.url),
    declared: (url) => ({
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'pro', kind: 'subscription', daily_limit_usd: 1 }
      ],
      accounts: [
        { name: 'main', type: 'api-key', credentials: { api_key: 'sk-ant-x' }, base_url: url, groups: ['default', 'pro'] }
      ],
      users: [
        user({
          keys: [
            { name: 'laptop', key: CLIENT_KEY },
            { name: 'plan', key: `${CLIENT_KEY}-plan`, group: 'pro' }
          ],
          subscriptions: [{ group: 'pro', days: 3 }],
          balance_usd: '10'
        })
      ]
    })
  })
  const { call, row } = operatorOf(gateway)
  const { upstream } = gateway
  const alerts = () => receiver.ofType('sluice.budget.reached').map(({ data }) => data)
  const spendUsd = async (usd: number, key = CLIENT_KEY) => {
    // 20 USD for a million tokens of output.
    upstream.setBehaviour({
      usage: {
        inputTokens: 0,
        outputTokens: Math.round((usd * 1e6) / 20),
        cacheReadTokens: 0,
        cacheCreation5mTokens: 0,
        cacheCreation1hTokens: 0
      }
    })
    await spend(gateway, 1, key)
    await gateway.settled()
  }
  const told = async (count: number) => {
    await until(`${count} are told`, () => alerts().length >= count)
    assert.equal(alerts().length, count)
    assert.equal(receiver.ofType('sluice.budget.reached').at(-1)?.subject, USER)
    return alerts().slice(-1)[0] as Record<string, unknown>
  }

  await t.test('a balance, against what it was after the last credit', async () => {
    await spendUsd(4)
    await spendUsd(1.5)
    const { budget, threshold_percent: percent, user_email: email, limit_usd: limit, used_usd: used, period } = await told(1)
    assert.deepEqual([budget, percent, email, limit, used, period], ['balance', 50, 'dev@example.com', '10', '5.5', 'total'])
    await spendUsd(0.5)
    await spendUsd(3.5)
    assert.equal((await told(2))['threshold_percent'], 90, 'of 75 and 90 the higher')
    const { id } = await row('users', () => true)
    await call('POST', `/users/${id}/balance-adjustments`, { amount_usd: '19.5', kind: 'top-up' }, { 'idempotency-key': 'k' })
    await spendUsd(1)
    await spendUsd(10)
    assert.deepEqual([(await told(3))['threshold_percent'], alerts().at(-1)?.['limit_usd']], [50, '20'])
  })

  await t.test('a subscription, in its window', async () => {
    await spendUsd(0.8, `${CLIENT_KEY}-plan`)
    const { budget, threshold_percent: percent, group, period, resets_at: resetsAt } = await told(4)
    assert.deepEqual([budget, percent, group, period], ['subscription', 75, 'pro', 'day'])
    assert.ok(Date.parse(String(resetsAt)) > Date.now())
  })

  await t.test('a key, and anew when its limit is raised', async () => {
    const key = await row('keys', ({ name }) => name === 'laptop')
    await call('PATCH', `/keys/${key.id}`, { spend_limits: { total: '40' } })
    await spendUsd(0.1)
    const { budget, threshold_percent: percent, key_name: name } = await told(5)
    assert.deepEqual([budget, percent, name], ['key', 50, 'laptop'])
    await call('PATCH', `/keys/${key.id}`, { spend_limits: { total: '42' } })
    await spendUsd(1)
    assert.deepEqual([(await told(6))['limit_usd'], alerts().at(-1)?.['threshold_percent']], ['42', 50])
  })
})

test('a brake that pauses and one that warns are told of once each, signed, in the documented form', async (t) => {
  const receiver = await startReceiver(t)
  const gateway = await startGateway(t, {
    env: settingsFor(receiver.url),
    declared: () => ({ users: [brakedUser({ agent_requests: 2, identical_turns: 2 })] })
  })
  for (const text of ['one thing', 'another']) await served(gateway, { session: 'runaway', agent: 'sub', text })
  const pauseId = await pauseOf(gateway, { session: 'runaway', agent: 'sub' })
  for (let n = 0; n < 2; n++) await served(gateway, { session: 'repetitive', text: 'the same' })
  const told = () => receiver.ofType('sluice.brake.tripped')
  await until('both are told', () => told().length >= 2)
  await until('the outbox is empty', async () => (await outboxOf(gateway)).length === 0)
  const exchangeOf = async (path: string) =>
    (await gateway.admin<{ data: { exchange_id: string }[] }>(path)).data[0]?.exchange_id
  const common = { user_email: USER, key_name: 'laptop', group: 'default' }
  assert.deepEqual(
    told()
      .map(({ subject, data }) => ({ subject, data }))
      .toSorted((a, b) => String(b.data['kind']).localeCompare(String(a.data['kind']))),
    [
      {
        subject: USER,
        data: {
          ...common,
          session: 'runaway',
          agent: 'sub',
          kind: 'requests',
          action: 'pause',
          reason: 'the agent made 3 requests in a minute (limit 2)',
          exchange_id: await exchangeOf('/pauses'),
          pause_id: pauseId
        }
      },
      {
        subject: USER,
        data: {
          ...common,
          session: 'repetitive',
          agent: '',
          kind: 'identical_turns',
          action: 'warn',
          reason: 'the agent took the same turn 2 times in a row (limit 2)',
          exchange_id: await exchangeOf('/usage-events'),
          pause_id: null
        }
      }
    ]
  )
})

test('the receiver of the documentation takes what is sent, and refuses what is forged', async (t) => {
  const page = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
  const code = /^```js\n([^]*?)^```$/m.exec(page)?.[1] ?? assert.fail('the page has no receiver')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const env = { PATH: process.env['PATH'], PORT: String(port), WEBHOOK_SECRET: SECRET }
  const cwd = fileURLToPath(new URL('../../', import.meta.url))
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { env, cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => void child.kill('SIGKILL'))
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk))
  const forge = () =>
    fetch(url, {
      method: 'POST',
      body: '{}',
      headers: { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' }
    })
  await until('it listens', async () => (await forge().catch(() => null))?.status === 400)
  const gateway = await startGateway(t, { env: settingsFor(url) })
  await spend(gateway, 1)
  const [event] = await gateway.settledEvents(1)
  await until('it is taken', () => printed.includes(`${event!.id} sluice.usage.recorded dev@example.com`))
})
