import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Dispatcher } from 'undici'
import type { UpstreamAccount } from '../../../../services/gateway/accounts/account-directory.ts'
import type { HeaderProfiles } from '../../../../services/gateway/accounts/header-profiles.ts'
import type { UpstreamPools } from '../../../../services/gateway/forwarding/upstream-pools.ts'
import { createWire } from '../../../../services/gateway/forwarding/wire.ts'
import { createBodyBudget } from '../../../../services/gateway/request/body-budget.ts'
import { HeldBody } from '../../../../services/gateway/request/held-body.ts'
import type { HeldRequest } from '../../../../services/gateway/request/outgoing-body.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const CONFIG = { startTimeoutMs: 240_000, usageDrainMs: 0, upstreamHeadersTimeoutMs: 60_000, upstreamIdleTimeoutMs: 90_000 }
const TEXT = '{"model":"opus"}'
const NOTHING_RECORDED = { answered() {}, firstByte() {}, observe() {}, close() {}, void() {} }

interface Case {
  account?: Partial<UpstreamAccount>
  upstreamModel?: string
  stream?: boolean
  isFresh?: boolean
  /** How long ago the request arrived. */
  ageMs?: number
}

/** What went to the dispatcher; the upstream cannot be reached. */
async function sentTo(t: TestContext, given: Case = {}) {
  const { account = {}, upstreamModel = 'opus', stream = true, isFresh = false, ageMs = 0 } = given
  const clock = createVirtualClock()
  const budget = createBodyBudget(10_000)
  const pools: string[] = []
  let sent: (Dispatcher.DispatchOptions & { body: unknown; headers: string[] }) | undefined
  const dispatcher = (pool: string) => (origin: string, proxy: unknown) => {
    pools.push(`${pool} ${origin} ${proxy === null ? 'direct' : 'by proxy'}`)
    return {
      dispatch(options: Dispatcher.DispatchOptions) {
        sent = options as typeof sent
        throw new Error('unreachable')
      }
    } as unknown as Dispatcher
  }
  const wire = createWire({
    config: CONFIG,
    clock,
    upstreamPools: { dispatcherFor: dispatcher('pooled'), freshDispatcherFor: dispatcher('fresh') } as unknown as UpstreamPools,
    headerProfiles: {
      observeAndApply: (id: string) => ({ 'user-agent': `profile of ${id}` })
    } as unknown as HeaderProfiles,
    bodyBudget: budget
  })
  const exchange = loneExchange(t, clock, { envelope: { stream } })
  exchange.headers['user-agent'] = 'own'
  const body = new HeldBody(budget)
  body.add(Buffer.from(TEXT))
  const modelSpan = { start: TEXT.indexOf('"opus"'), end: TEXT.indexOf('}') }
  const request = { model: 'opus', stream, body, coding: null, modelSpan, jsonBytes: TEXT.length }
  exchange.keepRequest(request as unknown as HeldRequest)
  clock.leap(ageMs)
  const upstream = {
    id: 'a1',
    type: 'api-key',
    origin: 'https://up.example',
    basePath: '/base',
    proxy: null,
    headerProfile: false
  }
  const chosen = { account: { ...upstream, ...account } as UpstreamAccount, upstreamModel, releaseSlot: async () => {} }
  const result = await wire(
    { exchange, chosen, path: '/v1/messages', isRecorded: true },
    { credential: { 'x-api-key': 'secret' }, record: NOTHING_RECORDED, isFresh, onCommitted() {} }
  )
  assert.equal(result.kind, 'broken')
  assert.ok(sent !== undefined)
  const { headers } = sent
  const header = (name: string) => headers[headers.indexOf(name) + 1]
  return { pools, sent, header, names: headers.filter((_, at) => at % 2 === 0) }
}

test("a request goes to its account's origin and path, with the account's credential", async (t) => {
  const { pools, sent, header } = await sentTo(t)
  assert.deepEqual(pools, ['pooled https://up.example direct'])
  assert.deepEqual([sent.path, sent.method], ['/base/v1/messages', 'POST'])
  assert.deepEqual([header('x-api-key'), header('user-agent')], ['secret', 'own'])
})

test("it goes by the account's proxy, and on a fresh connection when it must", async (t) => {
  const account = { proxy: {} } as Partial<UpstreamAccount>
  assert.deepEqual((await sentTo(t, { account, isFresh: true })).pools, ['fresh https://up.example by proxy'])
})

test("an account with a header profile sends its family's headers", async (t) => {
  assert.equal((await sentTo(t, { account: { headerProfile: true } })).header('user-agent'), 'profile of a1')
})

test('a sign-in is marked as one', async (t) => {
  assert.equal((await sentTo(t)).names.includes('anthropic-beta'), false)
  assert.match((await sentTo(t, { account: { type: 'oauth' } })).header('anthropic-beta')!, /^oauth-/)
})

test('a mapped model changes the body, and its length', async (t) => {
  assert.equal((await sentTo(t)).header('content-length'), String(TEXT.length))
  assert.equal((await sentTo(t, { upstreamModel: 'longer-name' })).header('content-length'), String(TEXT.length + 7))
})

test('a stream has the time for headers of the setting, any other request what is left to its client', async (t) => {
  for (const [given, headersTimeoutMs] of [
    [{}, 60_000],
    [{ ageMs: 200_000 }, 60_000],
    [{ stream: false }, 600_000],
    [{ stream: false, ageMs: 599_000 }, 1000],
    [{ stream: false, ageMs: 700_000 }, 1]
  ] as const) {
    const { sent } = await sentTo(t, given)
    assert.deepEqual([sent.headersTimeout, sent.bodyTimeout], [headersTimeoutMs, 90_000])
  }
})
