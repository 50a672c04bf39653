import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ask, CLIENT_KEY, startGateway, user } from '../support/gateway.ts'
import { until } from '../support/until.ts'

interface Line {
  level: number
  exchange: string
  outcome: string
  status: number
  attempts: number
  failedAttempts: number
  userWaitMs: number
  inputTokens: number | null
  outputTokens: number | null
  cacheReadTokens: number | null
  costUsd: string | null
  chargedUsd: string | null
  durationMs: number
  model: string | null
}

const [INFO, WARN] = [30, 40]

test('each exchange has one line, with what it came to', async (t) => {
  const gateway = await startGateway(t, {
    env: { MAX_ATTEMPTS: '2' },
    declared: (url) => ({
      groups: [{ name: 'default', kind: 'balance', rate_multiplier: 2 }],
      accounts: [account('main', url), account('spare', url, { priority: 60 })],
      users: [user({ concurrency: 1 }), { email: 'poor@example.com', keys: [{ name: 'laptop', key: `${CLIENT_KEY}-2` }] }]
    })
  })
  const { upstream } = gateway

  async function lineOf(response: Response): Promise<Line> {
    await response.arrayBuffer()
    const id = response.headers.get('x-sluice-exchange-id') ?? assert.fail('no id')
    const lines = () =>
      gateway.logs
        .map((line) => JSON.parse(line) as Line & { msg: string })
        .filter(({ exchange, msg }) => exchange === id && msg === 'exchange')
    await until('it is told', () => lines().length > 0)
    assert.equal(lines().length, 1)
    return lines()[0] ?? assert.fail('no line')
  }

  await t.test('of one that was answered: tokens, cost and charge as they are recorded', async () => {
    const line = await lineOf(await gateway.messages(ask()))
    const event = (await gateway.settledEvents(1))[0] ?? assert.fail('no event')
    assert.deepEqual(
      [line.level, line.outcome, line.status, line.attempts, line.failedAttempts],
      [INFO, 'completed', 200, 1, 0]
    )
    assert.deepEqual(
      [line.model, line.inputTokens, line.outputTokens, line.cacheReadTokens, line.costUsd, line.chargedUsd],
      [
        event.requested_model,
        event.input_tokens,
        event.output_tokens,
        event.cache_read_tokens,
        event.cost_usd,
        event.charged_usd
      ]
    )
    assert.notEqual(line.chargedUsd, line.costUsd)
    assert.ok(line.durationMs >= event.duration_ms)
  })

  await t.test('of one that another account answered: both calls', async () => {
    upstream.setBehaviour([{ times: 1, behaviour: { error: { status: 500 } } }, { behaviour: {} }])
    const line = await lineOf(await gateway.messages(ask()))
    assert.deepEqual([line.level, line.outcome, line.attempts, line.failedAttempts], [INFO, 'completed', 2, 1])
  })

  await t.test('of one that waited: for how long', async () => {
    upstream.setBehaviour({ delayFirstEventMs: 100 })
    const lines = await Promise.all((await Promise.all([gateway.messages(ask()), gateway.messages(ask())])).map(lineOf))
    assert.ok(Math.max(...lines.map(({ userWaitMs }) => userWaitMs)) > 50)
    upstream.setBehaviour({})
  })

  await t.test('of one that was refused before it was sent: nothing was used, and nobody is to worry', async () => {
    const line = await lineOf(await gateway.messages(ask(), { headers: { 'x-api-key': `${CLIENT_KEY}-2` } }))
    assert.deepEqual([line.level, line.outcome, line.status], [INFO, 'billing_error', 403])
    assert.deepEqual([line.attempts, line.inputTokens, line.costUsd, line.chargedUsd], [0, null, null, null])
  })

  await t.test('of one that no account answered: somebody should look', async () => {
    upstream.setBehaviour({ error: { status: 500 } })
    const line = await lineOf(await gateway.messages(ask()))
    assert.deepEqual([line.level, line.outcome, line.attempts, line.failedAttempts], [WARN, 'api_error', 2, 2])
    upstream.setBehaviour({})
    await gateway.heal()
  })

  await t.test('of one that broke off: what it had used', async () => {
    upstream.setBehaviour({ breakOff: { how: 'close', at: 'middle' } })
    const line = await lineOf(await gateway.messages(ask({ stream: true })))
    assert.deepEqual([line.level, line.outcome], [WARN, 'cut'])
    assert.ok((line.inputTokens ?? 0) > 0 && line.costUsd !== null)
  })
})
