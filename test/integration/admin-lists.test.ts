import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ask, CLIENT_KEY, occupy, startGateway, USER, user, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'
import { until } from '../support/until.ts'

interface Row extends Record<string, unknown> {
  id: string
  email: string
}

interface Page {
  data: Row[]
  next_cursor: string | null
}

interface Figures {
  spend?: Record<'today' | 'month', { since: string; requests: number; charged_usd: string }>
  slots?: { limit: number; in_flight: number; waiting: number } | null
}

/** The pages of a list, one after the other; `between` is done before each but the first. */
async function pagesOf(gateway: Gateway, path: string, between: (asked: number) => Promise<unknown> = async () => {}) {
  const rows: Row[] = []
  let cursor: string | null = null
  for (let asked = 0; asked === 0 || cursor !== null; asked++) {
    if (asked > 0) await between(asked)
    const page: Page = await gateway.admin(`${path}${cursor === null ? '' : `&cursor=${cursor}`}`)
    rows.push(...page.data)
    cursor = page.next_cursor
  }
  return rows
}

const emailsOf = (rows: readonly Row[]) => rows.map(({ email }) => email)

test('lists are searched for a part of a name, whatever it is made of', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'Büro_1', kind: 'balance' },
        { name: 'Büro 1', kind: 'balance' }
      ],
      accounts: [account('main', url), account('100%', url), account('1000', url), account('back\\slash', url)],
      users: [
        user({ keys: [{ name: 'Laptop', key: CLIENT_KEY }, { name: 'ci' }] }),
        { email: 'ann_b@example.com', keys: [{ name: 'laptop 2' }] },
        { email: 'annXb@example.com' }
      ]
    })
  })
  const { refusal } = operatorOf(gateway)
  const found = async (plural: string, q: string) => {
    const { data } = await gateway.admin<Page>(`/${plural}?q=${encodeURIComponent(q)}`)
    return data.map((row) => row.email ?? row['name'])
  }
  const searches: [plural: string, q: string, names: string[]][] = [
    ['users', 'ANN', ['ann_b@example.com', 'annxb@example.com']],
    ['users', 'n_b', ['ann_b@example.com']],
    ['users', '%', []],
    ['users', "' or true --", []],
    ['keys', 'LAPTOP', ['Laptop', 'laptop 2']],
    ['keys', 'dev@', ['Laptop', 'ci']],
    ['groups', 'BÜRO', ['Büro_1', 'Büro 1']],
    ['groups', 'büro_', ['Büro_1']],
    ['accounts', '0%', ['100%']],
    ['accounts', '\\', ['back\\slash']]
  ]
  for (const [plural, q, names] of searches) {
    await t.test(`${plural}: ${q}`, async () => assert.deepEqual((await found(plural, q)).toSorted(), names.toSorted()))
  }

  await t.test('it goes with filters and pages', async () => {
    const keys = await pagesOf(gateway, `/keys?user=${USER}&q=ci&limit=1`)
    assert.deepEqual(
      keys.map((key) => key['name']),
      ['ci']
    )
    assert.deepEqual(emailsOf(await pagesOf(gateway, '/users?q=ann&limit=1')), ['ann_b@example.com', 'annxb@example.com'])
  })

  for (const [what, q] of [
    ['nothing', ''],
    ['101 characters', 'x'.repeat(101)],
    ['a NUL', '%00']
  ]) {
    await t.test(`${what} is refused`, async () => {
      assert.deepEqual(await refusal('GET', `/users?q=${q}`), [400, 'q must be a text of 1 to 100 characters'])
    })
  }
  await t.test('100 characters of any kind are not', async () => assert.deepEqual(await found('users', '🚀'.repeat(100)), []))
  await t.test('a list that cannot be searched says so', async () =>
    assert.deepEqual(await refusal('GET', '/proxies?q=a'), [400, 'q is not a known field: the fields here are limit, cursor'])
  )
})

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** By hand, so that each figure is known: many of them are the same. */
async function fillUsers({ app }: Gateway): Promise<void> {
  const { pool } = app.pg
  await pool.query(
    `update users set balance_usd = (id % 3) - 1, role = case id % 2 when 0 then 'viewer' else 'user' end,
       status = case id % 4 when 0 then 'disabled' else 'active' end, concurrency = id % 3`
  )
  await pool.query(
    `insert into api_keys (user_id, group_id, name, key_hash, key_prefix, last_used_at)
     select u.id, g.id, 'key ' || n, sha256(convert_to(u.id || '/' || n, 'UTF8')), 'k',
       case when u.id % 3 = 0 then null else timestamptz '2026-01-01' + (u.id % 3 + n) * interval '1 millisecond' end
     from users u, groups g, generate_series(1, 2) n where g.name = 'default'`
  )
  await pool.query(
    `insert into usage_daily select day, u.id, 1, 1, 1, 'claude', 1, 0, 1, 1, 0, 0, 1, (u.id % 6) * 0.000000001
     from users u, (values (date_trunc('day', now(), 'UTC')), (date_trunc('month', now(), 'UTC')),
       (date_trunc('month', now(), 'UTC') - interval '1 day')) as days (day) where u.id % 2 = 0
     on conflict do nothing`
  )
}

