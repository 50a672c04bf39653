import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { settleAttempts, type PricedAttempt } from '../../services/resources/records/settlement.ts'
import { DAY_MS } from '../../services/platform/database/partitions.ts'
import {
  DIMENSIONS,
  pageUsageSummary,
  type Dimension,
  type SummaryFilters,
  type UsageSummary
} from '../../services/money/records/usage-summary.ts'
import { repairDailyRollUps } from '../../services/money/records/usage-roll-ups.ts'
import { NO_USAGE } from '../../services/money/usage/usage-facts.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { assertBooksAgree } from '../support/books.ts'
import { postgresPool } from '../support/databases.ts'
import { ask, refusalOf, startGateway, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { provision } from '../support/provisioned.ts'
import { seededRandom } from '../../simulator/seeded-random.ts'
import { fc, times } from '../support/fuzz.ts'

const MIDNIGHT = Date.UTC(2026, 10, 23)
const HOUR_MS = 3_600_000
const HOURS = 100
const NAMES = ['first', 'second', 'third']
const TEAMS = ['red', 'blue', 'gone']
const MODELS = ['claude-opus-5-5', 'claude-haiku-4-5']

/** Events of all kinds, all of them settled. */
async function fill(pool: pg.Pool): Promise<PricedAttempt[]> {
  const random = seededRandom(11)
  const owners: Awaited<ReturnType<typeof provision>>[] = []
  for (const name of NAMES) owners.push(await provision(pool, name))
  await pool.query('insert into teams (name) select unnest($1::text[])', [TEAMS])
  const attempts = Array.from({ length: 400 }, (_, index) => {
    const owner = owners[random.int(0, 2)]!
    const accountId = owners[random.int(0, 2)]!.accountId
    const use = random.chance(0.5) ? owner.walletUse : owner.planUse
    return pricedAttempt(`sum-${index}.1`, {
      sent: {
        ...use,
        ...(random.chance(0.6) ? { teamId: String(random.int(1, 3)) } : {}),
        accountId,
        createdAt: MIDNIGHT + random.int(0, HOURS * HOUR_MS - 1)
      },
      closed: {
        model: MODELS[random.int(0, 1)]!,
        outcome: random.pick(['completed', 'client_closed', 'upstream_error', 'upstream_cut', 'interrupted']),
        usage: {
          ...NO_USAGE,
          inputTokens: random.int(0, 9),
          outputTokens: random.int(0, 9),
          cacheCreation5mTokens: random.int(0, 9),
          cacheCreation1hTokens: random.int(0, 9),
          cacheReadTokens: random.int(0, 9)
        }
      },
      costNano: BigInt(random.int(0, 1000)),
      chargedNano: BigInt(random.int(0, 1000))
    })
  })
  await settleAttempts(pool, attempts)
  await pool.query(`insert into removed_teams select id, name, now() from teams where name = 'gone'`)
  await pool.query(`delete from teams where name = 'gone'`)
  return attempts
}

/** The same, worked out from the attempts one by one. */
function expected(attempts: PricedAttempt[], is: (attempt: PricedAttempt) => boolean, groupBy: readonly Dimension[]) {
  const sums = new Map<string, typeof NOTHING>()
  if (groupBy.length === 0) sums.set('', { ...NOTHING })
  for (const attempt of attempts.filter(is)) {
    const { sent, closed } = attempt
    const parts = {
      user: sent.userId,
      key: sent.keyId,
      group: sent.groupId,
      account: sent.accountId,
      model: closed.model,
      team: sent.teamId ?? '0',
      hour: Math.floor(sent.createdAt / HOUR_MS) * HOUR_MS,
      day: Math.floor(sent.createdAt / DAY_MS) * DAY_MS
    }
    const key = groupBy.map((name) => parts[name]).join(' ')
    const sum = sums.get(key) ?? { ...NOTHING }
    sums.set(key, {
      requests: sum.requests + 1,
      errors: sum.errors + (['completed', 'client_closed'].includes(closed.outcome) ? 0 : 1),
      inputTokens: sum.inputTokens + closed.usage.inputTokens,
      outputTokens: sum.outputTokens + closed.usage.outputTokens,
      cacheCreationTokens: sum.cacheCreationTokens + closed.usage.cacheCreation5mTokens + closed.usage.cacheCreation1hTokens,
      cacheReadTokens: sum.cacheReadTokens + closed.usage.cacheReadTokens,
      costNano: sum.costNano + attempt.costNano,
      chargedNano: sum.chargedNano + attempt.chargedNano
    })
  }
  return sums
}

const NOTHING = {
  requests: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheCreationTokens: 0,
  cacheReadTokens: 0,
  costNano: 0n,
  chargedNano: 0n
}

const SUMS = Object.keys(NOTHING) as (keyof typeof NOTHING)[]

function bySums(rows: UsageSummary[], groupBy: readonly Dimension[]) {
  return new Map(
    rows.map((row) => {
      const { userId, keyId, groupId, accountId, model, teamId, hour, day } = row
      const parts = { user: userId, key: keyId, group: groupId, account: accountId, model, team: teamId, hour, day }
      const sums = Object.fromEntries(SUMS.map((name) => [name, row[name]]))
      return [groupBy.map((name) => parts[name]).join(' '), sums]
    })
  )
}

async function allPages(pool: pg.Pool, filters: SummaryFilters, groupBy: readonly Dimension[], limit: number) {
  const rows: UsageSummary[] = []
  for (let cursor: string | null = null; ;) {
    const page = await pageUsageSummary(pool, filters, groupBy, { limit, cursor })
    assert.ok(page.rows.length <= limit)
    rows.push(...page.rows)
    if (page.nextCursor === null) return rows
    cursor = page.nextCursor
  }
}

test('usage is summed up', async (t) => {
  const pool = await postgresPool(t)
  const attempts = await fill(pool)

  await t.test('by anything, for anything, over any hours, page by page', async () => {
    const hour = fc.option(
      fc.integer({ min: -5, max: HOURS + 5 }).map((hours) => MIDNIGHT + hours * HOUR_MS),
      { nil: undefined }
    )
    const some = fc.option(fc.uniqueArray(fc.nat(2), { minLength: 1 }), { nil: undefined })
    const query = fc.record({
      groupBy: fc.subarray([...DIMENSIONS]).chain((names) => fc.shuffledSubarray(names, { minLength: names.length })),
      filters: fc.record({
        from: hour,
        to: hour,
        user: some,
        key: some,
        group: some,
        account: some,
        team: some,
        model: fc.option(fc.uniqueArray(fc.nat(1), { minLength: 1 }), { nil: undefined })
      }),
      limit: fc.integer({ min: 1, max: 40 })
    })
    await fc.assert(
      fc.asyncProperty(query, async ({ groupBy, filters, limit }) => {
        const { from, to, user, key, group, account, model, team } = filters
        /** One is named by itself. */
        const named = (indexes: readonly number[] | undefined, of: (index: number) => string) =>
          indexes?.length === 1 ? of(indexes[0]!) : indexes?.map(of)
        const isOne = (indexes: readonly number[] | undefined, of: (index: number) => string, is: string | null) =>
          indexes === undefined || indexes.some((index) => of(index) === is)
        const idOf = (index: number) => String(index + 1)
        const is = ({ sent, closed }: PricedAttempt) =>
          sent.createdAt >= (from ?? 0) &&
          sent.createdAt < (to ?? Infinity) &&
          isOne(user, idOf, sent.userId) &&
          isOne(key, idOf, sent.keyId) &&
          // Each user has a wallet's group and a plan's.
          isOne(group, (index) => String(index * 2 + 1), sent.groupId) &&
          isOne(account, idOf, sent.accountId) &&
          isOne(team, idOf, sent.teamId ?? null) &&
          isOne(model, (index) => MODELS[index]!, closed.model)
        const given = {
          from,
          to,
          userEmail: named(user, (index) => `${NAMES[index]}@Example.com`),
          keyName: named(key, (index) => `${NAMES[index]}-key`),
          groupName: named(group, (index) => `${NAMES[index]}-wallet`),
          accountName: named(account, (index) => `${NAMES[index]}-account`),
          teamName: named(team, (index) => TEAMS[index]!),
          model: named(model, (index) => MODELS[index]!)
        }
        const rows = await allPages(pool, given, groupBy, limit)
        assert.deepEqual(bySums(rows, groupBy), expected(attempts, is, groupBy))
        assert.equal(rows.length, bySums(rows, groupBy).size, 'each once')
      }),
      times(60)
    )
  })

  await t.test('by the days of a time zone, from hours, also where the clock is changed', async () => {
    const sumsIn = async (timeZone: string, offsetOf: (at: number) => number, groupBy: Dimension[]) => {
      const local = (at: number) => {
        const day = Math.floor((at + offsetOf(at)) / DAY_MS) * DAY_MS
        return day - offsetOf(day - offsetOf(day))
      }
      const sums = new Map<string, number>()
      for (const { sent } of attempts) {
        const key = groupBy.map((name) => (name === 'day' ? local(sent.createdAt) : sent.userId)).join(' ')
        sums.set(key, (sums.get(key) ?? 0) + 1)
      }
      const rows = await allPages(pool, { timeZone }, groupBy, 3)
      const told = rows.map((row) => [groupBy.map((name) => (name === 'day' ? row.day : row.userId)).join(' '), row.requests])
      assert.deepEqual(new Map(told as [string, number][]), sums, timeZone)
    }
    await sumsIn('Europe/Berlin', () => HOUR_MS, ['day'])
    await sumsIn('America/New_York', () => -5 * HOUR_MS, ['user', 'day'])
    await sumsIn('UTC', () => 0, ['day'])
    const all = await pageUsageSummary(pool, { timeZone: 'Europe/Berlin' }, [], { limit: 1, cursor: null })
    assert.equal(all.rows[0]?.requests, attempts.length)
  })

  await t.test('with the names of what it is grouped by, and with whose a key is', async () => {
    const { rows } = await pageUsageSummary(pool, {}, ['key', 'group'], { limit: 2, cursor: null })
    assert.deepEqual(
      rows.map((row) => [row.userId, row.userEmail, row.keyId, row.keyName, row.groupId, row.groupName]),
      [
        ['1', 'first@example.com', '1', 'first-key', '1', 'first-wallet'],
        ['1', 'first@example.com', '1', 'first-key', '2', 'first-plan']
      ]
    )
  })

  await t.test('what was deleted has no name any more, and counts', async () => {
    const before = await pageUsageSummary(pool, {}, [], { limit: 1, cursor: null })
    await pool.query("delete from accounts where name = 'third-account'")
    const after = await pageUsageSummary(pool, {}, [], { limit: 1, cursor: null })
    assert.deepEqual(after, before)
    const { rows } = await pageUsageSummary(pool, {}, ['account'], { limit: 10, cursor: null })
    assert.deepEqual(
      rows.map(({ accountName }) => accountName),
      ['first-account', 'second-account', null]
    )
  })

  await t.test('the events are not read for it', async () => {
    const before = await allPages(pool, {}, ['user', 'day'], 100)
    await pool.query('truncate usage_events')
    assert.deepEqual(await allPages(pool, {}, ['user', 'day'], 100), before)
  })
})

test('a day on which the clock is changed has as many hours as it has there', async (t) => {
  const pool = await postgresPool(t)
  // On 28 March 2027 the clock goes forward at 01:00 UTC: that day has 23 hours.
  const midnight = Date.UTC(2027, 2, 27, 23)
  const { walletUse } = await provision(pool, 'late')
  const sentAt = [midnight, midnight + 22 * HOUR_MS, midnight + 23 * HOUR_MS]
  const late = sentAt.map((createdAt, n) => pricedAttempt(`late-${n}.1`, { sent: { ...walletUse, createdAt } }))
  await settleAttempts(pool, late)
  const { rows } = await pageUsageSummary(pool, { timeZone: 'Europe/Berlin', userEmail: 'late@example.com' }, ['day'], {
    limit: 10,
    cursor: null
  })
  assert.deepEqual(
    rows.map(({ day, requests }) => [day, requests]),
    [
      [midnight, 2],
      [midnight + 23 * HOUR_MS, 1]
    ]
  )
})

test('days are brought in line with hours that an older replica added to', async (t) => {
  const pool = await postgresPool(t)
  const { walletUse } = await provision(pool)
  await settleAttempts(pool, [
    pricedAttempt('known.1', { sent: { ...walletUse, createdAt: MIDNIGHT } }),
    pricedAttempt('missed.1', { sent: { ...walletUse, createdAt: MIDNIGHT + DAY_MS - 1 } }),
    pricedAttempt('other.1', { sent: { ...walletUse, createdAt: MIDNIGHT + DAY_MS } })
  ])
  assert.equal(await repairDailyRollUps(pool, MIDNIGHT), false)
  await pool.query('update usage_daily set requests = 1, cost_usd = 1 where day = $1', [new Date(MIDNIGHT)])
  await pool.query('delete from usage_daily where day > $1', [new Date(MIDNIGHT)])
  const settling = Array.from({ length: 20 }, (_, index) =>
    settleAttempts(pool, [
      pricedAttempt(`beside-${index}.1`, { sent: { ...walletUse, createdAt: MIDNIGHT + index * HOUR_MS } })
    ])
  )
  await Promise.all([...settling, repairDailyRollUps(pool, MIDNIGHT + HOUR_MS), repairDailyRollUps(pool, MIDNIGHT)])
  await assertBooksAgree(pool)
  assert.equal(await repairDailyRollUps(pool, MIDNIGHT), false)
})

test('an operator reads what was used, and is told what a question must be', async (t) => {
  const gateway = await startGateway(t)
  await (await gateway.messages(ask())).arrayBuffer()
  await (await gateway.messages(ask())).arrayBuffer()
  await gateway.settledEvents(2)
  const { call, refusal } = operatorOf(gateway)

  await t.test('in all', async () => {
    const [event] = await gateway.events()
    const { body } = await call('GET', '/usage-summary')
    assert.deepEqual(body, {
      data: [
        {
          requests: 2,
          errors: 0,
          input_tokens: event!.input_tokens * 2,
          output_tokens: event!.output_tokens * 2,
          cache_creation_tokens: 0,
          cache_read_tokens: 0,
          cache_hit_rate: 0,
          cost_usd: (body['data'] as { cost_usd: string }[])[0]!.cost_usd,
          charged_usd: (body['data'] as { cost_usd: string }[])[0]!.cost_usd
        }
      ],
      next_cursor: null
    })
    assert.equal(Number((body['data'] as { cost_usd: string }[])[0]!.cost_usd), Number(event!.cost_usd) * 2)
  })

  await t.test('by several things', async () => {
    const { body } = await call('GET', `/usage-summary?group_by=day,user,key,group,account,model,hour&user=${USER}`)
    const [row] = body['data'] as Record<string, unknown>[]
    const { user_email: email, key_name: key, group, account, model, requests } = row!
    assert.deepEqual([email, key, group, account, model, requests], [USER, 'laptop', 'default', 'main', 'claude-opus-5-5', 2])
    assert.match(String(row!['hour']), /^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z$/)
    assert.match(String(row!['day']), /^\d{4}-\d\d-\d\dT00:00:00\.000Z$/)
    for (const kind of ['user', 'key', 'group', 'account']) {
      assert.equal((await call('GET', `/usage-summary?group_by=user&${kind}=nobody-here-at-all`)).status, 400, kind)
    }
  })

  await t.test('of several', async () => {
    const group = 'group=default'
    const { body } = await call('GET', `/usage-summary?group_by=user&user=${USER}&user=${USER.toUpperCase()}&${group}&${group}`)
    assert.deepEqual(
      (body['data'] as { requests: number }[]).map(({ requests }) => requests),
      [2]
    )
    const events = await call('GET', `/usage-events?${group}&outcome=completed&outcome=upstream_cut&basis=final&basis=partial`)
    assert.equal((events.body['data'] as unknown[]).length, 2)
    assert.deepEqual((await call('GET', '/usage-events?basis=unknown')).body['data'], [])
    assert.match((await refusal('GET', '/usage-events?outcome=completed&outcome=fine'))[1], /^outcome.*must be completed/)
  })

  await t.test('by the days of a time zone', async () => {
    const { body } = await call('GET', '/usage-summary?group_by=day&time_zone=Asia/Tokyo')
    assert.match(String((body['data'] as { day: string }[])[0]?.day), /T15:00:00\.000Z$/)
  })

  await t.test('a question that cannot be answered names its field', async () => {
    for (const [query, message] of [
      ['group_by=person', /group_by/],
      ['group_by=', /group_by/],
      ['from=last-week', /^from: must be a time such as/],
      ['from=tomorrow', /^from: must not lie in the future/],
      ['from=today&to=today', /^from: must be earlier than the end/],
      ['user=', /^user.*must be a text of 1 to 300 characters/],
      [`user=${USER}&user=bbo@example.com`, /^user: there is no user bbo@example.com/],
      [
        Array.from({ length: 101 }, (_, n) => `key=k${n}`).join('&'),
        /^key must be a text of 1 to 300 characters, or up to 100/
      ],
      [
        'group_by=day&time_zone=Europe/Berln',
        /^time_zone: must be a time zone such as Europe\/Berlin; did you mean Europe\/Berlin\?/
      ],
      ['group_by=day&time_zone=%2B05:30', /^time_zone: must be a time zone such as/],
      ['group_by=day&time_zone=Asia/Kolkata', /^time_zone: must be a time zone whose days begin at full hours/],
      ['group_by=day&time_zone=Australia/Lord_Howe', /^time_zone: must be a time zone whose days begin at full hours/],
      ['to=2026-11-23T12:30:00Z', /^to: must be a full hour/],
      ['limit=0', /limit/],
      ['group_by=user&cursor=WyJ4Il0', /^cursor: /],
      ['cursor=W10', /^cursor: /],
      ['from=-271821-04-20T00:00:00Z', /^from: must be a time such as/],
      ['to=%2B010000-01-01T00:00:00Z', /^to: must be a time such as/],
      ['group_by=user,model&cursor=WyIxIl0', /^cursor: /]
    ] as const) {
      const [status, said] = await refusal('GET', `/usage-summary?${query}`)
      assert.equal(status, 400, query)
      assert.match(said, message)
    }
    const unnamed = await refusalOf(await gateway.get('/admin/v1/usage-summary', {}))
    assert.equal(unnamed.status, 401)
  })
})
