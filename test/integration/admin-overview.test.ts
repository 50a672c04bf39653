import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOOK_BACK_MS, sumRecentUsage } from '../../services/money/records/recent-usage.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { NO_USAGE } from '../../services/money/usage/usage-facts.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { postgresPool } from '../support/databases.ts'
import { readExposition, valueOf } from '../support/exposition.ts'
import { account, ask, CLIENT_KEY, occupy, startGateway, USER, user } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { provision } from '../support/provisioned.ts'
import { until } from '../support/until.ts'

const RESTED = {
  status: 'active',
  schedulable: true,
  error: null,
  cooldown_until: null,
  cooldown_reason: null,
  cooldowns: [],
  windows: [],
  longest_wait_ms: null,
  users: [],
  users_left_out: 0,
  sessions: 0
}
const NOW = Date.UTC(2026, 10, 23, 12)

test('what ended within each span before now is summed up', async (t) => {
  const pool = await postgresPool(t)
  const { walletUse } = await provision(pool, 'first')
  const attempt = (id: string, beganAgoMs: number, durationMs: number, outcome: 'completed' | 'upstream_cut' = 'completed') =>
    pricedAttempt(`${id}.1`, {
      sent: { ...walletUse, createdAt: NOW - beganAgoMs },
      closed: {
        outcome,
        durationMs,
        usage: {
          ...NO_USAGE,
          inputTokens: 1,
          outputTokens: 10,
          cacheCreation5mTokens: 100,
          cacheCreation1hTokens: 200,
          cacheReadTokens: 1000
        }
      },
      costNano: 3n,
      chargedNano: 4n
    })
  await settleAttempts(pool, [
    attempt('just-now', 2000, 1000),
    attempt('cut', 50_000, 1000, 'upstream_cut'),
    attempt('began-long-ago', 10 * 60_000, 10 * 60_000 - 30_000),
    attempt('two-minutes-ago', 130_000, 10_000),
    attempt('six-minutes-ago', 370_000, 10_000),
    attempt('began-too-long-ago', LOOK_BACK_MS + 1000, LOOK_BACK_MS)
  ])
  const of = (spanMs: number, requests: number) => ({
    spanMs,
    requests,
    errors: requests === 0 ? 0 : 1,
    inputTokens: requests,
    outputTokens: requests * 10,
    cacheCreationTokens: requests * 300,
    cacheReadTokens: requests * 1000,
    costNano: BigInt(requests * 3),
    chargedNano: BigInt(requests * 4)
  })
  assert.deepEqual(await sumRecentUsage(pool, NOW, [60_000, 300_000, 1]), [of(60_000, 3), of(300_000, 4), of(1, 0)])
})