test('users are sorted by any of their figures, and come once each, however small the pages', async (t) => {
  const gateway = await startGateway(t, {
    declared: () => ({ users: LETTERS.map((letter) => ({ email: `${letter}@example.com` })) })
  })
  await fillUsers(gateway)
  const { refusal, call } = operatorOf(gateway)
  const all = await gateway.admin<{ data: (Row & Figures)[] }>('/users?limit=1000&with=spend')
  const spentIn = (period: 'today' | 'month') => (row: Row & Figures) => Number(row.spend?.[period].charged_usd)
  const figures: Record<string, (row: Row & Figures) => number | string> = {
    email: ({ email }) => email,
    role: (row) => String(row['role']),
    status: (row) => String(row['status']),
    concurrency: (row) => Number(row['concurrency']) || Infinity,
    balance_usd: (row) => Number(row['balance_usd']),
    last_used_at: (row) => (typeof row['last_used_at'] === 'string' ? row['last_used_at'] : ''),
    spend_today: spentIn('today'),
    spend_month: spentIn('month')
  }
  assert.ok(new Set(all.data.map(figures['spend_month']!)).size > 2, 'they have spent different amounts')

  for (const [sort, figureOf] of Object.entries(figures)) {
    const inOrder = all.data.toSorted((a, b) => {
      const [x, y] = [figureOf(a), figureOf(b)]
      return x < y ? -1 : x > y ? 1 : Number(a.id) - Number(b.id)
    })
    for (const [order, expected] of [
      [sort, inOrder],
      [`-${sort}`, inOrder.toReversed()]
    ] as const) {
      await t.test(order, async () => {
        for (const limit of [1, 3, 1000]) {
          assert.deepEqual(emailsOf(await pagesOf(gateway, `/users?sort=${order}&limit=${limit}`)), emailsOf(expected))
        }
      })
    }
  }

  await t.test('what others do between two pages loses and repeats nobody', async () => {
    const rows = await pagesOf(gateway, '/users?sort=-balance_usd&limit=2', async (asked) => {
      await call('POST', '/users', { email: `new-${asked}@example.com`, balance_usd: String(asked % 3) })
      const { status } = await call('DELETE', `/users/${encodeURIComponent(`new-${asked - 1}@example.com`)}`)
      assert.ok(status !== 400)
    })
    const before = emailsOf(rows).filter((email) => !email.startsWith('new-'))
    assert.deepEqual(before.toSorted(), emailsOf(all.data).toSorted())
    assert.equal(new Set(emailsOf(rows)).size, rows.length)
  })

  await t.test('it goes with a search and with figures that are asked for', async () => {
    const [row, ...more] = (await gateway.admin<{ data: (Row & Figures)[] }>('/users?sort=-spend_month&q=H@&with=spend')).data
    assert.deepEqual([row?.email, more.length], ['h@example.com', 0])
    assert.equal(row?.spend?.month.charged_usd, all.data.find(({ id }) => id === row?.id)?.spend?.month.charged_usd)
  })

  await t.test('a cursor is good for the order that gave it', async () => {
    const { next_cursor: cursor } = await gateway.admin<Page>('/users?sort=email&limit=1')
    const forged = (...key: string[]) => Buffer.from(JSON.stringify(key)).toString('base64url')
    for (const query of [
      `sort=-email&cursor=${cursor}`,
      `sort=balance_usd&cursor=${cursor}`,
      `cursor=${cursor}`,
      `sort=balance_usd&cursor=${forged('balance_usd', 'all', '1')}`,
      `sort=email&cursor=${forged('email', '\0', '1')}`,
      `sort=email&cursor=${forged('email', 'a', '1 or true')}`,
      `sort=email&cursor=${forged('1')}`
    ]) {
      assert.deepEqual(await refusal('GET', `/users?${query}`), [400, 'cursor: The cursor was not issued by this list'], query)
    }
  })

  await t.test('what nothing can be sorted by is refused', async () => {
    const names = 'email, role, status, concurrency, balance_usd, last_used_at, spend_today, spend_month'
    const [status, message] = await refusal('GET', '/users?sort=note')
    assert.deepEqual([status, message], [400, `sort must be one of ${names}, with - before it for the descending order`])
    assert.equal((await refusal('GET', '/users?with=balance'))[0], 400)
    assert.deepEqual(await refusal('GET', '/proxies?sort=name'), [
      400,
      'sort is not a known field: the fields here are limit, cursor'
    ])
  })
})

