import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusedBy, teamStandings } from '../../services/money/billing/team-budget.ts'
import { windowPolicyOf } from '../../services/money/billing/window-policies.ts'
import { inTransaction, onlyRow, type Queryable } from '../../services/platform/database/queryable.ts'
import { hashClientKey } from '../../services/platform/secrets.ts'
import { findClientKey } from '../../services/resources/records/client-keys.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { setMembers, type TeamMember } from '../../services/resources/teams/members.ts'
import { readTeamSpending } from '../../services/resources/records/teams.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { postgresPool } from '../support/databases.ts'
import { provision } from '../support/provisioned.ts'

const HOUR_MS = 3_600_000
const NOON = Date.UTC(2026, 10, 23, 12) // a Monday

async function addTeam(db: Queryable, name: string, userId: string, guaranteed: string | null = null) {
  const { id } = onlyRow(
    await db.query<{ id: string }>(
      `insert into teams (name, daily_limit_usd, time_zone) values ($1, 10, 'Europe/Berlin') returning id`,
      [name]
    )
  )
  await db.query('insert into team_members (team_id, user_id, role, guaranteed_daily_usd) values ($1, $2, $3, $4)', [
    id,
    userId,
    'lead',
    guaranteed
  ])
  await db.query('update api_keys set team_id = $1 where user_id = $2', [id, userId])
  return id
}

const teamOf = async (db: Queryable, name: string) => (await findClientKey(db, hashClientKey(`key-of-${name}`)))?.team ?? null
const usedOf = (windows: readonly { usedNano: bigint }[] | undefined) => windows?.map(({ usedNano }) => usedNano)

