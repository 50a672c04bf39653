import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { suite, test, type TestContext } from 'node:test'
import { readInBackground } from '../support/event-stream.ts'
import {
  ask,
  occupy,
  refusalOf,
  saying,
  startGateway,
  USER,
  waitingOf,
  type Gateway,
  type GatewayOptions
} from '../support/gateway.ts'
import {
  askFor,
  brakedUser,
  pauseOf,
  pausesOf,
  refusedBy,
  served,
  SEVEN_CENTS,
  UNBRAKED_KEY
} from '../support/braked-requests.ts'
import { readExposition, valueOf } from '../support/exposition.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

const braked = (t: TestContext, brakes: object, options: GatewayOptions & { user?: object } = {}) =>
  startGateway(t, { ...options, declared: () => ({ users: [brakedUser(brakes, options.user)] }) })

/** What the log says of brakes that are reached. */
const warnings = ({ logs }: Gateway) =>
  logs
    .map((line) => JSON.parse(line) as { msg: string; brake: string; reason: string })
    .filter(({ msg }) => msg.startsWith('a brake'))
    .toSorted((a, b) => a.brake.localeCompare(b.brake))

await suite('a brake', { timeout: 400_000 }, async () => {
  test('pauses the session that has spent too much, and no other', async (t) => {
    const gateway = await braked(t, { session_spend_usd: 0.1, pause_minutes: 30 })
    gateway.upstream.setBehaviour({ usage: SEVEN_CENTS })
    await served(gateway, { session: 'one' })
    await served(gateway, { session: 'one', agent: 'sub' })
    const { headers } = await refusedBy(
      gateway,
      { session: 'one' },
      /^paused: the session spent 0\.1\d USD in 10 minutes \(limit 0\.1\); /
    )
    const retryAfterS = Number(headers.get('retry-after'))
    assert.ok(retryAfterS > 1700 && retryAfterS <= 1800, `${retryAfterS}`)
    await refusedBy(gateway, { session: 'one', agent: 'sub' }, /the session spent/)
    await served(gateway, { session: 'two' })
    await served(gateway, { session: 'one', key: UNBRAKED_KEY })
  })

  test('holds for the key whatever sessions its client makes up', async (t) => {
    const gateway = await braked(t, { key_spend_usd: 0.1, session_spend_usd: 0.1, key_requests: 1000 })
    gateway.upstream.setBehaviour({ usage: SEVEN_CENTS })
    await served(gateway, { session: randomUUID() })
    await served(gateway, { session: randomUUID() })
    await refusedBy(gateway, { session: randomUUID() }, /^paused: the key spent 0\.1\d USD in 10 minutes \(limit 0\.1\)/)
    await refusedBy(gateway, {}, /the key spent/)
    await served(gateway, { key: UNBRAKED_KEY })
  })

  test('pauses an agent that asks too often, and not the others of its session', async (t) => {
    const gateway = await braked(t, { agent_requests: 3 })
    for (let n = 0; n < 3; n++) await served(gateway, { session: 'one', agent: 'busy' })
    await refusedBy(gateway, { session: 'one', agent: 'busy' }, /^paused: the agent made 4 requests in a minute \(limit 3\)/)
    await served(gateway, { session: 'one', agent: 'other' })
    await served(gateway, { session: 'one' })
    assert.equal(gateway.upstream.requests.length, 5)
  })

  test('pauses an agent that takes the same turn again and again', async (t) => {
    const gateway = await braked(t, { identical_turns: 3, identical_action: 'pause' })
    const { upstream } = gateway
    const turn = (id: string) =>
      ask({
        messages: [
          { role: 'user', content: 'make the test pass' },
          { role: 'assistant', content: [{ type: 'tool_use', id, name: 'Bash', input: { command: 'npm test' } }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: '1 failing' }] }
        ]
      })
    const take = async (status = 200) => {
      const response = await askFor(gateway, { session: 'one', body: turn(`toolu_${randomUUID()}`) })
      assert.equal(response.status, status, await response.clone().text())
      await response.arrayBuffer()
    }
    await take()
    await take()
    // What fails is no turn, nor what is counted, and another model's turn is none of the row.
    upstream.setBehaviour({ error: { status: 400 } })
    await take(400)
    upstream.setBehaviour({})
    await gateway.messages(turn('toolu_1'), {
      path: '/v1/messages/count_tokens',
      headers: { 'x-claude-code-session-id': 'one' }
    })
    await served(gateway, { session: 'one', body: { ...saying('a title'), model: 'claude-haiku-4-5' } })
    await served(gateway, { session: 'one', text: 'something else' })
    await take()
    await take()
    assert.equal((await pausesOf(gateway)).length, 0)
    await take()
    await until('it is paused', async () => (await pausesOf(gateway)).length === 1)
    await refusedBy(gateway, { session: 'one' }, /^paused: the agent took the same turn 3 times in a row \(limit 3\)/)
    await served(gateway, { session: 'one', agent: 'other' })
  })

  test('only warns where that is what it is to do, once for all that is too much at a time', async (t) => {
    const gateway = await braked(t, { session_requests: 2, action: 'warn', identical_turns: 2 })
    for (let n = 0; n < 5; n++) await served(gateway, { session: 'one', text: 'over and over' })
    await until('both are told of', () => warnings(gateway).length >= 2)
    assert.deepEqual(
      warnings(gateway).map(({ brake, reason }) => [brake, reason]),
      [
        ['identical_turns', 'the agent took the same turn 2 times in a row (limit 2)'],
        ['requests', 'the session made 3 requests in a minute (limit 2)']
      ]
    )
    assert.deepEqual(await pausesOf(gateway), [])
    const metrics = readExposition(await (await gateway.getAdmin('/metrics')).text())
    assert.equal(valueOf(metrics, 'sluice_brake_trips_total', { kind: 'requests', action: 'warn' }), 1)
    assert.equal(valueOf(metrics, 'sluice_pauses'), 0)
  })

  test('lets what is running go on to its end, and refuses what waits when its turn comes', async (t) => {
    const gateway = await braked(t, {}, { user: { concurrency: 2 } })
    const { upstream } = gateway
    const headers = { 'x-claude-code-session-id': 'one' }
    upstream.setBehaviour({ deltas: 30, paceMs: 100 })
    const running = readInBackground(await gateway.messages(saying('long', { stream: true }), { headers }))
    const pause = await operatorOf(gateway).call('POST', '/pauses', {
      user: USER,
      key: 'laptop',
      session: 'one',
      reason: 'it loops'
    })
    await refusedBy(gateway, { session: 'one' }, /^paused: it loops/)
    assert.match(await running.done, /message_stop/)
    await operatorOf(gateway).call('POST', `/pauses/${String(pause.body['id'])}/resume`)

    const hangUp = await occupy(gateway, 2)
    const waiting = askFor(gateway, { session: 'one' })
    await until('one waits', async () => (await waitingOf(gateway)) === 1)
    await operatorOf(gateway).call('POST', '/pauses', { user: USER, key: 'laptop', session: 'one', reason: 'it loops again' })
    await hangUp()
    assert.match((await refusalOf(await waiting)).message, /^paused: it loops again/)
  })

  test('is released by who may, and what was counted begins anew', async (t) => {
    const gateway = await braked(t, { session_requests: 2 })
    const operator = operatorOf(gateway)
    await served(gateway, { session: 'one' })
    await served(gateway, { session: 'one' })
    await refusedBy(gateway, { session: 'one' }, /made 3 requests/)
    const id = await pauseOf(gateway, { session: 'one' })
    const [listed] = await pausesOf(gateway)
    assert.deepEqual(
      [
        listed!['id'],
        listed!['user_email'],
        listed!['key'],
        listed!['session'],
        listed!['agent'],
        listed!['kind'],
        listed!['created_by']
      ],
      [id, USER, 'laptop', 'one', null, 'requests', 'sluice']
    )
    await operator.call('POST', `/pauses/${id}/resume`)
    await served(gateway, { session: 'one' })
    await served(gateway, { session: 'one' })
    await refusedBy(gateway, { session: 'one' }, /made 3 requests/)
    await pauseOf(gateway, { session: 'one' })
    const actions = (await gateway.admin<{ data: { action: string; actor: string }[] }>('/audit-log?user=' + USER)).data
    assert.deepEqual(
      actions.filter(({ action }) => action.startsWith('pause.')).map(({ action, actor }) => [action, actor]),
      [
        ['pause.created', 'sluice'],
        ['pause.resumed', 'admin'],
        ['pause.created', 'sluice']
      ]
    )
    await gateway.settled()
    const why = await gateway.admin<{ limits: { name: string; used: string; limit: string }[] }>(
      `/exchanges/${String((await pausesOf(gateway))[0]!['exchange_id'])}`
    )
    assert.deepEqual(
      why.limits.filter(({ name }) => name.startsWith('brake_session')).map(({ used, limit }) => [used, limit]),
      [['3', '2']]
    )
  })

  test('has the webhook told, when it pauses and when it warns', async (t) => {
    const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
    // Nobody takes what is told, so that it stays.
    const env = { WEBHOOK_URL: 'http://127.0.0.1:9/hook', WEBHOOK_SECRET: secret }
    const gateway = await braked(t, { agent_requests: 1, identical_turns: 2 }, { env })
    const told = async () => {
      const { rows } = await gateway.app.pg.pool.query<{ subject: string; data: Record<string, unknown> }>(
        `select subject, data from webhook_outbox where type = 'sluice.brake.tripped' order by id`
      )
      return rows.map(({ subject, data: { exchange_id: _exchange, ...data } }) => ({ subject, ...data }))
    }
    await served(gateway, { session: 'one' })
    const id = await pauseOf(gateway, { session: 'one' })
    const { id: keyId } = await operatorOf(gateway).row('keys', ({ name }) => name === 'laptop')
    await operatorOf(gateway).call('PATCH', `/keys/${keyId}`, { brakes: { agent_requests: 0 } })
    for (let n = 0; n < 4; n++) await served(gateway, { session: 'two', text: 'the same' })
    await until('both are told', async () => (await told()).length >= 2)
    const common = { subject: USER, user_email: USER, key_name: 'laptop', group: 'default', agent: '' }
    const reasons = [
      'the agent made 2 requests in a minute (limit 1)',
      'the agent took the same turn 2 times in a row (limit 2)'
    ]
    assert.deepEqual(await told(), [
      { ...common, session: 'one', kind: 'requests', action: 'pause', pause_id: id, reason: reasons[0] },
      { ...common, session: 'two', kind: 'identical_turns', action: 'warn', pause_id: null, reason: reasons[1] }
    ])
  })
})
