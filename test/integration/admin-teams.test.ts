import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, startGateway, user, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const TEAM = { name: 'core', daily_limit_usd: '10', monthly_limit_usd: '100', time_zone: 'Europe/Berlin' }

interface TeamBody {
  id: string
  version: number
  members: { user: string; role: string; guaranteed: Record<string, string | null>; limits: Record<string, string | null> }[]
  spending: { kind: string; limit_usd: string | null; used_usd: string }[]
}

async function setUp(t: Parameters<typeof startGateway>[0], teams: object[] = []) {
  const gateway = await startGateway(t, {
    declared: () => ({ users: [user(), { email: ANN }, { email: BOB }], teams })
  })
  const { call, refusal, audit } = operatorOf(gateway)
  /** What it is refused with for what is asked. */
  const wrong = async (method: string, path: string, body: object) => {
    const [status, message] = await refusal(method, path, body)
    assert.equal(status, 400, message)
    return message
  }
  const put = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await call('PUT', path, body, headers)
    return { status: response.status, body: response.body as unknown as TeamBody & { error?: { message: string } } }
  }
  return { gateway, call, wrong, audit, put }
}

test('an operator makes a team, changes it and takes it away', async (t) => {
  const { call, wrong, audit, put, gateway } = await setUp(t)
  const made = await call('POST', '/teams', TEAM)
  assert.equal(made.status, 201, made.text)
  const path = `/teams/${String(made.body['id'])}`
  assert.partialDeepStrictEqual(made.body, { ...TEAM, status: 'active', members: [], weekly_limit_usd: null })
  assert.partialDeepStrictEqual(await audit(1), [{ action: 'team.created', subject: 'team core' }])

  await t.test('members are put, changed in part and taken out, each on record', async () => {
    const { status, body } = await put('/teams/core/members/Ann@Example.com', { role: 'lead', guaranteed: { daily: '4' } })
    assert.equal(status, 200, JSON.stringify(body))
    const nothing = { daily: null, weekly: null, monthly: null }
    assert.deepEqual(body.members, [{ user: ANN, role: 'lead', guaranteed: { ...nothing, daily: '4' }, limits: nothing }])
    const changed = await call('PATCH', `${path}/members/${ANN}`, { limits: { daily: '6.50' } })
    assert.equal(changed.status, 200, changed.text)
    const [ann] = (changed.body as unknown as TeamBody).members
    assert.deepEqual(ann, {
      user: ANN,
      role: 'lead',
      guaranteed: { ...nothing, daily: '4' },
      limits: { ...nothing, daily: '6.5' }
    })
    const [record] = await audit(1)
    assert.equal(record?.['subject'], 'team core')
    assert.match(JSON.stringify(record), /ann@example\.com/)
    await put(`${path}/members/${BOB}`, {})
    const { body: listed } = await call('GET', `${path}/members`)
    const rows = listed['data'] as { user: string; spending: { kind: string; remaining_usd: string | null }[] }[]
    assert.deepEqual(
      rows.map(({ user: email, spending }) => [email, spending[0]?.remaining_usd]),
      [
        [ANN, '6.5'],
        [BOB, '6']
      ]
    )
    assert.equal((await call('DELETE', `${path}/members/${BOB}`)).status, 204)
    assert.equal((await call('DELETE', `${path}/members/${BOB}`)).status, 404)
    assert.match(await wrong('PUT', `${path}/members/nobody@example.com`, {}), /there is no user nobody@example\.com/)
  })

  await t.test('guarantees never sum above the pool, whichever of the two is changed', async () => {
    const over = await put(`${path}/members/${BOB}`, { guaranteed: { daily: '6.01' } })
    assert.equal(over.status, 400)
    assert.match(over.body.error?.message ?? '', /are guaranteed 10\.01 USD a day together, and the team’s limit is 10$/)
    assert.equal((await put(`${path}/members/${BOB}`, { guaranteed: { daily: '6' } })).status, 200)
    assert.match(await wrong('PATCH', path, { daily_limit_usd: '9.99' }), /are guaranteed 10 USD a day together/)
    assert.match(await wrong('PATCH', `${path}/members/${BOB}`, { limits: { daily: '5' } }), /more than their own limit of 5/)
    // Two at once, each of which would fit by itself.
    await call('PATCH', `${path}/members/${BOB}`, { guaranteed: { daily: null } })
    const both = await Promise.all([
      put(`${path}/members/${BOB}`, { guaranteed: { daily: '5' } }),
      call('PATCH', path, { daily_limit_usd: '5' })
    ])
    assert.deepEqual(
      both.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 400]
    )
  })

  await t.test('who names an older version changes nothing', async () => {
    const { status } = await put(`${path}/members/${BOB}`, { role: 'lead' }, { 'if-match': '"1"' })
    assert.equal(status, 412)
  })

  await t.test('a key is in a team of its owner’s alone, and its lead’s limits end with that', async () => {
    const { body } = await call('GET', '/keys')
    const [key] = body['data'] as { id: string }[]
    assert.match(await wrong('PATCH', `/keys/${key!.id}`, { team: 'core' }), /is not a member of team core/)
    await put(`${path}/members/${USER}`, {})
    assert.equal((await call('PATCH', `/keys/${key!.id}`, { team: 'core' })).body['team'], 'core')
    await gateway.app.pg.pool.query('update api_keys set team_daily_limit_usd = 3')
    const { body: limited } = await call('GET', `/keys/${key!.id}`)
    assert.deepEqual((limited['team_spend_limits'] as Record<string, unknown>)['daily'], '3')
    assert.equal((limited['spending'] as { limit_usd: string }[])[0]?.limit_usd, '3')
    await call('DELETE', `${path}/members/${USER}`)
    const { body: left } = await call('GET', `/keys/${key!.id}`)
    assert.match(String(left['problem']), /is in team core, of which its owner is not a member/)
    const { body: out } = await call('PATCH', `/keys/${key!.id}`, { team: null })
    assert.deepEqual(
      [out['team'], out['problem'], (out['spending'] as { limit_usd: unknown }[])[0]?.limit_usd],
      [null, null, null]
    )
  })

  await t.test('what is raised for a while counts in its limit until it ends', async () => {
    const raise = { team: 'core', period: 'monthly', amount_usd: '50', until: '2030-01-01T00:00:00Z', reason: 'launch' }
    const given = await call('POST', '/raises', raise)
    assert.equal(given.status, 201, given.text)
    assert.partialDeepStrictEqual(given.body, { team: 'core', user: null, amount_usd: '50', given_by: 'admin', ended_at: null })
    const monthOf = async () =>
      ((await call('GET', path)).body as unknown as TeamBody).spending.find(({ kind }) => kind === 'month')?.limit_usd
    assert.equal(await monthOf(), '150')
    const ended = await call('POST', `/raises/${String(given.body['id'])}/end`, {})
    assert.equal(ended.status, 200)
    const again = await call('POST', `/raises/${String(given.body['id'])}/end`, {})
    assert.deepEqual(again.body, ended.body, 'what has ended does not end anew')
    assert.equal(await monthOf(), '100')
    assert.partialDeepStrictEqual(await audit(1), [{ action: 'raise.ended' }])
    assert.match(await wrong('POST', '/raises', { ...raise, period: 'weekly' }), /has no weekly limit/)
    assert.match(await wrong('POST', '/raises', { ...raise, user: USER }), /dev@example\.com is not a member of team core/)
    assert.match(await wrong('POST', '/raises', { ...raise, until: '2020-01-01T00:00:00Z' }), /until/)
  })

  await t.test('one that is gone leaves its keys without a team', async () => {
    assert.equal((await call('DELETE', path)).status, 204)
    assert.equal((await call('GET', path)).status, 404)
    assert.partialDeepStrictEqual(await audit(1), [{ action: 'team.removed', subject: 'team core' }])
  })
})