test('teams', async (t) => {
  const pool = await postgresPool(t)

  await t.test('a key’s record has its team, with raises in force and what each member was charged', async () => {
    const { user } = await provision(pool, 'ann')
    assert.equal(await teamOf(pool, 'ann'), null)
    const id = await addTeam(pool, 'core', user.id, '2.5')
    await pool.query(
      `insert into budget_raises (team_id, user_id, period, amount_usd, until_at, reason, given_by, ended_at)
       values ($1, null, 'daily', 5, '2026-11-27T00:00:00Z', 'launch', 'operator', null),
         ($1, null, 'daily', 7, '2026-11-27T00:00:00Z', 'mistake', 'operator', now()),
         ($1, $2, 'weekly', 3, '2026-11-28T00:00:00Z', 'launch', 'ann@example.com', null)`,
      [id, user.id]
    )
    const team = await teamOf(pool, 'ann')
    assert.deepEqual(
      [team?.id, team?.name, team?.status, team?.role, team?.timeZone],
      [id, 'core', 'active', 'lead', 'Europe/Berlin']
    )
    assert.deepEqual(team?.terms.pool, {
      limits: { day: 10_000_000_000n, week: null, month: null },
      raises: [{ kind: 'day', amountNano: 5_000_000_000n, until: Date.UTC(2026, 10, 27) }]
    })
    assert.deepEqual(team?.terms.members.get(user.id), {
      guaranteed: { day: 2_500_000_000n, week: null, month: null },
      cap: {
        limits: { day: null, week: null, month: null },
        raises: [{ kind: 'week', amountNano: 3_000_000_000n, until: Date.UTC(2026, 10, 28) }]
      }
    })
    assert.deepEqual(usedOf(team?.spending.windows), [0n, 0n, 0n])
    await pool.query('delete from team_members where team_id = $1', [id])
    assert.equal((await teamOf(pool, 'ann'))?.role, null)
  })

  await t.test('what is charged counts in the pool and for who sent it, in the team’s own days', async () => {
    const one = await provision(pool, 'bea')
    const two = await provision(pool, 'ben')
    const id = await addTeam(pool, 'pair', one.user.id)
    await pool.query('insert into team_members (team_id, user_id) values ($1, $2)', [id, two.user.id])
    const sent = (use: typeof one.walletUse, at: number) => ({ ...use, teamId: id, createdAt: at })
    const first = pricedAttempt('pair-1.1', { sent: sent(one.walletUse, NOON), costNano: 1n, chargedNano: 5n })
    const result = await settleAttempts(pool, [
      first,
      pricedAttempt('pair-2.1', { sent: sent(two.walletUse, NOON + HOUR_MS), costNano: 1n, chargedNano: 7n }),
      // Midnight in Berlin is 23:00 UTC.
      pricedAttempt('pair-3.1', { sent: sent(one.walletUse, NOON + 11 * HOUR_MS), costNano: 1n, chargedNano: 11n })
    ])
    const spending = result.teams.get(id)
    assert.deepEqual(usedOf(spending?.windows), [11n, 23n, 23n])
    assert.equal(spending?.windows[0]?.startedAt, NOON + 11 * HOUR_MS)
    assert.deepEqual(usedOf(spending?.members.get(one.user.id)), [11n, 16n, 16n])
    assert.deepEqual(usedOf(spending?.members.get(two.user.id)), [7n, 7n, 7n])
    assert.deepEqual(await readTeamSpending(pool, id), spending)
    assert.deepEqual((await teamOf(pool, 'bea'))?.spending, spending)
    assert.equal((await settleAttempts(pool, [first])).teams.size, 0)
    assert.deepEqual(await readTeamSpending(pool, id), spending)
    const { timeZone, terms } = (await teamOf(pool, 'bea'))!
    const policy = windowPolicyOf({ windowAnchor: 'calendar', timeZone })
    const days = teamStandings(terms, spending, two.user.id, policy, NOON)
    assert.deepEqual([days[0]!.member.usedNano, refusedBy(days[0]!)], [0n, null])
  })

  /** Has these users be its members, as a change of the team does. */
  const setEmails = (id: string, emails: readonly string[]) =>
    inTransaction(pool, async (db) => {
      await db.query('update teams set version = version + 1 where id = $1', [id])
      const none = { daily: null, weekly: null, monthly: null }
      const memberOf = (email: string): TeamMember => ({ user: email, role: 'member', guaranteed: none, limits: none })
      await setMembers(db, id, emails.map(memberOf))
    })

  await t.test('who comes back has used what they were charged in the windows of now, also while away', async () => {
    const one = await provision(pool, 'fay')
    const two = await provision(pool, 'fred')
    const id = await addTeam(pool, 'back', one.user.id)
    await pool.query('insert into team_members (team_id, user_id) values ($1, $2)', [id, two.user.id])
    let attempts = 0
    const settle = (use: typeof two.walletUse, at: number, chargedNano: bigint, team: object = { teamId: id }) =>
      settleAttempts(pool, [
        pricedAttempt(`back-${attempts++}.1`, { sent: { ...use, ...team, createdAt: at }, costNano: 1n, chargedNano })
      ])
    const usedBy = async (userId: string) => usedOf((await readTeamSpending(pool, id))?.members.get(userId))
    // October's last hour in Berlin, the Sunday before, and now.
    await settle(two.walletUse, Date.UTC(2026, 9, 31, 22, 59), 1000n)
    await settle(two.walletUse, NOON - 24 * HOUR_MS, 100n)
    await settle(two.walletUse, NOON, 10n)
    await settle(two.walletUse, NOON, 5000n, {})
    assert.deepEqual(await usedBy(two.user.id), [10n, 10n, 110n])
    const everybody = [one.user.email, two.user.email]
    await setEmails(id, [one.user.email])
    await settle(two.walletUse, NOON + HOUR_MS, 1n)
    assert.equal(await usedBy(two.user.id), undefined)
    await setEmails(id, everybody)
    assert.deepEqual(await usedBy(two.user.id), [11n, 11n, 111n])
    await settle(two.walletUse, NOON + 2 * HOUR_MS, 1n)
    assert.deepEqual(await usedBy(two.user.id), [12n, 12n, 112n])
    await setEmails(id, everybody)
    assert.deepEqual(await usedBy(two.user.id), [12n, 12n, 112n], 'who stays is not counted again')
    // Tuesday has begun for the team.
    await settle(one.walletUse, NOON + 11 * HOUR_MS, 7n)
    await setEmails(id, [one.user.email])
    await setEmails(id, everybody)
    assert.deepEqual(await usedBy(two.user.id), [0n, 12n, 112n])
    assert.deepEqual(await usedBy(one.user.id), [7n, 7n, 7n])
  })

  await t.test('however often somebody goes and comes while usage is settled, all of it is theirs, once', async () => {
    const { user, walletUse } = await provision(pool, 'gus')
    const id = await addTeam(pool, 'restless', user.id)
    const settling = Array.from({ length: 30 }, (_, n) =>
      settleAttempts(pool, [
        pricedAttempt(`restless-${n}.1`, { sent: { ...walletUse, teamId: id, createdAt: NOON + n }, chargedNano: 2n })
      ])
    )
    const changing = Array.from({ length: 20 }, (_, n) => setEmails(id, n % 2 === 0 ? [] : [user.email]))
    await Promise.all([...settling, ...changing])
    await setEmails(id, [user.email])
    const spending = await readTeamSpending(pool, id)
    assert.deepEqual(usedOf(spending?.windows), [60n, 60n, 60n])
    assert.deepEqual(usedOf(spending?.members.get(user.id)), [60n, 60n, 60n])
  })

  await t.test('batches of one team that are settled at once are all counted', async () => {
    const one = await provision(pool, 'cleo')
    const two = await provision(pool, 'carl')
    const id = await addTeam(pool, 'busy', one.user.id)
    await pool.query('insert into team_members (team_id, user_id) values ($1, $2)', [id, two.user.id])
    const batches = Array.from({ length: 8 }, (_, n) => [
      pricedAttempt(`busy-a${n}.1`, { sent: { ...one.walletUse, teamId: id, createdAt: NOON }, chargedNano: 1n }),
      pricedAttempt(`busy-b${n}.1`, { sent: { ...two.walletUse, teamId: id, createdAt: NOON }, chargedNano: 2n })
    ])
    await Promise.all(batches.map((batch) => settleAttempts(pool, batch)))
    const spending = await readTeamSpending(pool, id)
    assert.deepEqual(usedOf(spending?.windows), [24n, 24n, 24n])
    assert.deepEqual(usedOf(spending?.members.get(two.user.id)), [16n, 16n, 16n])
  })

  await t.test('who is no member any more is counted in the pool, and a team that is gone in nothing', async () => {
    const { user, walletUse } = await provision(pool, 'dan')
    const id = await addTeam(pool, 'left', user.id)
    await pool.query('delete from team_members where team_id = $1', [id])
    const sent = { ...walletUse, teamId: id, createdAt: NOON }
    const { teams } = await settleAttempts(pool, [pricedAttempt('left-1.1', { sent, chargedNano: 4n })])
    assert.deepEqual(usedOf(teams.get(id)?.windows), [4n, 4n, 4n])
    assert.equal(teams.get(id)?.members.size, 0)
    await pool.query('delete from teams where id = $1', [id])
    const gone = await settleAttempts(pool, [pricedAttempt('left-2.1', { sent, chargedNano: 4n })])
    assert.deepEqual([gone.settled, gone.teams.size], [['left-2.1'], 0])
    const events = await pool.query('select id from usage_events where team_id = $1 order by id', [id])
    assert.deepEqual(events.rows, [{ id: 'left-1.1' }, { id: 'left-2.1' }])
    const hours = await pool.query<{ requests: string; charged: string }>(
      'select requests, charged_usd as charged from team_usage_hourly where team_id = $1',
      [id]
    )
    assert.deepEqual(hours.rows, [{ requests: '2', charged: '0.000000008' }])
    assert.equal(await teamOf(pool, 'dan'), null)
  })

  await t.test('leads are told when a pool, or what one member may spend of it, is nearly used up', async () => {
    const { user, walletUse } = await provision(pool, 'eve')
    const { user: other } = await provision(pool, 'eli')
    const id = await addTeam(pool, 'told', user.id)
    await pool.query('insert into team_members (team_id, user_id, daily_limit_usd) values ($1, $2, 4)', [id, other.id])
    await pool.query(
      `insert into budget_raises (team_id, period, amount_usd, until_at, reason, given_by)
       values ($1, 'daily', 10, now() + interval '1 day', 'launch', 'operator')`,
      [id]
    )
    const attempt = (n: number, sent: object, usd: bigint) =>
      pricedAttempt(`told-${n}.1`, { sent: { ...walletUse, teamId: id, createdAt: NOON, ...sent }, chargedNano: usd })
    const settleAll = async (...attempts: ReturnType<typeof attempt>[]) => {
      const { alerts } = await settleAttempts(pool, attempts, { hasWebhook: true })
      return alerts.filter(({ team }) => team === 'told')
    }
    const settle = (n: number, sent: object, usd: bigint) => settleAll(attempt(n, sent, usd))
    const dollars = 1_000_000_000n
    // Of 20 dollars, as long as they are raised.
    assert.deepEqual(await settle(1, {}, 9n * dollars), [])
    const [pooled, more] = await settle(2, {}, 6n * dollars)
    assert.equal(more, undefined)
    assert.partialDeepStrictEqual(pooled, {
      budget: 'team',
      team: 'told',
      userEmail: null,
      leads: ['eve@example.com'],
      period: 'day',
      percent: 75,
      limitNano: 20n * dollars
    })
    const own = await settle(3, { userId: other.id }, 2n * dollars)
    assert.partialDeepStrictEqual(own, [
      { budget: 'team-member', userEmail: 'eli@example.com', leads: ['eve@example.com'], percent: 50 }
    ])
    assert.deepEqual(await settle(4, { userId: other.id }, 0n), [], 'each once')
    const { rows } = await pool.query(
      `select subject, data ->> 'team' as team, data -> 'lead_emails' as leads from webhook_outbox
       where type = 'sluice.budget.reached' and data ->> 'budget' = 'team'`
    )
    assert.deepEqual(rows, [{ subject: 'told', team: 'told', leads: ['eve@example.com'] }])

    const { user: third } = await provision(pool, 'emil')
    const none = { daily: null, weekly: null, monthly: null }
    const memberOf = (email: string): TeamMember => ({
      user: email,
      role: 'member',
      guaranteed: none,
      limits: { ...none, daily: '4' }
    })
    const lead: TeamMember = { ...memberOf(user.email), role: 'lead', limits: none }
    for (const members of [[lead], [lead, memberOf(other.email), memberOf(third.email)]]) {
      await inTransaction(pool, (db) => setMembers(db, id, members))
    }
    assert.deepEqual(await settle(5, { userId: other.id }, 0n), [], 'of who was out in between no threshold is told again')
    const both = await settleAll(attempt(6, { userId: other.id }, dollars), attempt(7, { userId: third.id }, 2n * dollars))
    assert.deepEqual(both.map(({ userEmail, percent }) => `${userEmail} ${percent}`).toSorted(), [
      'eli@example.com 75',
      'emil@example.com 50',
      'null 100'
    ])
  })
})
