import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway, UPSTREAM_KEY, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

interface Entry {
  id: string
  at: string
  actor: string
  action: string
  subject: string
  detail: Record<string, unknown>
  request_id: string | null
  client_address: string | null
  user_agent: string | null
}

const CANARY = 'canary-5f0c2e'

test('every write of an operator is in the audit log, with where it came from and no secret', async (t) => {
  const gateway = await startGateway(t)
  const { call, refusal, row } = operatorOf(gateway)
  const list = async (query = '') =>
    await gateway.admin<{ data: Entry[]; next_cursor: string | null }>(`/audit-log?limit=1000${query}`)
  const newest = async (count: number) =>
    (await list()).data
      .slice(0, count)
      .map(({ action, subject }) => `${action} ${subject}`)
      .toReversed()

  await t.test('what the declarative file of the start made', async () => {
    const { data } = await list('&actor=config')
    const account = data.find(({ action }) => action === 'account.created')
    assert.ok(account !== undefined)
    assert.equal((account.detail['after'] as Record<string, unknown>)['status'], 'active')
    assert.deepEqual([account.request_id, account.client_address, account.user_agent], [null, null, null])
    assert.ok(data.some(({ subject, action }) => subject === `user ${USER}` && action === 'user.created'))
  })

  const id = async (kind: string, is: (found: Record<string, unknown>) => boolean) => (await row(kind, is)).id
  const paths: [method: string, path: () => Promise<string>, body: object | undefined, entry: string][] = [
    ['POST', async () => '/groups', { name: 'pro', kind: 'subscription' }, 'group.created group pro'],
    [
      'PATCH',
      async () => `/groups/${await id('groups', ({ name }) => name === 'pro')}`,
      { daily_limit_usd: '9' },
      'group.changed group pro'
    ],
    ['POST', async () => '/users', { email: 'a@example.com' }, 'user.created user a@example.com'],
    ['PATCH', userPath, { concurrency: 9 }, 'user.changed user a@example.com'],
    [
      'POST',
      async () => `${await userPath()}/balance-adjustments`,
      { amount_usd: '5', kind: 'top-up' },
      'balance.adjusted user a@example.com'
    ],
    ['POST', async () => '/keys', { user: 'a@example.com', name: 'ci' }, 'key.created key a@example.com/ci'],
    ['PATCH', keyPath(), { status: 'disabled' }, 'key.changed key a@example.com/ci'],
    ['POST', keyPath('/rotate'), {}, 'key.rotated key a@example.com/ci'],
    ['POST', keyPath('/revoke'), undefined, 'key.revoked key a@example.com/ci'],
    [
      'POST',
      async () => '/subscriptions',
      { user: 'a@example.com', group: 'pro', days: 3 },
      'subscription.created subscription a@example.com/pro'
    ],
    ['POST', subscriptionPath('extend'), { days: 3 }, 'subscription.extended subscription a@example.com/pro'],
    ['POST', subscriptionPath('suspend'), undefined, 'subscription.suspended subscription a@example.com/pro'],
    ['POST', subscriptionPath('resume'), undefined, 'subscription.resumed subscription a@example.com/pro'],
    ['POST', subscriptionPath('revoke'), undefined, 'subscription.revoked subscription a@example.com/pro'],
    ['POST', accountPath('disable'), undefined, 'account.disabled account main'],
    ['POST', accountPath('enable'), undefined, 'account.enabled account main'],
    ['POST', accountPath('clear-error'), undefined, 'account.error_cleared account main']
  ]

  async function userPath() {
    return `/users/${await id('users', ({ email }) => email === 'a@example.com')}`
  }
  function keyPath(act = '') {
    return async () => `/keys/${await id('keys', ({ name }) => name === 'ci')}${act}`
  }
  function subscriptionPath(act: string) {
    return async () => `/subscriptions/${await id('subscriptions', ({ group }) => group === 'pro')}/${act}`
  }
  function accountPath(act: string) {
    return async () => `/accounts/${await id('accounts', ({ name }) => name === 'main')}/${act}`
  }

  await t.test('whoever has the token may say who they are at their machine, and be nobody else by it', async () => {
    for (const [name, actor] of [
      ['ann', 'cli:ann'],
      ['config', 'cli:config'],
      ['ann@example.com', 'cli:ann@example.com'],
      ['ann, sluice', 'admin'],
      ['x'.repeat(65), 'admin']
    ] as const) {
      await call('POST', await accountPath('clear-error')(), undefined, { 'x-sluice-os-user': name })
      assert.equal((await list()).data[0]?.actor, actor)
    }
  })

  for (const [method, path, body, expected] of paths) {
    await t.test(expected, async () => {
      const headers = { 'idempotency-key': 'k', 'user-agent': `a-script/1${'x'.repeat(400)}` }
      const response = await call(method, await path(), body, headers)
      assert.ok(response.status < 300, response.text)
      assert.deepEqual(await newest(1), [expected])
      const [entry] = (await list()).data
      assert.equal(entry?.actor, 'admin')
      assert.equal(entry.client_address, '127.0.0.1')
      assert.match(entry.request_id ?? '', /^[0-9a-f-]{36}$/)
      assert.equal(entry.user_agent?.length, 300)
    })
  }

  await t.test('an applied file, an entry a row, and nothing for a dry run or what is refused', async () => {
    const file = (priority: number) =>
      JSON.stringify({
        groups: [{ name: 'team', kind: 'balance' }],
        proxies: [{ name: 'way', url: `http://someone:${CANARY}-proxy@127.0.0.1:3128` }],
        accounts: [
          {
            name: 'more',
            type: 'api-key',
            credentials: { api_key: `sk-ant-${CANARY}-${priority}` },
            groups: ['team'],
            priority,
            proxy: 'way'
          }
        ],
        users: [{ email: 'b@example.com', keys: [{ name: 'x', group: 'team', key: `sk-sluice-${CANARY}-a-key-${priority}` }] }]
      })
    const before = (await list()).data.length
    assert.equal((await call('POST', '/apply', { file: file(1), dry_run: true })).status, 200)
    assert.equal((await call('POST', '/apply', { file: '{"groups":1}' })).status, 400)
    assert.equal((await list()).data.length, before)
    assert.equal((await call('POST', '/apply', { file: file(1) })).status, 200)
    assert.deepEqual((await newest(5)).toSorted(), [
      'account.created account more',
      'group.created group team',
      'key.created key b@example.com/x',
      'proxy.created proxy way',
      'user.created user b@example.com'
    ])
    assert.equal((await call('POST', '/apply', { file: file(2) })).status, 200)
    const changed = (await list('&subject=account+more')).data[0]
    assert.deepEqual(changed?.detail, {
      before: { credentials: '(secret)', priority: '1' },
      after: { credentials: '(changed)', priority: '2' }
    })
    assert.match(changed.request_id ?? '', /-/)
  })

  await t.test('no secret is in any row, nor the hash of one', async () => {
    assert.equal((await call('POST', '/secrets/rotate')).status, 200)
    const { rows } = await gateway.app.pg.pool.query<{ text: string }>(
      `select string_agg(concat_ws(' ', actor, action, subject, detail::text, exchange_id, request_id, client_address, user_agent), E'\n') as text
       from audit_log`
    )
    const text = rows[0]?.text ?? ''
    assert.match(text, /secrets\.rotated/)
    assert.doesNotMatch(text, new RegExp(`${CANARY}|${UPSTREAM_KEY}|[0-9a-f]{64}|someone:`))
  })

  await t.test('what concerns somebody, and nobody whose name is like theirs', async () => {
    for (const email of ['aa@example.com', 'a@example.com.au', 'a@example_com']) {
      assert.equal((await call('POST', '/users', { email })).status, 201)
      assert.equal((await call('POST', '/keys', { user: email, name: 'ci' })).status, 201)
    }
    const made = await call('POST', '/codes', { kind: 'balance', amount_usd: '1', count: 2 })
    for (const [index, path] of [await userPath(), '/users/aa@example.com'].entries()) {
      const { code } = (made.body['data'] as { code: string }[])[index]!
      assert.equal((await call('POST', `${path}/redeem`, { code })).status, 200)
    }
    const all = (await list()).data
    const isTheirs = ({ action, subject, detail }: Entry) =>
      subject === 'user a@example.com' ||
      /^(?:key|subscription) a@example\.com\//.test(subject) ||
      (action === 'code.redeemed' && detail['user'] === 'a@example.com')
    const theirs = all.filter(isTheirs)
    for (const kind of ['user', 'key', 'subscription', 'code']) {
      assert.ok(
        theirs.some(({ subject }) => subject.startsWith(`${kind} `)),
        kind
      )
    }
    assert.deepEqual((await list('&user=A@Example.com')).data, theirs)
    const first = await gateway.admin<{ data: Entry[]; next_cursor: string }>('/audit-log?user=a@example.com&limit=2')
    const next = await gateway.admin<{ data: Entry[] }>(`/audit-log?user=a@example.com&limit=2&cursor=${first.next_cursor}`)
    assert.deepEqual([...first.data, ...next.data], theirs.slice(0, 4))
    assert.deepEqual(
      (await list('&user=a@example.com&action=balance.adjusted')).data,
      theirs.filter(({ action }) => action === 'balance.adjusted')
    )
    assert.deepEqual(await refusal('GET', '/audit-log?user=nobody@example.com'), [
      400,
      'user: there is no user nobody@example.com'
    ])
  })

  await t.test('pages and filters', async () => {
    const all = (await list()).data
    const first = await gateway.admin<{ data: Entry[]; next_cursor: string }>('/audit-log?limit=2')
    const second = await gateway.admin<{ data: Entry[] }>(`/audit-log?limit=2&cursor=${first.next_cursor}`)
    assert.deepEqual([...first.data, ...second.data], all.slice(0, 4))
    assert.deepEqual(
      (await list('&action=key.revoked')).data.map(({ subject }) => subject),
      ['key a@example.com/ci']
    )
    const { at } = all[3]!
    const since = all.filter((entry) => entry.at >= at)
    assert.deepEqual((await list(`&from=${at}`)).data, since)
    assert.deepEqual(
      (await list(`&to=${at}`)).data,
      all.filter((entry) => entry.at < at)
    )
    assert.deepEqual(await refusal('GET', '/audit-log?from=last-week'), [
      400,
      'from: must be a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31, today, yesterday or a span such as 12h or 30d'
    ])
    assert.match((await refusal('GET', '/audit-log?from=tomorrow'))[1], /^from: must not lie in the future/)
    assert.match((await refusal('GET', '/audit-log?from=1d&to=2d'))[1], /^from: must be earlier than the end/)
    assert.deepEqual((await list('&from=3d&to=2d')).data, [])
    assert.deepEqual(await refusal('GET', '/audit-log?subject='), [400, 'subject must be a text of 1 to 300 characters'])
    assert.deepEqual((await list('&from=2026-01-01')).data, all)
    assert.deepEqual(await refusal('GET', '/audit-log?cursor=x'), [400, 'cursor: The cursor was not issued by this list'])
    assert.equal((await refusal('GET', '/audit-log?who=me'))[0], 400)
  })

  await t.test('the chain is whole', async () => {
    const { ok, entries } = await gateway.admin<{ ok: boolean; entries: number }>('/audit-log/verification')
    assert.deepEqual([ok, entries], [true, (await list()).data.length])
  })
})
