import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { ask, MODEL, startGateway } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'

const WHOLE = {
  name: 'team',
  kind: 'subscription',
  status: 'active',
  rate_multiplier: '1.25',
  daily_limit_usd: '10',
  weekly_limit_usd: '50.5',
  monthly_limit_usd: '150',
  window_anchor: 'calendar',
  time_zone: 'Europe/Berlin',
  allowed_models: ['claude-opus-5-5'],
  model_mapping: { fast: 'claude-haiku-4-5' },
  managed_settings: { permissions: { deny: ['Bash(curl:*)'] }, env: { A: '${HOME}', daily: '5' }, daily: 5, none: null },
  note: 'paid by the research budget'
}

const CONFIRMED = { confirm_managed_settings: true }

test('groups are created, read and changed, at once and on record', async (t) => {
  const gateway = await startGateway(t)
  const { call, refusal, row, audit } = operatorOf(gateway)

  await t.test('a group has all that a declarative file can say, and applying the same changes nothing', async () => {
    const { status, body, headers } = await call('POST', '/groups', { ...WHOLE, ...CONFIRMED })
    assert.deepEqual([status, headers.get('etag')], [201, '"1"'])
    const { id, version, ...rest } = body
    assert.deepEqual([rest, version], [WHOLE, 1])
    assert.deepEqual((await call('GET', `/groups/${String(id)}`)).body, body)
    const report = await gateway.post<{ plan: { action: string }[] }>('/apply', { file: JSON.stringify({ groups: [WHOLE] }) })
    assert.deepEqual(
      report.plan.map(({ action }) => action),
      ['unchanged']
    )
  })

  await t.test('what is left out has its default', async () => {
    const { body } = await call('POST', '/groups', { name: 'plain', kind: 'balance' })
    const { rate_multiplier: rate, daily_limit_usd: daily, allowed_models: models, time_zone: zone, status } = body
    assert.deepEqual([rate, daily, models, zone, status], ['1', null, null, 'UTC', 'active'])
  })

  await t.test('a change touches what it names, and null takes a limit away', async () => {
    const { id } = await row('groups', ({ name }) => name === 'team')
    const { body } = await call('PATCH', `/groups/${id}`, {
      daily_limit_usd: null,
      weekly_limit_usd: '60',
      allowed_models: null
    })
    const changed = { daily_limit_usd: null, weekly_limit_usd: '60', allowed_models: null }
    assert.deepEqual(body, { id, ...WHOLE, ...changed, version: 2 })
    assert.deepEqual((await audit(1))[0], {
      actor: 'admin',
      action: 'group.changed',
      subject: 'group team',
      detail: {
        before: { daily_limit_usd: '10', weekly_limit_usd: '50.5', allowed_models: ['claude-opus-5-5'] },
        after: changed
      }
    })
    assert.equal((await call('PATCH', `/groups/${id}`, {})).body['version'], 2)
    const [status, message] = await refusal('PATCH', `/groups/${id}`, { kind: 'balance' })
    assert.equal(status, 400)
    assert.match(message, /^weekly_limit_usd is for groups of kind subscription only/)
  })

  await t.test('an older group whose limits contradict its kind can be disabled all the same', async () => {
    const { id } = (await call('POST', '/groups', { name: 'older', kind: 'balance' })).body
    await gateway.app.pg.pool.query('update groups set daily_limit_usd = 1 where id = $1', [id])
    assert.equal((await call('PATCH', `/groups/${String(id)}`, { status: 'disabled' })).status, 200)
  })

  await t.test('managed settings are changed only by who says so, and are wholly on record', async () => {
    const { id } = await row('groups', ({ name }) => name === 'team')
    const change = { managed_settings: { hooks: { Stop: [] }, é: '\u{1f600}' } }
    const why = 'it can run programs on developers’ machines: confirm that with confirm_managed_settings'
    for (const said of [{}, { confirm_managed_settings: false }]) {
      for (const body of [change, { managed_settings: null }])
        assert.deepEqual(await refusal('PATCH', `/groups/${id}`, { ...body, ...said }), [400, `managed_settings: ${why}`])
      assert.deepEqual(await refusal('POST', '/groups', { name: 'm', kind: 'balance', ...change, ...said }), [
        400,
        `managed_settings: ${why}`
      ])
    }
    const { body } = await call('PATCH', `/groups/${id}`, { ...change, ...CONFIRMED })
    assert.deepEqual(body['managed_settings'], change.managed_settings)
    assert.deepEqual((await audit(1))[0]?.detail, {
      before: { managed_settings: WHOLE.managed_settings },
      after: change
    })
    const stored = 'select managed_settings::text as text, managed_settings_checksum as checksum from groups where id = $1'
    const { rows } = await gateway.app.pg.pool.query<{ text: string; checksum: string }>(stored, [id])
    const text = '{"hooks":{"Stop":[]},"é":"\u{1f600}"}'
    assert.deepEqual(rows[0], { text, checksum: `sha256:${createHash('sha256').update(text).digest('hex')}` })

    const declared = (settings: object | undefined) => ({
      file: JSON.stringify({ groups: [{ ...WHOLE, managed_settings: settings }] })
    })
    for (const settings of [WHOLE.managed_settings, undefined]) {
      const [status, message] = await refusal('POST', '/apply', declared(settings))
      assert.deepEqual(
        [status, message],
        [
          400,
          'group team: managed_settings can run programs on developers’ machines: confirm that with confirm_managed_settings'
        ]
      )
    }
    const { id: same, managed_settings: kept } = await row('groups', ({ name }) => name === 'team')
    assert.deepEqual([same, kept], [id, change.managed_settings])
    await gateway.post('/apply', { ...declared(WHOLE.managed_settings), ...CONFIRMED })
    const [detail] = (await audit(1)).map(({ detail: told }) => told as { before: { managed_settings: string } })
    assert.equal(detail?.before.managed_settings, text)
    const cleared = await call('PATCH', `/groups/${id}`, { managed_settings: null, ...CONFIRMED })
    assert.equal(cleared.body['managed_settings'], null)
  })

  await t.test('a change reaches running clients with their next request', async () => {
    const { id } = await row('groups', ({ name }) => name === 'default')
    const statusOf = async () => (await gateway.messages(ask())).status
    assert.equal(await statusOf(), 200)
    await call('PATCH', `/groups/${id}`, { allowed_models: ['claude-something-else'] })
    assert.equal(await statusOf(), 404)
    await call('PATCH', `/groups/${id}`, { allowed_models: [MODEL], status: 'disabled' })
    assert.equal(await statusOf(), 401)
    await call('PATCH', `/groups/${id}`, { allowed_models: null, status: 'active' })
    assert.equal(await statusOf(), 200)
  })

  await t.test('of two who create or change the same at once one is told so', async () => {
    const create = () => call('POST', '/groups', { name: 'twice', kind: 'balance' })
    const responses = await Promise.all([create(), create()])
    assert.deepEqual(statusesOf(responses), [201, 409])
    const { id } = await row('groups', ({ name }) => name === 'twice')
    const change = (name: string) => call('PATCH', `/groups/${id}`, { name }, { 'if-match': '"1"' })
    assert.deepEqual(statusesOf(await Promise.all([change('a'), change('b')])), [200, 412])
    assert.deepEqual(await refusal('PATCH', `/groups/${id}`, { name: 'team' }), [409, 'there is a group team already'])
  })

  await t.test('a declarative file that changes a group raises its version too', async () => {
    const { id, version } = await row('groups', ({ name }) => name === 'plain')
    const file = JSON.stringify({ groups: [{ name: 'plain', kind: 'balance', rate_multiplier: 2 }] })
    await gateway.post('/apply', { file })
    assert.equal((await call('GET', `/groups/${id}`)).body['version'], version + 1)
  })

  const refusals: [what: string, method: string, path: string, body: unknown, status: number, message: RegExp][] = [
    [
      'a time zone that is none',
      'POST',
      '/groups',
      { ...WHOLE, ...CONFIRMED, name: 'z', time_zone: 'Mars' },
      400,
      /^time_zone must be a time zone/
    ],
    ['the same in a change', 'PATCH', '/groups/1', { time_zone: 'Mars' }, 400, /^time_zone must be a time zone/],
    [
      'a limit of 0',
      'POST',
      '/groups',
      { ...WHOLE, ...CONFIRMED, daily_limit_usd: '0' },
      400,
      /^daily_limit_usd must be an amount of USD above 0/
    ],
    [
      'a limit that nothing would enforce',
      'POST',
      '/groups',
      { name: 'z', kind: 'balance', daily_limit_usd: '1' },
      400,
      /^daily_limit_usd is for groups of kind subscription only$/
    ],
    ['the same in a change', 'PATCH', '/groups/1', { monthly_limit_usd: '1' }, 400, /^monthly_limit_usd is for groups of kind/],
    ['a limit of 0 in a change', 'PATCH', '/groups/1', { daily_limit_usd: '0' }, 400, /^daily_limit_usd must be .*, or null$/],
    ['half a character', 'POST', '/groups', { name: 'a\uD800', kind: 'balance' }, 400, /^name must be text without NUL/],
    [
      'a number for a decimal',
      'POST',
      '/groups',
      { ...WHOLE, ...CONFIRMED, rate_multiplier: 1 },
      400,
      /^rate_multiplier must be a number/
    ],
    ['null for a name', 'PATCH', '/groups/1', { name: null }, 400, /^name must be a name/],
    [
      'a model that is none',
      'POST',
      '/groups',
      { ...WHOLE, ...CONFIRMED, model_mapping: { 'a b': 'c' } },
      400,
      /^model_mapping\.a b is not the name/
    ],
    [
      'managed settings that are no object',
      'POST',
      '/groups',
      { ...WHOLE, ...CONFIRMED, managed_settings: [] },
      400,
      /^managed_settings must be a JSON object$/
    ],
    [
      'a variable that is no text in a change',
      'PATCH',
      '/groups/1',
      { managed_settings: { env: { A: 1 } }, ...CONFIRMED },
      400,
      /^managed_settings\.env\.A must be a text$/
    ],
    [
      'a model that is a number',
      'POST',
      '/groups',
      { ...WHOLE, ...CONFIRMED, allowed_models: [1] },
      400,
      /^allowed_models\[?\.?0\]? must be a name/
    ],
    ['two mistakes', 'POST', '/groups', { kind: 'x' }, 400, /^(?=.*name is missing)(?=.*kind must be balance or subscription)/],
    ['an unknown id', 'PATCH', '/groups/999999', {}, 404, /^there is no group with id 999999$/],
    ['an unknown id to read', 'GET', '/groups/999999', undefined, 404, /^there is no group with id 999999$/],
    ['an unknown filter', 'GET', '/groups?kind=balance', undefined, 400, /^kind is not a known field/]
  ]
  for (const [what, method, path, body, status, message] of refusals) {
    await t.test(`${what} is refused: ${method} ${path}`, async () => {
      const [found, text] = await refusal(method, path, body)
      assert.equal(found, status, text)
      assert.match(text, message)
    })
  }
})
