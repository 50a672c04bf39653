import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, startGateway, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { startSimulatedProxy } from '../support/simulated-proxy.ts'

const SECRET = 'sk-ant-a-secret-that-nobody-keeps'
const HEADER = 'a-header-that-nobody-keeps'
const PASSWORD = 'a-password-that-nobody-keeps'

test('an account is tested as it would be added, and nothing of it is kept', async (t) => {
  const gateway = await startGateway(t, { env: { LOG_LEVEL: 'trace', OAUTH_TIMEOUT_MS: '1500' } })
  const { upstream } = gateway
  const { call, refusal, audit } = operatorOf(gateway)
  const responses: string[] = []
  const draft = (changes: object = {}) => ({
    ...account('draft', upstream.url),
    credentials: { api_key: SECRET },
    headers: { 'x-tenant': HEADER },
    ...changes
  })
  async function tested(body: object) {
    const response = await call('POST', '/accounts/test', body)
    responses.push(response.text)
    assert.equal(response.status, 200, response.text)
    return response.body as { ok: boolean; status: number | null; model: string; problem: string | null }
  }
  const kept = async () => {
    const { rows } = await gateway.app.pg.pool.query(
      `select (select last_value from accounts_id_seq) as accounts, (select last_value from proxies_id_seq) as proxies`
    )
    return [rows, await gateway.admin('/accounts'), await gateway.admin('/proxies')]
  }
  const before = await kept()

  await t.test('with its own key, headers and model, and the test is on record', async () => {
    const { ok, status, model, problem } = await tested(draft({ model_mapping: { fast: 'claude-haiku-4-5' } }))
    assert.deepEqual([ok, status, model, problem], [true, 200, 'claude-haiku-4-5', null])
    const seen = upstream.requests.at(-1)!
    assert.deepEqual([seen.credential, seen.headers['x-tenant']], [SECRET, HEADER])
    const [entry] = await audit(1)
    assert.deepEqual(
      [entry?.action, entry?.subject, entry?.detail],
      ['account.tested', 'account draft', { model, status: 200, upstream: upstream.url, added: false }]
    )
    assert.equal((await tested(draft({ accept: ['glm-5'] }))).model, 'glm-5')
  })

  await t.test('through its proxy, given by its URL or by its name', async () => {
    const login = { username: 'sluice', password: PASSWORD }
    const given = await startSimulatedProxy({ kind: 'http', credentials: login })
    const named = await startSimulatedProxy({ kind: 'socks5', credentials: login })
    t.after(() => Promise.all([given.close(), named.close()]))
    assert.equal((await tested(draft({ proxy: given.url }))).ok, true)
    assert.deepEqual(await kept(), before, 'nothing was written, not even to be taken back')
    assert.equal((await call('POST', '/proxies', { name: 'office', url: named.url })).status, 201)
    assert.equal((await tested(draft({ proxy: 'office' }))).ok, true)
    assert.deepEqual([given.tunnels.length, named.tunnels.length], [1, 1])
  })

  await t.test('and what the upstream refuses is told without the key', async () => {
    upstream.setBehaviour({ error: { status: 401, message: `invalid key ${SECRET}` } })
    const refused = await tested(draft())
    assert.deepEqual([refused.ok, refused.status], [false, 401])
    assert.match(refused.problem ?? '', /invalid key \*+$/)
    upstream.setBehaviour(({ headers }) =>
      headers['authorization'] === undefined ? { error: { status: 401, message: 'no' } } : undefined
    )
    assert.match((await tested(draft())).problem ?? '', /takes the key with auth: bearer, and the account says x-api-key$/)
    upstream.setBehaviour({})
  })

  await t.test('within a time, where nothing comes back', async () => {
    upstream.setBehaviour({ breakOff: { how: 'stall', at: 'before-headers' } })
    const { ok, status, problem } = await tested(draft())
    assert.deepEqual([ok, status], [false, null])
    assert.match(problem ?? '', /timeout/i)
    upstream.setBehaviour({})
  })

  await t.test('also a sign-in with its token, and one that is to come says so', async () => {
    const setupToken = { name: 'draft', type: 'setup-token', owner: USER, base_url: upstream.url }
    const { ok, problem } = await tested(setupToken)
    assert.deepEqual([ok, problem], [false, 'nobody has signed in yet, which is done once it is added'])
    assert.equal((await tested({ ...setupToken, credentials: { access_token: SECRET } })).ok, true)
    assert.equal(upstream.requests.at(-1)?.headers['authorization'], `Bearer ${SECRET}`)
  })

  await t.test('but not where it could not be added', async () => {
    const asked = upstream.requests.length
    for (const [body, status, message] of [
      [draft({ name: 'main' }), 409, /^account main already exists$/],
      [draft({ base_url: 'http://10.0.0.1' }), 400, /^base_url: 10\.0\.0\.1 is in a private network/],
      [draft({ base_url: 'http://169.254.169.254' }), 400, /^base_url must not be a link-local/],
      [draft({ proxy: 'http://10.0.0.1:3128' }), 400, /^proxy: 10\.0\.0\.1 is in a private network/],
      [draft({ proxy: 'nowhere' }), 400, /^proxy: there is no proxy nowhere/],
      [draft({ groups: ['nowhere'] }), 400, /^groups: there is no group nowhere$/],
      [draft({ headers: { host: HEADER } }), 400, /^headers/],
      [draft({ credentials: { api_key: `${SECRET} ` } }), 400, /^credentials\.api_key must be/],
      [draft({ colour: SECRET }), 400, /^colour is not a known field/],
      [{ name: 'draft', type: 'oauth' }, 400, /owner/]
    ] as const) {
      const [given, text] = await refusal('POST', '/accounts/test', body)
      responses.push(text)
      assert.equal(given, status, text)
      assert.match(text, message)
    }
    assert.equal(upstream.requests.length, asked)
  })

  await t.test('and is nowhere afterwards', async () => {
    assert.equal(JSON.stringify(await audit(1000)).includes('account.tested'), true)
    const everywhere = [...responses, ...gateway.logs, JSON.stringify(await audit(1000))].join('\n')
    for (const secret of [SECRET, HEADER, PASSWORD]) assert.ok(!everywhere.includes(secret), secret)
  })
})

test('a test of an account that is there is on record, too', async (t) => {
  const gateway = await startGateway(t)
  const { call, audit } = operatorOf(gateway)
  assert.equal((await call('POST', '/accounts/main/test', {})).body['ok'], true)
  const [entry] = await audit(1)
  assert.deepEqual([entry?.action, entry?.subject], ['account.tested', 'account main'])
})
