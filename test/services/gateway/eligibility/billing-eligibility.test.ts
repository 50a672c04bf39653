import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SentRecord } from '../../../../services/money/usage/attempt-records.ts'
import {
  createBillingEligibility,
  type BillingEligibility
} from '../../../../services/gateway/eligibility/billing-eligibility.ts'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { addToTeam, type TeamSpending } from '../../../../services/money/billing/team-budget.ts'
import { windowPolicyOf } from '../../../../services/money/billing/window-policies.ts'
import type { ClientTeam } from '../../../../services/resources/records/teams.ts'
import type { QuotaWindow } from '../../../../services/money/billing/quota-windows.ts'
import type { KeyLimits, KeySpending } from '../../../../services/resources/records/key-spending.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../../../services/resources/records/client-keys.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const NOW = Date.UTC(2026, 10, 23)
const HOUR_MS = 3_600_000

function windowsWith(usedNano: bigint): QuotaWindow[] {
  return (['day', 'week', 'month'] as const).map((kind) => ({ kind, startedAt: NOW - HOUR_MS, usedNano }))
}

function subscriptionWith(usedNano: bigint, changes: Partial<ClientSubscription> = {}): ClientSubscription {
  const span = { startsAt: NOW - HOUR_MS, expiresAt: NOW + 24 * HOUR_MS }
  return { id: 's1', status: 'active', ...span, windows: windowsWith(usedNano), ...changes }
}

const spentOf = (nano: bigint): KeySpending => ({ windows: windowsWith(nano), totalNano: nano })

function clientWith(kind: 'balance' | 'subscription', balanceNano: bigint, subscription: ClientSubscription | null = null) {
  const limits = { day: 100n, week: null, month: null }
  return {
    key: { id: 'k1', limits: { day: null, week: null, month: null, total: null }, spending: spentOf(0n) },
    user: { id: 'u1', balanceNano },
    group: { id: 'g1', name: 'pro', kind, limits, windowAnchor: 'first-use', timeZone: 'UTC' },
    subscription,
    team: null
  } as unknown as ClientKeyRecord
}

const useOf = (charge: { costNano: bigint; chargedNano: bigint }) => ({
  userId: 'u1',
  keyId: 'k1',
  subscriptionId: null,
  teamId: null,
  attempts: 1,
  ...charge
})
const sentBy = (subscriptionId: string | null) => ({ userId: 'u1', keyId: 'k1', subscriptionId }) as SentRecord

interface Stored {
  balance: bigint
  subscription: ClientSubscription | null
  spending?: KeySpending
  team?: TeamSpending
  away?: boolean
}

function setUp(database: Stored) {
  let reads = 0
  const read = <T>(value: () => T) => {
    reads++
    return database.away === true ? Promise.reject(new Error('connection refused')) : Promise.resolve(value())
  }
  const eligibility = createBillingEligibility({
    readBalance: () => read(() => database.balance),
    readKeySpending: () => read(() => database.spending ?? null),
    readSubscription: () => read(() => database.subscription),
    readTeamSpending: () => read(() => database.team ?? null),
    clock: createVirtualClock(NOW)
  })
  return { eligibility, reads: () => reads }
}

/** The subscription to charge; rejects with the refusal. */
async function check(eligibility: BillingEligibility, client: ClientKeyRecord): Promise<ClientSubscription | null> {
  const { subscription, refusal } = await eligibility.decide(client)
  if (refusal !== null) throw refusal
  return subscription
}

const balanceOf = (eligibility: BillingEligibility, client: ClientKeyRecord) => eligibility.budgetsOf(client).paying.balanceNano

const refusedWith = (status: number, type: string) => (error: unknown) => {
  assert.ok(error instanceof GatewayError)
  assert.deepEqual([error.status, error.type], [status, type])
  return true
}

test('a known balance allows without asking the database', async () => {
  const { eligibility, reads } = setUp({ balance: 0n, subscription: null })
  const client = clientWith('balance', 5n)
  eligibility.learnFrom(client, eligibility.mark())
  await check(eligibility, client)
  assert.equal(reads(), 0)
})

test('nobody is refused before a fresh look, so a top-up works at once', async () => {
  const database = { balance: 0n, subscription: null }
  const { eligibility } = setUp(database)
  const client = clientWith('balance', 0n)
  eligibility.learnFrom(client, eligibility.mark())
  await assert.rejects(check(eligibility, client), refusedWith(403, 'billing_error'))
  database.balance = 10n
  await check(eligibility, client)
})

