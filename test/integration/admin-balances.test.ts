import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, refusalOf, startGateway, user, USER } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'

const key = (value: string) => ({ 'idempotency-key': value })

test('balances are adjusted once, at once and on record', async (t) => {
  const gateway = await startGateway(t, {
    declared: () => ({ users: [user({ balance_usd: '0' }), { email: 'other@example.com' }] })
  })
  const { call, refusal, row, audit } = operatorOf(gateway)
  const { id, version } = await row('users', ({ email }) => email === USER).then(async (found) => ({
    ...found,
    ...((await call('GET', `/users/${found.id}`)).body as { version: number })
  }))
  const other = (await row('users', ({ email }) => email === 'other@example.com')).id
  const path = `/users/${id}/balance-adjustments`

  await t.test('a client who was refused is served with the next request, and one who loses the money is refused', async () => {
    const refused = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual([refused.status, refused.type], [403, 'billing_error'])
    const topUp = { amount_usd: '12.50', kind: 'top-up', note: 'invoice 7' }
    const { status, body } = await call('POST', path, topUp, key('first'))
    assert.equal(status, 201)
    assert.deepEqual(
      [body['amount_usd'], body['balance_after_usd'], body['note'], body['source_id'], body['user_email']],
      ['12.5', '12.5', 'invoice 7', 'adjustment:first', USER]
    )
    const served = await gateway.messages(ask())
    assert.equal(served.status, 200)
    await served.arrayBuffer()
    await gateway.settledEvents(1)
    const [entry] = await audit(1)
    assert.deepEqual([entry?.action, entry?.subject, entry?.detail], ['balance.adjusted', `user ${USER}`, body])

    await call('POST', path, { amount_usd: '-50', kind: 'adjustment' }, key('taken'))
    assert.equal((await gateway.messages(ask())).status, 403)
    assert.equal((await call('GET', `/users/${id}`)).body['version'], version)
  })

  await t.test('a repetition answers with the entry that is there', async () => {
    const topUp = { amount_usd: '3', kind: 'top-up' }
    const first = await call('POST', path, topUp, key('again'))
    const second = await call('POST', path, { ...topUp, amount_usd: '3.000' }, key('again'))
    assert.deepEqual([first.status, second.status], [201, 200])
    assert.deepEqual(second.body, first.body)
  })

  await t.test('many at once with one key are one entry', async () => {
    const adjust = () => call('POST', path, { amount_usd: '0.000000001', kind: 'refund' }, key('race'))
    const responses = await Promise.all(Array.from({ length: 8 }, adjust))
    assert.deepEqual(statusesOf(responses), [200, 200, 200, 200, 200, 200, 200, 201])
    assert.equal((await gateway.ledger()).filter((entry) => entry.source_id === 'adjustment:race').length, 1)
  })

  await t.test('of several at once with one key that ask for different things one is entered', async () => {
    const adjust = (amount: number) =>
      call('POST', path, { amount_usd: `0.00000000${amount}`, kind: 'refund' }, key('differing'))
    const responses = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(adjust))
    assert.deepEqual(statusesOf(responses), [201, 409, 409, 409, 409, 409, 409, 409])
    const entries = (await gateway.ledger()).filter((entry) => entry.source_id === 'adjustment:differing')
    assert.deepEqual(
      entries.map(({ amount_usd: amount }) => amount),
      [responses.find(({ status }) => status === 201)?.body['amount_usd']]
    )
  })

  await t.test('one key for two users at once is given to one of them', async () => {
    const adjust = (userId: string) =>
      call('POST', `/users/${userId}/balance-adjustments`, { amount_usd: '1', kind: 'top-up' }, key('two users'))
    const responses = await Promise.all([adjust(id), adjust(other)])
    assert.deepEqual(statusesOf(responses), [201, 409])
    assert.equal((await gateway.ledger()).filter((entry) => entry.source_id === 'adjustment:two users').length, 1)
  })

  await t.test('a key that was used for something else is refused', async () => {
    const said = /^idempotency-key: already used, for a top-up of 3 USD to dev@example\.com/
    const others: [string, object][] = [
      [path, { amount_usd: '4', kind: 'top-up' }],
      [path, { amount_usd: '3', kind: 'refund' }],
      [path, { amount_usd: '3', kind: 'top-up', note: 'x' }],
      [`/users/${other}/balance-adjustments`, { amount_usd: '3', kind: 'top-up' }]
    ]
    for (const [where, body] of others) {
      const [status, message] = await refusal('POST', where, body, key('again'))
      assert.equal(status, 409)
      assert.match(message, said)
    }
  })

  const whole = { amount_usd: '1', kind: 'top-up' }
  const refusals: [what: string, body: unknown, header: Record<string, string>, status: number, message: RegExp][] = [
    ['no key', whole, {}, 400, /^idempotency-key is missing/],
    ['an empty key', whole, key(''), 400, /^idempotency-key must be/],
    ['a long key', whole, key('k'.repeat(201)), 400, /^idempotency-key must be 1 to 200/],
    ['a key of other characters', whole, key('k\u00e9'), 400, /^idempotency-key must be/],
    ['nothing', { ...whole, amount_usd: '0.00' }, key('r1'), 400, /^amount_usd must be a string with an amount/],
    ['an exponent', { ...whole, amount_usd: '1e3' }, key('r2'), 400, /^amount_usd must be/],
    ['a number', { ...whole, amount_usd: 1 }, key('r3'), 400, /^amount_usd must be/],
    ['ten decimals', { ...whole, amount_usd: '0.1234567891' }, key('r4'), 400, /^amount_usd must be/],
    ['a negative top-up', { ...whole, amount_usd: '-1' }, key('r5'), 400, /^amount_usd: must be above 0 for a top-up/],
    ['a usage entry', { ...whole, kind: 'usage' }, key('r6'), 400, /^kind must be top-up, adjustment or refund$/],
    ['a long note', { ...whole, note: 'n'.repeat(501) }, key('r7'), 400, /^note must be a line/],
    ['a NUL', { ...whole, note: '\u0000' }, key('r8'), 400, /^note must be a line/]
  ]
  for (const [what, body, header, status, message] of refusals) {
    await t.test(`${what} is refused`, async () => {
      const [found, text] = await refusal('POST', path, body, header)
      assert.equal(found, status, text)
      assert.match(text, message)
    })
  }

  await t.test('an unknown user is a 404, a balance beyond all numbers a 400, and neither leaves an entry', async () => {
    assert.equal((await refusal('POST', '/users/999999/balance-adjustments', whole, key('nobody')))[0], 404)
    const huge = { amount_usd: '999999999999999', kind: 'top-up' }
    await call('POST', path, huge, key('huge 1'))
    assert.deepEqual(await refusal('POST', path, huge, key('huge 2')), [400, 'amount_usd: the balance would be too large'])
    const sources = (await gateway.ledger()).map((entry) => entry.source_id)
    assert.ok(!sources.includes('adjustment:nobody') && !sources.includes('adjustment:huge 2'))
  })
})
