import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ServingAccount } from '../../../../services/gateway/accounts/account-directory.ts'
import { createAccountHealth } from '../../../../services/gateway/accounts/account-health.ts'
import { createSharedProbes } from '../../../../services/gateway/accounts/shared-probes.ts'
import { verdict } from '../../../../services/gateway/accounts/verdicts.ts'
import { createAccountChooser } from '../../../../services/gateway/forwarding/account-chooser.ts'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import priceData from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import type { KeptEnvelope, Exchange } from '../../../../services/gateway/request/exchange.ts'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { SlotTimeoutError } from '../../../../services/gateway/slots/slots.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { HEALTH_RULES } from '../../../support/health-rules.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const MINUTE = 60_000
const prices = createPriceBook(priceData, { unknownModelPrice: { input: '5', output: '25' } })
const client = { user: { id: 'u' }, group: { id: 'g', name: 'team', modelMapping: {} } }

const serving = (id: string, limit: number, priority: number) =>
  ({ account: { id, name: id, servesUserId: null }, upstreamModel: 'opus', limit, priority }) as ServingAccount

/** Accounts by their limits, the first of them preferred. */
function setUp(t: TestContext, limits: Record<string, number>) {
  const clock = createVirtualClock()
  const slots = createInProcessSlots({ clock, leaseTtlMs: 60 * MINUTE })
  t.after(() => slots.close())
  const accounts = new Map(Object.entries(limits).map(([id, limit], index) => [id, serving(id, limit, index)]))
  const health = createAccountHealth({
    clock,
    ...HEALTH_RULES,
    peersOf: (id) => [id, 'of another origin']
  })
  let mayGoOn = true
  const chooser = createAccountChooser({
    config: { affinityWaitMs: 2000, startTimeoutMs: 240_000 },
    clock,
    healthClock: clock,
    slots,
    directory: {
      choiceFor: async () => ({ serving: [...accounts.values()], passedOver: [], reason: 'no account of group team' })
    },
    health,
    probes: createSharedProbes({ health, shared: null, isShared: () => false }),
    prices: { current: () => prices },
    holdLease: (exchange, lease) => exchange.hold(() => lease.release()),
    async lookAgain() {
      if (!mayGoOn) throw new GatewayError(401, 'authentication_error', 'revoked')
    }
  })
  const exchange = (id: string, envelope: Partial<KeptEnvelope> = {}) => loneExchange(t, clock, { id, envelope, client })
  const take = (of: Exchange, onWait = () => {}) =>
    chooser.take(of, { deadlineAt: clock.uptime() + MINUTE, signal: of.gone, onWait })
  const rest = (id: string, forMs: number) =>
    health.report(id, 'opus', { ...verdict('limit of the account', '429'), until: clock.now() + forMs }, context())
  const fail = (id: string) => health.report(id, 'opus', verdict('server error', '500'), context())
  const context = () => ({ headers: null, isLastUsable: false, holder: 'somebody' })
  const inFlight = async () => Object.fromEntries((await slots.usage()).map(({ id, inFlight }) => [id, inFlight]))
  return {
    clock,
    accounts,
    chooser,
    exchange,
    take,
    rest,
    fail,
    inFlight,
    revoke: () => {
      mayGoOn = false
    }
  }
}

const idOf = async (chosen: Promise<{ account: { id: string } }>) => (await chosen).account.id

test('takes a slot on the best account that has one, and gives it back', async (t) => {
  const { exchange, take, inFlight } = setUp(t, { a: 1, b: 1 })
  const first = await take(exchange('1'))
  assert.deepEqual([first.account.id, await idOf(take(exchange('2')))], ['a', 'b'])
  await first.releaseSlot()
  assert.deepEqual(await inFlight(), { b: 1 })
})

test('an account that was tried already is not taken again', async (t) => {
  const { exchange, take } = setUp(t, { a: 1, b: 1 })
  const second = exchange('1')
  t.mock.getter(second, 'triedAccountIds', () => ['a'])
  assert.equal(await idOf(take(second)), 'b')
})

test('who waits notices an account that has come back', async (t) => {
  const { clock, exchange, take, rest } = setUp(t, { a: 1, b: 1 })
  rest('b', 30_000)
  await take(exchange('1'))
  let waits = 0
  const chosen = take(exchange('2'), () => (waits += 1))
  await clock.advance(29_000)
  assert.equal(waits, 1)
  await clock.advance(20_000)
  assert.equal(await idOf(chosen), 'b')
})