test('what is journaled but not settled counts against the balance', async () => {
  const { eligibility } = setUp({ balance: 10n, subscription: null })
  const client = clientWith('balance', 10n)
  eligibility.learnFrom(client, eligibility.mark())
  eligibility.charged(sentBy(null), { costNano: 10n, chargedNano: 10n })
  assert.equal(balanceOf(eligibility, client), 0n)
  await assert.rejects(check(eligibility, client), refusedWith(403, 'billing_error'))
})

test('a settled charge is counted once: in the new balance and no more beside it', async () => {
  const { eligibility } = setUp({ balance: 10n, subscription: null })
  const client = clientWith('balance', 10n)
  const charge = { costNano: 4n, chargedNano: 4n }
  eligibility.learnFrom(client, eligibility.mark())
  eligibility.charged(sentBy(null), charge)
  eligibility.settled([useOf(charge)], {
    balances: new Map([['u1', 6n]]),
    subscriptions: new Map(),
    keys: new Map(),
    teams: new Map()
  })
  assert.equal(balanceOf(eligibility, client), 6n)
})

test('a read that began before a settlement does not bring the old balance back', async () => {
  const { eligibility } = setUp({ balance: 6n, subscription: null })
  const client = clientWith('balance', 10n)
  const mark = eligibility.mark()
  eligibility.settled([], { balances: new Map([['u1', 6n]]), subscriptions: new Map(), keys: new Map(), teams: new Map() })
  eligibility.learnFrom(client, mark)
  assert.equal(balanceOf(eligibility, client), 6n)
})

test('a subscription with room allows, and is what is charged', async () => {
  const { eligibility, reads } = setUp({ balance: 0n, subscription: null })
  const client = clientWith('subscription', 0n, subscriptionWith(99n))
  assert.equal((await check(eligibility, client))?.id, 's1')
  assert.equal(reads(), 0)
})

test('a used-up window refuses with its reset and the header set Claude Code reads', async () => {
  const subscription = subscriptionWith(100n)
  const { eligibility } = setUp({ balance: 0n, subscription })
  await assert.rejects(check(eligibility, clientWith('subscription', 0n, subscription)), (error) => {
    assert.ok(refusedWith(429, 'billing_error')(error))
    const { headers, retryAfterS, message } = error as GatewayError
    assert.equal(retryAfterS, 23 * 3600)
    assert.equal(headers['x-should-retry'], 'false')
    assert.equal(headers['anthropic-ratelimit-unified-overage-period'], 'daily')
    assert.equal(headers['anthropic-ratelimit-unified-reset'], String((NOW + 23 * HOUR_MS) / 1000))
    assert.equal(headers['anthropic-ratelimit-unified-representative-claim'], undefined)
    assert.equal(message, 'spend limit reached (daily; resets 2026-11-23 23:00 UTC)')
    return true
  })
})

test('unsettled cost fills a window too', async () => {
  const subscription = subscriptionWith(60n)
  const { eligibility } = setUp({ balance: 0n, subscription })
  const client = clientWith('subscription', 0n, subscription)
  eligibility.learnFrom(client, eligibility.mark())
  eligibility.charged(sentBy('s1'), { costNano: 40n, chargedNano: 0n })
  await assert.rejects(check(eligibility, client), refusedWith(429, 'billing_error'))
})

test('no subscription, an expired, a future or a suspended one: 403 after a fresh look', async () => {
  for (const subscription of [
    null,
    subscriptionWith(0n, { expiresAt: NOW }),
    subscriptionWith(0n, { startsAt: NOW + 1 }),
    subscriptionWith(0n, { status: 'suspended' })
  ]) {
    const { eligibility, reads } = setUp({ balance: 0n, subscription })
    await assert.rejects(check(eligibility, clientWith('subscription', 9n, subscription)), refusedWith(403, 'permission_error'))
    assert.equal(reads(), 1)
  }
})

test('a subscription that was renewed meanwhile works at once and is the one charged', async () => {
  const { eligibility } = setUp({ balance: 0n, subscription: subscriptionWith(0n) })
  assert.equal((await check(eligibility, clientWith('subscription', 0n, null)))?.id, 's1')
})

test('with the database away nobody is refused for money: 503, and only who would need a fresh look', async () => {
  const { eligibility } = setUp({ balance: 0n, subscription: null, away: true })
  const rich = clientWith('balance', 5n)
  eligibility.learnFrom(rich, eligibility.mark())
  await check(eligibility, rich)
  eligibility.charged(sentBy(null), { costNano: 5n, chargedNano: 5n })
  await assert.rejects(check(eligibility, rich), refusedWith(503, 'api_error'))
})

/** A key of a full wallet, as it was when last read. */
function limitedKey(limits: Partial<KeyLimits>, spent: bigint): ClientKeyRecord {
  const client = clientWith('balance', 1_000_000n)
  const none = { day: null, week: null, month: null, total: null }
  return { ...client, key: { ...client.key, limits: { ...none, ...limits }, spending: spentOf(spent) } }
}

