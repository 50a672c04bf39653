import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Queryable } from '../../services/platform/database/queryable.ts'
import { lockGroups } from '../../services/resources/records/groups.ts'
import { ask, refusalOf, startGateway, user, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'
import { until } from '../support/until.ts'

const LEAD = 'lead@example.com'
const OTHER = 'other@example.com'
const NEW = 'new@example.com'

interface Page {
  data: Record<string, unknown>[]
}

/** Two teams: `core`, which LEAD leads and USER is in, and `other`, which OTHER leads. */
async function setUp(t: Parameters<typeof startGateway>[0]) {
  const gateway = await startGateway(t, {
    declared: () => ({
      users: [
        user({ role: 'user' }),
        { email: LEAD },
        { email: OTHER, keys: [{ name: 'theirs', team: 'other' }] },
        { email: NEW }
      ],
      teams: [
        {
          name: 'core',
          daily_limit_usd: 50,
          members: [
            { user: LEAD, role: 'lead' },
            { user: USER, guaranteed: { daily: 5 }, limits: { daily: 20 } }
          ]
        },
        { name: 'other', daily_limit_usd: 50, members: [{ user: OTHER, role: 'lead' }] }
      ]
    })
  })
  const operator = operatorOf(gateway)
  const idOf = async (name: string) => String((await operator.call('GET', `/teams/${name}`)).body['id'])
  const core = `/me/v1/teams/${await idOf('core')}`
  const other = `/me/v1/teams/${await idOf('other')}`
  const { data: keys } = (await operator.call('GET', '/keys')).body as unknown as Page
  const keyOf = (name: string) => String(keys.find((key) => key['name'] === name)?.['id'])
  await operator.call('PATCH', `/keys/${keyOf('laptop')}`, { team: 'core' })
  return { gateway, operator, core, other, keyOf }
}

const raise = { user: USER, period: 'daily', amount_usd: '50', until: '2030-01-01T00:00:00Z', reason: 'launch' }

test('a member sees the pool and their own share, and manages nothing', async (t) => {
  const { gateway, core, other, keyOf } = await setUp(t)
  const member = await signIn(gateway, USER)
  const { data } = await member.mine<Page>('/teams')
  assert.equal(data.length, 1)
  assert.partialDeepStrictEqual(data[0], { name: 'core', role: 'member' })
  const day = (of: string) => (data[0]?.[of] as Record<string, unknown>[] | undefined)?.find(({ kind }) => kind === 'day')
  assert.partialDeepStrictEqual(day('pool'), { limit_usd: '50', used_usd: '0' })
  assert.partialDeepStrictEqual(day('share'), { guaranteed_usd: '5', limit_usd: '20', used_usd: '0', remaining_usd: '20' })
  assert.doesNotMatch(JSON.stringify(data), /lead@example\.com/)

  const led: [string, string, object?][] = [
    ['GET', '/members'],
    ['PUT', `/members/${NEW}`, {}],
    ['PATCH', `/members/${USER}`, { limits: { daily: '50' } }],
    ['DELETE', `/members/${LEAD}`],
    ['GET', '/keys'],
    ['PATCH', `/keys/${keyOf('laptop')}`, { team_spend_limits: { daily: '1' } }],
    ['GET', '/raises'],
    ['POST', '/raises', raise],
    ['POST', '/raises/1/end', {}],
    ['GET', '/usage-summary']
  ]
  for (const [method, path, body] of led) {
    assert.equal((await member.call(method, core + path, body)).status, 403, `${method} ${path}`)
    assert.equal((await member.call(method, other + path, body)).status, 404, `${method} ${path} of another team`)
  }
  assert.equal((await member.call('GET', other)).status, 404)
})

test('a lead manages their own team, and learns nothing of another', async (t) => {
  const { gateway, operator, core, other, keyOf } = await setUp(t)
  const lead = await signIn(gateway, LEAD)

  await t.test('members: add, change, take out', async () => {
    const put = await lead.call('PUT', `${core}/members/${NEW}`, { guaranteed: { daily: '10' } })
    assert.equal(put.status, 200, JSON.stringify(put.body))
    assert.equal((await lead.call('PATCH', `${core}/members/${NEW}`, { limits: { daily: '15' } })).status, 200)
    const { data } = (await lead.call<Page>('GET', `${core}/members`)).body
    assert.deepEqual(
      data.map((member) => [member['user'], member['role'], (member['limits'] as Record<string, unknown>)['daily']]),
      [
        [USER, 'member', '20'],
        [LEAD, 'lead', null],
        [NEW, 'member', '15']
      ]
    )
    assert.partialDeepStrictEqual(await operator.audit(1), [{ actor: LEAD, action: 'team.changed', subject: 'team core' }])
    const beyond = await lead.refusal('PATCH', `${core}/members/${NEW}`, { limits: { daily: '50.01' } })
    assert.deepEqual(beyond, [400, 'limits.daily: must be at most 50, the limit of the team'])
    const [status] = await lead.refusal('PATCH', `${core}/members/${NEW}`, {
      limits: { daily: null },
      guaranteed: { daily: '46' }
    })
    assert.equal(status, 400)
    assert.equal((await lead.call('DELETE', `${core}/members/${NEW}`)).status, 204)
  })

  await t.test('more for a member for a while, but not of the pool', async () => {
    const given = await lead.call('POST', `${core}/raises`, raise)
    assert.equal(given.status, 201, JSON.stringify(given.body))
    assert.partialDeepStrictEqual(given.body, { team: 'core', user: USER, given_by: LEAD })
    const { user: _user, ...ofPool } = raise
    assert.equal((await lead.call('POST', `${core}/raises`, ofPool)).status, 400)
    const pooled = await operator.call('POST', '/raises', { ...ofPool, team: 'core' })
    assert.equal((await lead.call('POST', `${core}/raises/${String(pooled.body['id'])}/end`)).status, 403)
    assert.equal((await lead.call('POST', `${core}/raises/${String(given.body['id'])}/end`)).status, 200)
    assert.equal((await lead.call<Page>('GET', `${core}/raises`)).body.data.length, 2)
  })

  await t.test('keys of the team: limit, disable, enable', async () => {
    const { data } = (await lead.call<Page>('GET', `${core}/keys`)).body
    assert.deepEqual(
      data.map(({ name, user_email: owner }) => [name, owner]),
      [['laptop', USER]]
    )
    assert.equal('allowed_ips' in (data[0] ?? {}), false)
    const key = `${core}/keys/${keyOf('laptop')}`
    const limited = await lead.call('PATCH', key, { team_spend_limits: { daily: '3' } })
    assert.equal(limited.status, 200, JSON.stringify(limited.body))
    assert.equal((limited.body['spending'] as { limit_usd: string }[])[0]?.limit_usd, '3')
    assert.equal((await lead.call('PATCH', key, { spend_limits: { daily: '9' } })).status, 400)
    await lead.call('PATCH', key, { status: 'disabled' })
    assert.equal((await gateway.messages(ask())).status, 401)
    await lead.call('PATCH', key, { status: 'active' })
    assert.equal((await gateway.messages(ask())).status, 200)
    assert.equal((await lead.call('PATCH', `${core}/keys/${keyOf('theirs')}`, { status: 'disabled' })).status, 404)
  })

  await t.test('usage by member and key of the team alone', async () => {
    // The same person's, outside of the team.
    await operator.call('PATCH', `/keys/${keyOf('laptop')}`, { team: null })
    assert.equal((await gateway.messages(ask())).status, 200)
    await until(
      'both are settled',
      async () => ((await operator.call('GET', '/usage-events')).body as unknown as Page).data.length === 2
    )
    const { data } = (await lead.call<Page>('GET', `${core}/usage-summary?group_by=user,key`)).body
    assert.deepEqual(
      data.map(({ user_email: email, key_name: key, requests }) => [email, key, requests]),
      [[USER, 'laptop', 1]]
    )
    assert.equal((await lead.call('GET', `${core}/usage-summary?group_by=account`)).status, 400)
  })

  await t.test('who is taken out and in again has used what they had, and no limit begins anew', async () => {
    await operator.call('PATCH', `/keys/${keyOf('laptop')}`, { team: 'core' })
    const share = { guaranteed: { daily: '0.000001' }, limits: { daily: '0.000001' } }
    assert.equal((await lead.call('PUT', `${core}/members/${USER}`, share)).status, 200)
    const usedOf = async () => {
      const { data } = (await lead.call<Page>('GET', `${core}/members`)).body
      const spending = data.find(({ user: email }) => email === USER)?.['spending'] as { used_usd: string }[]
      return spending.map(({ used_usd: used }) => used)
    }
    const before = await usedOf()
    assert.ok(Number(before[0]) > 0.000001)
    const capped = async () => {
      const { status, type, message } = await refusalOf(await gateway.messages(ask()))
      assert.deepEqual([status, type], [429, 'billing_error'], message)
    }
    await capped()
    assert.equal((await lead.call('DELETE', `${core}/members/${USER}`)).status, 204)
    assert.equal((await gateway.messages(ask())).status, 403)
    assert.equal((await lead.call('PUT', `${core}/members/${USER}`, share)).status, 200)
    assert.deepEqual(await usedOf(), before)
    await capped()
    await lead.call('PATCH', `${core}/members/${USER}`, { limits: { daily: '1' } })
    assert.equal((await gateway.messages(ask())).status, 200)
  })

  await t.test('another team is not there', async () => {
    for (const path of ['', '/members', '/keys', '/raises', '/usage-summary'])
      assert.equal((await lead.call('GET', other + path)).status, 404, path)
    assert.equal((await lead.call('PUT', `${other}/members/${LEAD}`, { role: 'lead' })).status, 404)
    assert.equal((await lead.call('PATCH', `${other}/keys/${keyOf('theirs')}`, { status: 'disabled' })).status, 404)
  })
})

test('whoever stops leading while their changes wait changes nothing', async (t) => {
  const { gateway, operator, core, keyOf } = await setUp(t)
  const lead = await signIn(gateway, LEAD)
  const running = await lead.call('POST', `${core}/raises`, raise)
  const { pool } = gateway.app.pg
  const taking = await pool.connect()
  const requests: [string, string, object?][] = [
    ['PUT', `${core}/members/${NEW}`, {}],
    ['PATCH', `${core}/members/${USER}`, { limits: { daily: '30' } }],
    ['DELETE', `${core}/members/${USER}`],
    ['PATCH', `${core}/keys/${keyOf('laptop')}`, { team_spend_limits: { daily: '1' } }],
    ['POST', `${core}/raises`, raise],
    ['POST', `${core}/raises/${String(running.body['id'])}/end`]
  ]
  const setRole = (db: Queryable, role: string) =>
    db.query('update team_members set role = $1 where user_id = (select id from users where email = $2)', [role, LEAD])

  async function statusAfterDemotion(method: string, path: string, body?: object): Promise<number> {
    await setRole(pool, 'lead')
    await taking.query('begin')
    await lockGroups(taking)
    const asked = lead.call(method, path, body)
    try {
      await until('the change waits', async () => {
        const { rows } = await pool.query("select 1 from pg_locks where relation = 'groups'::regclass and not granted")
        return rows.length === 1
      })
      await setRole(taking, 'member')
    } finally {
      await taking.query('commit')
    }
    return (await asked).status
  }

  const before = await operator.audit(1)
  try {
    for (const [method, path, body] of requests)
      assert.equal(await statusAfterDemotion(method, path, body), 403, `${method} ${path}`)
  } finally {
    taking.release()
  }
  assert.deepEqual(await operator.audit(1), before)
})

test('another key of somebody’s counts in the team that their keys in the group are in', async (t) => {
  const { gateway, operator } = await setUp(t)
  const member = await signIn(gateway, USER)
  const made = await member.call('POST', '/me/v1/keys', { name: 'second' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal(made.body['team'], 'core')
  const [status, message] = await member.refusal('POST', '/me/v1/keys', { name: 'third', team: 'other' })
  assert.deepEqual([status, message], [400, 'team: the owner of the key is not a member of team other'])
  assert.equal((await member.call('PATCH', `/me/v1/keys/${String(made.body['id'])}`, { team: null })).status, 400)
  await operator.call('DELETE', `/teams/core/members/${USER}`)
  const { data } = await member.mine<Page>('/keys')
  assert.ok(data.every(({ problem }) => /is not a member/.test(String(problem))))
})
