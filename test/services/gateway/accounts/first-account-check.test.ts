import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { MockAgent } from 'undici'
import type { UpstreamAccount } from '../../../../services/gateway/accounts/account-directory.ts'
import { createFirstAccountCheck } from '../../../../services/gateway/accounts/first-account-check.ts'
import type { AccountRecord } from '../../../../services/resources/records/accounts.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const ORIGIN = 'https://up.example'
const ACCOUNT = {
  id: '1',
  name: 'main',
  type: 'api-key',
  origin: ORIGIN,
  basePath: '',
  proxy: null,
  credentials: { type: 'api-key', apiKey: 'sk-ant-1', headers: {} },
  auth: 'x-api-key'
} as unknown as UpstreamAccount

/** The lines of the log once the upstream has answered so; null for one that cannot be reached, `never` for one that says nothing. */
async function linesFor(t: TestContext, response: { status: number; body: object } | null | 'never', name = 'main') {
  const agent = new MockAgent()
  agent.disableNetConnect()
  t.after(() => agent.close())
  const reply = agent.get(ORIGIN).intercept({ path: '/v1/messages/count_tokens', method: 'POST' })
  if (response === null) reply.replyWithError(new Error('connect ECONNREFUSED'))
  else if (response === 'never') reply.reply(200, {}).delay(60_000)
  else reply.reply(response.status, response.body)
  const lines: [level: string, message: string][] = []
  const line = (level: string) => (_fields: object, message: string) => void lines.push([level, message])
  const check = createFirstAccountCheck({
    directory: { known: () => [{ id: '1', name: 'main' } as AccountRecord], find: async () => ACCOUNT },
    upstreamPools: { dispatcherFor: () => agent.get(ORIGIN) },
    timeoutMs: 5000,
    clock: createVirtualClock(),
    log: { error: line('error'), warn: line('warn') } as never
  })
  check.start(name)
  await until('the upstream is asked', () => name !== 'main' || agent.pendingInterceptors().length === 0)
  return { lines, stop: check.stop }
}

test('a key that the upstream refuses is an error, an upstream that cannot be reached a warning', async (t) => {
  for (const [response, level, words] of [
    [{ status: 401, body: {} }, 'error', /rejected ANTHROPIC_API_KEY/],
    [{ status: 403, body: {} }, 'error', /rejected ANTHROPIC_API_KEY/],
    [null, 'warn', /could not be checked: the upstream is unreachable/]
  ] as const) {
    const { lines, stop } = await linesFor(t, response)
    await until('it is reported', () => lines.length > 0)
    await stop()
    const [[of, message] = ['', '']] = lines
    assert.deepEqual([lines.length, of], [1, level])
    assert.match(message, words)
  }
})

test('nothing is said of a key that works, of other failures, or of an account that is gone', async (t) => {
  for (const status of [200, 429, 500]) {
    const { lines, stop } = await linesFor(t, { status, body: { input_tokens: 1 } })
    await stop()
    assert.deepEqual(lines, [])
  }
  const { lines, stop } = await linesFor(t, 'never', 'deleted')
  await stop()
  assert.deepEqual(lines, [])
})

test('a stop gives up, and says nothing of it', async (t) => {
  const { lines, stop } = await linesFor(t, 'never')
  await stop()
  assert.deepEqual(lines, [])
})