test('a key below its limits is allowed without asking the database', async () => {
  const { eligibility, reads } = setUp({ balance: 0n, subscription: null })
  const client = limitedKey({ day: 10n, total: 10n }, 9n)
  eligibility.learnFrom(client, eligibility.mark())
  await check(eligibility, client)
  assert.equal(reads(), 0)
})

test('what a key was charged and is not yet settled counts against its limits, once', async () => {
  const database = { balance: 0n, subscription: null, spending: spentOf(5n) }
  for (const limits of [{ day: 10n }, { week: 10n }, { month: 10n }, { total: 10n }]) {
    const { eligibility, reads } = setUp(database)
    const client = limitedKey(limits, 5n)
    eligibility.learnFrom(client, eligibility.mark())
    const charge = { costNano: 0n, chargedNano: 5n }
    eligibility.charged(sentBy(null), charge)
    await assert.rejects(check(eligibility, client), refusedWith(429, 'billing_error'))
    assert.equal(reads(), 1)
    const settled = { balances: new Map(), subscriptions: new Map(), keys: new Map([['k1', spentOf(10n)]]), teams: new Map() }
    eligibility.settled([useOf(charge)], settled)
    const used = eligibility.budgetsOf(client).key.limits()
    assert.deepEqual(
      used.map(({ usedNano }) => usedNano),
      [10n, 10n, 10n, 10n]
    )
  }
})

test('a key is refused only after a fresh look, with the reset of the limit that resets last', async () => {
  const database = { balance: 0n, subscription: null, spending: spentOf(9n) }
  const { eligibility, reads } = setUp(database)
  const client = limitedKey({ day: 10n, week: 10n }, 10n)
  eligibility.learnFrom(client, eligibility.mark())
  await check(eligibility, client)
  assert.equal(reads(), 1)
  const used = setUp({ ...database, spending: spentOf(10n) }).eligibility
  await assert.rejects(check(used, client), (error) => {
    assert.ok(refusedWith(429, 'billing_error')(error))
    const { headers, message } = error as GatewayError
    assert.equal(headers['anthropic-ratelimit-unified-overage-period'], 'weekly')
    assert.equal(message, 'spend limit of this API key reached (weekly; resets 2026-11-29 23:00 UTC)')
    return true
  })
})

test('a key whose limit cannot be looked at is told to come back', async () => {
  const { eligibility } = setUp({ balance: 0n, subscription: null, away: true })
  await assert.rejects(check(eligibility, limitedKey({ total: 1n }, 1n)), refusedWith(503, 'api_error'))
})

test('what is settled at another price than it was journaled at leaves nothing behind', async () => {
  const { eligibility } = setUp({ balance: 10n, subscription: null })
  const client = clientWith('balance', 10n)
  eligibility.learnFrom(client, eligibility.mark())
  eligibility.charged(sentBy(null), { costNano: 6n, chargedNano: 6n })
  eligibility.charged(sentBy(null), { costNano: 1n, chargedNano: 1n })
  const settle = (chargedNano: bigint, balance: bigint) =>
    eligibility.settled([useOf({ costNano: chargedNano, chargedNano })], {
      balances: new Map([['u1', balance]]),
      subscriptions: new Map(),
      keys: new Map(),
      teams: new Map()
    })
  settle(2n, 8n)
  settle(1n, 7n)
  assert.equal(balanceOf(eligibility, client), 7n)
})

test('what was set aside is not counted as unsettled any more', () => {
  const { eligibility } = setUp({ balance: 10n, subscription: null })
  const client = clientWith('balance', 10n)
  eligibility.learnFrom(client, eligibility.mark())
  eligibility.charged(sentBy(null), { costNano: 6n, chargedNano: 6n })
  eligibility.dropped([useOf({ costNano: 6n, chargedNano: 6n })])
  assert.equal(balanceOf(eligibility, client), 10n)
})

test('of all that stands in the way the most lasting is told, and what lasts for ever before all', async () => {
  const subscription = subscriptionWith(100n)
  const of = async (limits: Partial<KeyLimits>) => {
    const database = { balance: 0n, subscription, spending: spentOf(10n) }
    const client = { ...clientWith('subscription', 0n, subscription), key: limitedKey(limits, 10n).key }
    const { budgets, refusal } = await setUp(database).eligibility.decide(client)
    assert.deepEqual(
      budgets.map(({ kind, refusal }) => [kind, refusal !== null]),
      [
        ['subscription', true],
        ['key', true]
      ]
    )
    return refusal?.message
  }
  assert.equal(await of({ day: 10n }), 'spend limit reached (daily; resets 2026-11-23 23:00 UTC)')
  assert.equal(await of({ week: 10n }), 'spend limit of this API key reached (weekly; resets 2026-11-29 23:00 UTC)')
  assert.equal(await of({ week: 10n, total: 10n }), 'spend limit of this API key reached (total)')
})

