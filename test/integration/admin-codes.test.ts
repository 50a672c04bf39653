import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOTH_KINDS, startGateway, USER, type ListedEntry } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'

const OTHER = 'other@example.com'
const DAY_MS = 86_400_000

interface Code {
  id: string
  code: string
  hint: string
  status: string
  version: number
}

test('codes are made, shown once and redeemed once', async (t) => {
  const gateway = await startGateway(t, {
    declared: () => ({
      groups: BOTH_KINDS,
      users: [{ email: USER, balance_usd: '1' }, { email: OTHER }]
    })
  })
  const { call, end, refusal, audit, row } = operatorOf(gateway)
  const { id: user } = await row('users', ({ email }) => email === USER)
  const { id: other } = await row('users', ({ email }) => email === OTHER)
  const make = async (body: object) => (await call('POST', '/codes', body)).body['data'] as Code[]
  const one = async (body: object) => (await make(body))[0] ?? assert.fail('no code was made')
  const redeem = (userId: string, code: string) => call('POST', `/users/${userId}/redeem`, { code })
  const codeOf = async (id: string) => (await call('GET', `/codes/${id}`)).body as unknown as Code & Record<string, unknown>
  const balance = { kind: 'balance', amount_usd: '2.5' }

  await t.test('many at once, of which only the hashes are stored', async () => {
    const { status, headers, body } = await call('POST', '/codes', { ...balance, count: 20, note: 'fair' })
    assert.deepEqual([status, headers.get('cache-control')], [201, 'no-store'])
    const codes = body['data'] as Code[]
    assert.equal(new Set(codes.map(({ code }) => code)).size, 20)
    const shown = JSON.stringify([await audit(1), (await call('GET', '/codes')).body, await codeOf(codes[0]!.id)])
    const { rows } = await gateway.app.pg.pool.query<{ text: string }>('select redeem_codes::text as text from redeem_codes')
    for (const { code, hint } of codes) {
      assert.ok(shown.includes(hint) && code.startsWith(hint))
      assert.ok(!`${shown}${JSON.stringify(rows)}`.includes(code.slice(hint.length + 1, hint.length + 6)))
    }
  })

  await t.test('the newest come first, in pages, and each text is that of its row', async () => {
    const made = await make({ ...balance, count: 5 })
    assert.ok(made.every(({ code, hint }) => code.startsWith(`${hint}-`)))
    const pageOf = (cursor: string | null) =>
      gateway.admin<{ data: Code[]; next_cursor: string | null }>(`/codes?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`)
    const first = await pageOf(null)
    const second = await pageOf(first.next_cursor)
    assert.deepEqual(
      [...first.data, ...second.data].slice(0, 5).map(({ id }) => id),
      made.map(({ id }) => id).toReversed()
    )
  })

  await t.test('of many who redeem a code at once one gets it, in one entry', async () => {
    const { id, code } = await one(balance)
    const responses = await Promise.all(Array.from({ length: 20 }, (_, n) => redeem(n % 2 === 0 ? user : other, code)))
    assert.deepEqual(statusesOf(responses), [200, ...Array.from({ length: 19 }, () => 409)])
    const { data } = await gateway.admin<{ data: ListedEntry[] }>('/ledger-entries')
    const entries = data.filter(({ source_id: source }) => source === `code:${id}`)
    assert.deepEqual(
      entries.map(({ kind, amount_usd: amount }) => [kind, amount]),
      [['top-up', '2.5']]
    )
    const { status, redeemed_by: by } = await codeOf(id)
    assert.deepEqual([status, by], ['redeemed', entries[0]?.user_email])
    const { found } = await gateway.admin<{ found: number }>('/ledger-verification')
    assert.equal(found, 0)
    const [entry] = await audit(1)
    assert.deepEqual([entry?.action, entry?.detail['user']], ['code.redeemed', by])
  })

  await t.test('only whoever redeemed it is told when', async () => {
    const { code } = await one(balance)
    assert.equal((await redeem(user, code.toLowerCase().replaceAll('-', ' '))).status, 200)
    const again = await refusal('POST', `/users/${user}/redeem`, { code })
    assert.equal(again[0], 409)
    assert.match(again[1], /already redeemed, by \S+@\S+, at \d{4}-/)
    assert.deepEqual(await refusal('POST', `/users/${other}/redeem`, { code }), [409, 'this code was already redeemed'])
  })

  await t.test('days begin a subscription, extend it, and begin it anew after its end', async () => {
    const days = { kind: 'subscription', group: 'pro', days: 3, count: 4 }
    const codes = (await make(days)).map(({ code }) => code)
    const endAfter = async (code: string) => Date.parse(String((await redeem(user, code)).body['expires_at']))
    const first = await endAfter(codes[0]!)
    assert.ok(Math.abs(first - (Date.now() + 3 * DAY_MS)) < 60_000)
    assert.equal(await endAfter(codes[1]!), first + 3 * DAY_MS)
    const subscription = await row('subscriptions', ({ group }) => group === 'pro')
    for (const end of [
      () => call('POST', `/subscriptions/${subscription.id}/revoke`),
      () =>
        gateway.app.pg.pool.query(
          "update subscriptions set starts_at = '2020-01-01', expires_at = '2020-02-01' where id = $1",
          [subscription.id]
        )
    ]) {
      await end()
      assert.ok(Math.abs((await endAfter(codes.pop()!)) - (Date.now() + 3 * DAY_MS)) < 60_000)
      assert.equal((await row('subscriptions', ({ id }) => id === subscription.id))['status'], 'active')
    }
  })

  await t.test('days of a group that nobody subscribes to any more are not given, and the code stays', async () => {
    const { id, code } = await one({ kind: 'subscription', group: 'pro', days: 3 })
    const kindOf = (kind: string) => gateway.app.pg.pool.query("update groups set kind = $1 where name = 'pro'", [kind])
    await kindOf('balance')
    const [status, message] = await refusal('POST', `/users/${other}/redeem`, { code })
    assert.deepEqual([status, message], [409, 'this code is for days of pro, which is no longer offered'])
    assert.equal((await codeOf(id)).status, 'open')
    await kindOf('subscription')
    assert.equal((await redeem(other, code)).status, 200)
  })

  await t.test('one that was revoked or has expired gives nothing, nor does one to a disabled user', async () => {
    const [first, second, third] = (await make({ ...balance, count: 3, expires_at: '2999-01-01T00:00:00Z' })) as [
      Code,
      Code,
      Code
    ]
    const before = (await row('users', ({ id }) => id === user))['balance_usd']
    assert.equal((await call('POST', `/codes/${first.id}/revoke`)).body['status'], 'revoked')
    assert.deepEqual(await refusal('POST', `/users/${user}/redeem`, { code: first.code }), [409, 'this code was revoked'])
    assert.equal((await end(`/codes/${second.id}`)).body['status'], 'expired')
    assert.deepEqual(await refusal('POST', `/users/${user}/redeem`, { code: second.code }), [409, 'this code has expired'])
    await call('PATCH', `/users/${other}`, { status: 'disabled' })
    assert.equal((await redeem(other, third.code)).status, 409)
    assert.equal((await row('users', ({ id }) => id === user))['balance_usd'], before)
    for (const status of ['open', 'revoked', 'expired', 'redeemed']) {
      const { data } = await gateway.admin<{ data: Code[] }>(`/codes?status=${status}&limit=1000`)
      assert.deepEqual([...new Set(data.map((code) => code.status))], [status])
    }
  })

  await t.test('of two who change the same version one does, and nobody changes what was redeemed', async () => {
    const { id, code } = await one(balance)
    const etag = (await call('GET', `/codes/${id}`)).headers.get('etag') ?? ''
    const change = (note: string) => call('PATCH', `/codes/${id}`, { note }, { 'if-match': etag })
    assert.deepEqual(statusesOf(await Promise.all([change('a'), change('b')])), [200, 412])
    assert.equal((await redeem(user, code)).status, 200)
    for (const [method, path] of [['PATCH', ''] as const, ['POST', '/revoke'] as const]) {
      assert.equal((await refusal(method, `/codes/${id}${path}`, path === '' ? { note: 'c' } : {}))[0], 409)
    }
  })

  await t.test('what is asked for wrongly is named', async () => {
    const refusals: [method: string, path: string, body: object, status: number, message: RegExp][] = [
      ['POST', '/codes', { kind: 'balance' }, 400, /^amount_usd is missing$/],
      ['POST', '/codes', { ...balance, days: 3 }, 400, /^days is not for codes of kind balance$/],
      ['POST', '/codes', { ...balance, amount_usd: '-1' }, 400, /^amount_usd must be an amount of USD above 0/],
      ['POST', '/codes', { ...balance, count: 1001 }, 400, /^count must be an integer from 1 to 1000$/],
      ['POST', '/codes', { kind: 'subscription', group: 'default', days: 1 }, 400, /^group: group default is of kind balance/],
      ['POST', '/codes', { kind: 'subscription', group: 'nowhere', days: 1 }, 400, /^group: there is no group nowhere$/],
      ['POST', `/users/${user}/redeem`, { code: 'SLC-WHATEVER' }, 404, /^unknown code/],
      ['POST', `/users/${user}/redeem`, { code: 'SLC-00000-00000-00000-00000-00000' }, 404, /^unknown code/],
      ['POST', '/users/999999/redeem', { code: (await one(balance)).code }, 404, /^there is no user with id 999999$/]
    ]
    for (const [method, path, body, status, message] of refusals) {
      const [got, text] = await refusal(method, path, body)
      assert.equal(got, status, text)
      assert.match(text, message)
    }
  })
})