test('requests with a key of a team count there, and a running server hears of each change at once', async (t) => {
  const { gateway, call } = await setUp(t, [{ name: 'core', daily_limit_usd: 100, members: [{ user: USER, role: 'lead' }] }])
  const { body } = await call('GET', '/keys')
  const [key] = body['data'] as { id: string }[]
  await call('PATCH', `/keys/${key!.id}`, { team: 'core' })
  assert.equal((await gateway.messages(ask())).status, 200)
  await until('it is counted', async () => {
    const { body: team } = await call('GET', '/teams/core')
    return (team as unknown as TeamBody).spending[0]?.used_usd !== '0'
  })
  const { body: events } = await call('GET', '/usage-events?team=core')
  assert.equal((events['data'] as { team: string }[])[0]?.team, 'core')
  await call('DELETE', `/teams/core/members/${USER}`)
  const refused = await gateway.messages(ask())
  assert.equal(refused.status, 403, await refused.text())

  // What was used there stays there, and keeps its name.
  await call('DELETE', '/teams/core')
  assert.equal((await gateway.messages(ask())).status, 200)
  await until('both are settled', async () => ((await call('GET', '/usage-events')).body['data'] as unknown[]).length === 2)
  const { body: sums } = await call('GET', '/usage-summary?group_by=team')
  assert.deepEqual(
    (sums['data'] as { team_id: string; team: string | null; requests: number }[]).map(({ team, requests }) => [
      team,
      requests
    ]),
    [
      [null, 1],
      ['core', 1]
    ]
  )
})