test('only what would refuse is read anew', async () => {
  const { eligibility, reads } = setUp({ balance: 0n, subscription: null, spending: spentOf(9n) })
  const client = limitedKey({ day: 10n }, 10n)
  eligibility.learnFrom(client, eligibility.mark())
  assert.equal((await eligibility.decide(client)).refusal, null)
  assert.equal(reads(), 1)
})

const TEAM: ClientTeam = {
  id: 't1',
  name: 'core',
  status: 'active',
  windowAnchor: 'calendar',
  timeZone: 'UTC',
  role: 'member',
  terms: {
    pool: { limits: { month: 100n }, raises: [] },
    members: new Map([
      ['u1', { guaranteed: {}, cap: { limits: { month: 80n }, raises: [] } }],
      ['u2', { guaranteed: { month: 40n }, cap: { limits: {}, raises: [] } }]
    ])
  },
  spending: { windows: windowsWith(0n), members: new Map() }
}
const spentBy = (uses: Record<string, bigint>) =>
  Object.entries(uses).reduce(
    (spending, [userId, nano]) => addToTeam(spending, windowPolicyOf(TEAM), userId, NOW, nano),
    TEAM.spending
  )
const teamClient = (team: Partial<ClientTeam>) => ({ ...limitedKey({}, 0n), team: { ...TEAM, ...team } })

test('a key of a team is limited by the pool, less what is kept for others, and by its owner’s cap', async () => {
  const of = async (uses: Record<string, bigint>) => {
    const spending = spentBy(uses)
    const { eligibility } = setUp({ balance: 0n, subscription: null, team: spending })
    const client = teamClient({ spending })
    eligibility.learnFrom(client, eligibility.mark())
    const { budgets, refusal } = await eligibility.decide(client)
    const [, team] = budgets
    return [team?.kind, team?.leftNano, refusal?.status ?? null, refusal?.message.split(' (')[0] ?? null]
  }
  assert.deepEqual(await of({}), ['team', 60n, null, null])
  assert.deepEqual(await of({ u1: 60n }), ['team', 0n, 429, 'spend limit of team core reached'])
  assert.deepEqual(await of({ u1: 60n, u2: 30n }), ['team', 0n, 429, 'spend limit of team core reached'])
  assert.deepEqual(await of({ u1: 79n, u2: 20n }), ['team', 0n, 429, 'spend limit of team core reached'])
  assert.deepEqual(await of({ u1: 80n }), ['team', 0n, 429, 'your spend limit in team core reached'])
})

test('what one member was charged and is not settled counts in the pool that another asks, once', async () => {
  const { eligibility } = setUp({ balance: 0n, subscription: null, team: spentBy({ u1: 60n }) })
  const client = teamClient({})
  eligibility.learnFrom(client, eligibility.mark())
  const charge = { costNano: 60n, chargedNano: 60n }
  eligibility.charged({ ...sentBy(null), userId: 'u1', teamId: 't1' }, charge)
  const other = { ...client, user: { ...client.user, id: 'u3' } }
  assert.equal((await eligibility.decide(other)).refusal?.status, 429)
  assert.equal(eligibility.budgetsOf(client).team?.leftNano, 0n)
  const teams = new Map([['t1', spentBy({ u1: 60n })]])
  eligibility.settled([{ ...useOf(charge), teamId: 't1' }], {
    balances: new Map(),
    subscriptions: new Map(),
    keys: new Map(),
    teams
  })
  assert.equal(eligibility.budgetsOf(client).team?.leftNano, 0n)
  assert.deepEqual(
    eligibility
      .budgetsOf(client)
      .team?.limits()
      .map(({ of, usedNano }) => `${of} ${usedNano}`)
      .slice(-2),
    ['member 60', 'team 60']
  )
})

test('who is no member of the key’s team any more is refused, and so is a disabled team', async () => {
  const { eligibility } = setUp({ balance: 0n, subscription: null, team: TEAM.spending })
  const gone = (await eligibility.decide(teamClient({ role: null }))).refusal
  assert.deepEqual([gone?.status, gone?.type], [403, 'permission_error'])
  assert.match(gone?.message ?? '', /owner is not a member/)
  assert.match((await eligibility.decide(teamClient({ status: 'disabled' }))).refusal?.message ?? '', /is disabled/)
})