test('a slot on an account that has gone meanwhile is given back, and the wait goes on before those who came later', async (t) => {
  const { clock, accounts, exchange, take, inFlight } = setUp(t, { a: 1, b: 1 })
  const [onA, onB] = [await take(exchange('1')), await take(exchange('2'))]
  const earlier = take(exchange('3'))
  await clock.advance(10)
  accounts.delete('a')
  const later = take(exchange('4'))
  await clock.advance(10)
  await onA.releaseSlot()
  await clock.advance(10)
  assert.deepEqual(await inFlight(), { b: 1 })
  await onB.releaseSlot()
  await clock.advance(10)
  assert.equal(await idOf(earlier), 'b')
  const left = await earlier
  await left.releaseSlot()
  await clock.advance(5000)
  assert.equal(await idOf(later), 'b')
})

test('a wait ends at its deadline, and where nothing could be sent any more', async (t) => {
  const { clock, chooser, exchange, take, inFlight } = setUp(t, { a: 1 })
  await take(exchange('1'))
  const waiting = assert.rejects(take(exchange('2')), SlotTimeoutError)
  await clock.advance(MINUTE)
  await waiting
  const late = exchange('3')
  const tooLate = assert.rejects(
    chooser.take(late, { deadlineAt: clock.uptime() + 10 * MINUTE, signal: late.gone }),
    SlotTimeoutError
  )
  await clock.advance(4 * MINUTE)
  await tooLate
  assert.deepEqual(await inFlight(), { a: 1 })
})

test('who may not go on after the wait gets no account, and keeps no slot', async (t) => {
  const { exchange, take, revoke, inFlight } = setUp(t, { a: 1 })
  revoke()
  const refused = exchange('1')
  await assert.rejects(take(refused), { status: 401 })
  await refused.close()
  assert.deepEqual(await inFlight(), {})
})

test('when all are cooling down the client is told when the first is back', async (t) => {
  const { chooser, exchange, take, rest } = setUp(t, { a: 1, b: 1 })
  rest('a', 30_000)
  rest('b', 20_000)
  for (const ask of [take, chooser.choose]) {
    const error = await ask(exchange('1')).catch((error: unknown) => error)
    assert.ok(error instanceof GatewayError)
    assert.deepEqual([error.status, error.retryAfterS], [429, 20])
  }
})

test('a thread is answered where it lives, or not at all', async (t) => {
  const { chooser, exchange, take, rest } = setUp(t, { a: 1, b: 1 })
  const [there, gone] = [exchange('1'), exchange('2')]
  there.threadHome = 'b'
  assert.equal(await idOf(take(there)), 'b')
  rest('b', 30_000)
  gone.threadHome = 'b'
  await assert.rejects(take(gone), { status: 404 })
  assert.deepEqual([await chooser.canServe(gone, 'b'), await chooser.canServe(gone, 'a')], [false, true])
})

test('a pinned request does not go to another account than its session', async (t) => {
  const { clock, chooser, exchange, take, rest } = setUp(t, { a: 1, b: 1 })
  const session = { key: 's', isDerived: false, shown: 's' }
  const bound = exchange('1')
  bound.session = session
  await (await take(bound)).releaseSlot()
  rest('a', 30_000)
  const pinned = exchange('2', { pinned: true })
  pinned.session = session
  for (const ask of [take, chooser.choose]) {
    await assert.rejects(ask(pinned), /the account that keeps this conversation's state is away/)
  }
  await clock.advance(30_000)
  assert.equal(await idOf(chooser.choose(pinned)), 'a')
})

test('one request tries an account that has failed, and another may when nothing came of it', async (t) => {
  const { clock, chooser, exchange, take, fail } = setUp(t, { a: 5, b: 5 })
  fail('a')
  assert.equal(await idOf(take(exchange('1'))), 'b')
  await clock.advance(MINUTE)
  const trying = exchange('2')
  assert.deepEqual([await idOf(take(trying)), await idOf(take(exchange('3')))], ['a', 'b'])
  await chooser.releaseProbe(trying)
  assert.equal(await idOf(take(exchange('4'))), 'a')
})

test('the last account that could serve is known', async (t) => {
  const { chooser, exchange, rest } = setUp(t, { a: 1, b: 1 })
  const asking = exchange('1')
  assert.equal(await chooser.isLastUsable(asking, 'a'), false)
  rest('b', 30_000)
  assert.equal(await chooser.isLastUsable(asking, 'a'), true)
})
