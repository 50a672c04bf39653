import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operatorOf } from '../support/operator.ts'
import { BOTH_KINDS, startGateway, USER } from '../support/gateway.ts'

const DAY_MS = 24 * 60 * 60 * 1000

test('what ends is given a day, a span or a time that lies ahead', async (t) => {
  const declared = {
    groups: BOTH_KINDS,
    users: [{ email: USER }]
  }
  const gateway = await startGateway(t, { declared: () => declared })
  const { call, refusal, end } = operatorOf(gateway)
  const isAhead = (time: unknown, ms: number) => Math.abs(Date.parse(String(time)) - Date.now() - ms) < 60_000

  const { body: key } = await call('POST', '/keys', { user: USER, name: 'day', expires_at: '2099-01-01' })
  assert.equal(key['expires_at'], '2099-01-01T00:00:00.000Z')
  const path = `/keys/${String(key['id'])}`
  assert.ok(isAhead((await call('PATCH', path, { expires_at: '30d' })).body['expires_at'], 30 * DAY_MS))
  const { body: made } = await call('POST', '/codes', { kind: 'balance', amount_usd: '1', expires_at: '12h' })
  const [code] = made['data'] as { id: string; expires_at: string }[]
  assert.ok(isAhead(code?.expires_at, DAY_MS / 2))
  const { body: late } = await call('POST', '/subscriptions', { user: USER, group: 'pro', days: 3, starts_at: 'yesterday' })
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
  assert.equal(Date.parse(String(late['expires_at'])), today + 2 * DAY_MS)

  const passed = 'expires_at: 2020-01-01T00:00:00.000Z has passed: use a time in the future'
  const balance = { kind: 'balance', amount_usd: '1' }
  for (const [method, to, body, message] of [
    ['POST', '/keys', { user: USER, name: 'over', expires_at: '2020-01-01' }, passed],
    ['PATCH', path, { expires_at: '2020-01-01' }, passed],
    ['POST', '/codes', { ...balance, expires_at: '2020-01-01' }, passed],
    ['PATCH', `/codes/${code?.id}`, { expires_at: '2020-01-01' }, passed],
    [
      'POST',
      '/subscriptions',
      { user: USER, group: 'pro', days: 5, starts_at: '2020-01-01' },
      'days: the subscription would have ended on 2020-01-06T00:00:00.000Z'
    ]
  ] as const) {
    assert.deepEqual(await refusal(method, to, body), [400, message], `${method} ${to}`)
  }
  for (const text of ['soon', '2027-02-30', '30mo', '2020-01-01T00:00:00']) {
    assert.match((await refusal('PATCH', path, { expires_at: text }))[1], /^expires_at must be a time such as/, text)
  }
  for (const text of ['2920000d', '36500000d']) {
    const tooLong = [400, `expires_at: ${text} is too long: it ends after the year 9999`]
    assert.deepEqual(await refusal('PATCH', path, { expires_at: text }), tooLong)
    assert.deepEqual(await refusal('POST', '/codes', { ...balance, expires_at: text }), tooLong)
  }
  assert.match((await refusal('POST', '/codes', { ...balance, expires_at: 'today' }))[1], /has passed/)

  // Whoever sends back what was read changes what it says besides.
  const { expires_at: ended } = (await end(path)).body
  const { status, body } = await call('PATCH', path, { expires_at: ended, name: 'renamed' })
  assert.deepEqual([status, body['name'], body['status']], [200, 'renamed', 'expired'])
})