test('the overview shows who holds and waits, how accounts are and what was just used', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      users: [user({ concurrency: 2 })],
      accounts: [
        account('main', url, { concurrency: 1 }),
        account('out', url, { schedulable: false }),
        account('unsigned', url, { type: 'setup-token', credentials: undefined, shared: true })
      ]
    })
  })
  const { call } = operatorOf(gateway)
  const overview = async () => (await call('GET', '/overview')).body
  const { data } = await gateway.admin<{ data: { id: string; name: string }[] }>('/accounts')
  const idOf = Object.fromEntries(data.map(({ id, name }) => [name, id]))
  await (await gateway.messages(ask())).text()
  await gateway.settled()

  const idle = await overview()
  assert.deepEqual([idle['in_flight'], idle['upstream'], idle['waiting'], idle['users']], [0, 0, 0, []])
  assert.deepEqual([idle['phase'], idle['database'], idle['slots'], idle['replicas']], ['running', 'ok', 'in-process', 1])
  const [minute, five] = idle['usage'] as { seconds: number; requests: number; errors: number; cost_usd: string }[]
  assert.deepEqual([minute?.seconds, minute?.requests, minute?.errors, five?.seconds, five?.requests], [60, 1, 0, 300, 1])
  assert.match(minute!.cost_usd, /^0\.\d*[1-9]/)

  const free = await occupy(gateway, 1)
  const others = [gateway.messages(ask()), gateway.messages(ask())]
  await until('both wait', async () => {
    const { in_flight: inFlight, upstream, waiting } = await overview()
    return inFlight === 2 && upstream === 1 && waiting === 1
  })
  const busy = await overview()
  const { data: slots } = (await call('GET', '/slots')).body as { data: Record<string, unknown>[] }
  const ofUser = slots.find(({ subject }) => subject === 'user')
  assert.ok(ofUser)
  const [session] = ofUser['waiting_sessions'] as { session: string; waiting: number }[]
  assert.match(session?.session ?? '', /^[\w-]{12}$/)
  const inOneSession = { waiting_sessions: [{ session: session?.session, waiting: 1 }], waiting_sessions_left_out: 0 }
  assert.partialDeepStrictEqual(ofUser, { name: USER, waiting: 1, ...inOneSession })
  const { longest_wait_ms: waited, ...who } = (busy['users'] as { id: string; longest_wait_ms: number | null }[])[0]!
  assert.deepEqual(who, { id: who.id, name: USER, limit: 2, in_flight: 2, waiting: 1, ...inOneSession })
  assert.ok(waited !== null && waited >= 0)
  const accounts = busy['accounts'] as { windows: { name: string; utilization: number }[]; longest_wait_ms: number | null }[]
  const waitedThere = accounts[0]!.longest_wait_ms
  assert.equal(busy['longest_wait_ms'], Math.max(waited, waitedThere ?? 0))
  assert.deepEqual(
    accounts[0]!.windows.map(({ name, utilization }) => [name, utilization]),
    [
      ['5h', 0.12],
      ['7d', 0.34]
    ]
  )
  assert.deepEqual(
    accounts.map((one) => ({ ...one, windows: [] })),
    [
      {
        ...RESTED,
        id: idOf['main'],
        name: 'main',
        state: 'available',
        limit: 1,
        in_flight: 1,
        waiting: 1,
        longest_wait_ms: waitedThere,
        users: [{ id: who.id, name: USER, in_flight: 1, sessions: 1 }],
        sessions: 1
      },
      { ...RESTED, id: idOf['out'], name: 'out', schedulable: false, state: 'disabled', limit: 5, in_flight: 0, waiting: 0 },
      {
        ...RESTED,
        id: idOf['unsigned'],
        name: 'unsigned',
        state: 'error',
        limit: 5,
        in_flight: 0,
        waiting: 0,
        error: 'not signed in yet: sluice accounts login unsigned'
      }
    ]
  )
  for (const way of ['query', 'queryAtOnce'] as const) {
    t.mock.method(gateway.app.adminDatabase, way, async () => {
      throw new Error('away')
    })
  }
  await until('usage cannot be told', async () => (await overview())['usage'] === null)
  const blind = await overview()
  const [known] = blind['users'] as { name: string; limit: number }[]
  assert.deepEqual([blind['in_flight'], known?.name, known?.limit], [2, USER, 2])
  await free()
  for (const response of await Promise.all(others)) await response.text()
  assert.equal((await fetch(`${gateway.url}/admin/v1/overview`)).status, 401)
})

test('the overview shows the pools of teams: the tightest window first, and what is reserved', async (t) => {
  const gateway = await startGateway(t, {
    env: { CACHE_FRESH_MS: '200' },
    declared: (url) => ({
      users: [user({ keys: [{ name: 'laptop', key: CLIENT_KEY, team: 'core' }] }), { email: 'ann@example.com' }],
      accounts: [account('main', url)],
      teams: [
        { name: 'idle', weekly_limit_usd: 5 },
        {
          name: 'core',
          daily_limit_usd: 20,
          monthly_limit_usd: 10,
          members: [{ user: USER }, { user: 'ann@example.com', guaranteed: { monthly: 1 } }]
        },
        { name: 'free' }
      ]
    })
  })
  const { call } = operatorOf(gateway)
  interface Team {
    name: string
    windows: { kind: string; limit_usd: string; used_usd: string; resets_at: string }[]
    reserved_usd: string
  }
  const teams = async () => {
    const { body } = await call('GET', '/overview')
    assert.equal(body['teams_left_out'], 0)
    return body['teams'] as Team[]
  }
  const free = await occupy(gateway, 1)
  await until('something is reserved', async () =>
    (await teams()).some((team) => team.name === 'core' && Number(team.reserved_usd) > 0)
  )
  await free()
  await (await gateway.messages(ask())).text()
  await gateway.settled()
  await until('nothing is any more', async () => (await teams()).every((team) => team.reserved_usd === '0'))
  await until('what it cost is seen', async () => (await teams())[0]?.name === 'core')
  const [core, idle, ...others] = await teams()
  const { rows } = await gateway.app.pg.pool.query<{ usd: string }>(
    'select trim_scale(sum(charged_usd))::text as usd from usage_events'
  )
  assert.deepEqual(
    core!.windows.map(({ resets_at: resetsAt, ...window }) => [window, Date.parse(resetsAt) > Date.now()]),
    [
      [{ kind: 'month', limit_usd: '10', used_usd: rows[0]!.usd }, true],
      [{ kind: 'day', limit_usd: '20', used_usd: rows[0]!.usd }, true]
    ]
  )
  assert.deepEqual([idle?.name, idle?.windows.map(({ kind }) => kind), others], ['idle', ['week'], []])
  await call('POST', '/raises', { team: 'idle', period: 'weekly', amount_usd: '2', until: '1d', reason: 'launch' })
  assert.equal((await teams()).find((team) => team.name === 'idle')?.windows[0]?.limit_usd, '7')
})