test('a list of users tells what each spends and has under way, where that is asked for', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [{ name: 'default', kind: 'balance', rate_multiplier: 2 }],
      accounts: [account('main', url)],
      users: [user({ concurrency: 3 }), ...LETTERS.map((letter) => ({ email: `${letter}@example.com` }))]
    })
  })
  const { mine } = await signIn(gateway, USER)
  await (await gateway.messages(ask())).arrayBuffer()
  await gateway.settledEvents(1)
  const hangUp = await occupy(gateway, 2)

  await t.test('the same as they see themselves', async () => {
    const { data } = await gateway.admin<{ data: (Row & Figures)[] }>('/users?with=spend&with=slots')
    const [first, ...others] = data
    const own = await mine<Figures>('')
    assert.deepEqual([first?.spend, first?.slots], [own.spend, own.slots])
    assert.deepEqual([first?.spend?.today.requests, first?.slots?.in_flight], [1, 2])
    assert.notEqual(first?.['last_used_at'], null)
    assert.equal(others.length, LETTERS.length)
    for (const { spend, slots, last_used_at: at } of others) {
      assert.deepEqual([spend?.month.charged_usd, slots?.in_flight, slots?.limit, at], ['0', 0, 5, null])
    }
  })

  await t.test('nobody pays for what they do not ask for', async () => {
    const { data } = await gateway.admin<{ data: (Row & Figures)[] }>('/users')
    assert.deepEqual(
      data.filter(({ spend, slots }) => spend !== undefined || slots !== undefined),
      []
    )
    const [row] = (await gateway.admin<{ data: (Row & Figures)[] }>('/users?with=slots')).data
    assert.deepEqual([row?.spend, row?.slots?.in_flight], [undefined, 2])
  })

  await t.test('null where nobody can tell who holds slots', async () => {
    const { slots } = gateway.app
    const { usage } = slots
    slots.usage = () => Promise.reject(new Error('away'))
    // What was told a moment ago is told until then.
    await until('nobody can tell', async () => {
      const { data } = await gateway.admin<{ data: (Row & Figures)[] }>('/users?with=slots')
      return data.every((row) => row.slots === null)
    })
    slots.usage = usage
  })

  await t.test('with as many queries for a page of nine as for one of one', async () => {
    const { adminDatabase } = gateway.app
    const { query } = adminDatabase
    async function queriesFor(limit: number): Promise<number> {
      let asked = 0
      adminDatabase.query = (...given) => {
        asked++
        return query(...given)
      }
      const path = `/users?sort=-spend_month&with=spend&with=slots&limit=${limit}`
      const { data } = await gateway.admin<Page>(path)
      adminDatabase.query = query
      assert.equal(data.length, limit)
      return asked
    }
    assert.deepEqual([await queriesFor(1), await queriesFor(9)], [2, 2])
  })
  await hangUp()
})