test('whoever looks first after a change of accounts sees it, in the overview and in the metrics', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('main', url)] }) })
  const { call } = operatorOf(gateway)
  const id = (await gateway.accountNamed('main')).id
  const overview = async () => (await call('GET', '/overview')).body['accounts'] as { state: string; limit: number }[]
  const metrics = async () => readExposition(await (await gateway.getAdmin('/metrics')).text())
  const disabled = { account: 'main', state: 'disabled' }
  for (const [what, state] of [
    ['disable', 'disabled'],
    ['enable', 'available']
  ] as const) {
    await gateway.act('main', what)
    assert.equal((await overview())[0]?.state, state)
  }
  await call('PATCH', `/accounts/${id}`, { concurrency: 9 })
  assert.equal((await overview())[0]?.limit, 9)
  for (const [what, is] of [
    ['disable', 1],
    ['enable', 0]
  ] as const) {
    await gateway.act('main', what)
    assert.equal(valueOf(await metrics(), 'sluice_account_state', disabled), is)
  }
})

test('all cooldowns of an account are told, the longest first', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('main', url)] }) })
  const { call } = operatorOf(gateway)
  const { id } = await gateway.accountNamed('main')
  const [since, probeAt] = [Date.now() - 1000, Date.now() + 30_000]
  const [soon, later] = [Date.now() + 60_000, Date.now() + 120_000]
  await gateway.app.pg.pool.query(
    `insert into account_cooldowns (account_id, kind, scope, reason, since, until, probe_at, level) values
       ($1, 'overloaded', 'family:opus', 'answered 529', to_timestamp($2 / 1000.0), to_timestamp($3 / 1000.0), to_timestamp($5 / 1000.0), 1),
       ($1, 'rate_limit', '', 'answered 429', to_timestamp($2 / 1000.0), to_timestamp($4 / 1000.0), null, 1)`,
    [id, since, soon, later, probeAt]
  )
  gateway.app.bus.publish('accounts')
  const at = (ms: number) => new Date(ms).toISOString()
  const [main] = (await call('GET', '/overview')).body['accounts'] as Record<string, unknown>[]
  assert.deepEqual(
    [main?.['state'], main?.['cooldown_until'], main?.['cooldown_reason'], main?.['cooldowns']],
    [
      'cooling_down',
      at(later),
      'answered 429',
      [
        { kind: 'rate_limit', scope: null, reason: 'answered 429', since: at(since), until: at(later), probe_at: null },
        {
          kind: 'overloaded',
          scope: 'family:opus',
          reason: 'answered 529',
          since: at(since),
          until: at(soon),
          probe_at: at(probeAt)
        }
      ]
    ]
  )
})

test('many who look at the same time share one look', async (t) => {
  const gateway = await startGateway(t)
  const look = t.mock.method(gateway.app.slots, 'look')
  const looks = await Promise.all(Array.from({ length: 20 }, () => gateway.admin<{ at: string }>('/overview')))
  assert.equal(look.mock.callCount(), 1)
  assert.equal(new Set(looks.map(({ at }) => at)).size, 1)
  await until('a later look is another one', async () => (await gateway.admin<{ at: string }>('/overview')).at !== looks[0]?.at)
})
