import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  account,
  ask,
  CLIENT_KEY,
  credentialOf,
  refusalOf,
  saying,
  startGateway,
  user,
  USER,
  type Gateway
} from '../support/gateway.ts'

const OTHER_KEY = 'sk-sluice-the-key-of-somebody-else'
const OTHER_USER = 'other@example.com'
const TOKEN = 'a-token-of-somebody'

/** The sign-in of a user, who has two keys; it goes before all other accounts. */
function signIn(baseUrl: string, changes: object = {}) {
  const credentials = { access_token: TOKEN }
  return account('login', baseUrl, { type: 'setup-token', credentials, owner: USER, priority: 1, concurrency: 1, ...changes })
}

const users = [
  user({ concurrency: 10 }),
  { email: OTHER_USER, concurrency: 10, balance_usd: '100', keys: [{ name: 'laptop', key: OTHER_KEY }] }
]

/** With an account for everybody beside the sign-in, unless it is to be alone. */
const signedIn =
  ({ alone = false, changes = {} }: { alone?: boolean; changes?: object }) =>
  (url: string) => ({ accounts: [signIn(url, changes), ...(alone ? [] : [account('everybody', url, { priority: 2 })])], users })

const asked = ({ upstream }: Gateway) =>
  upstream.requests.map(({ credential }) =>
    credential === TOKEN ? 'login' : credential === credentialOf('everybody') ? 'everybody' : null
  )

let questions = 0

async function answered(gateway: Gateway, key: string, init: Parameters<Gateway['messages']>[1] = {}) {
  const response = await gateway.messages(saying(`question ${++questions}`), {
    ...init,
    headers: { 'x-api-key': key, ...init.headers }
  })
  const body = await response.text()
  assert.equal(response.status, 200, body)
}

await suite('a sign-in with an owner', async () => {
  test('serves the keys of its owner only', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({}) })
    for (const key of [CLIENT_KEY, OTHER_KEY, CLIENT_KEY, OTHER_KEY]) await answered(gateway, key)
    assert.deepEqual(asked(gateway), ['login', 'everybody', 'login', 'everybody'])
    await answered(gateway, OTHER_KEY, { path: '/v1/messages/count_tokens' })
    await answered(gateway, CLIENT_KEY, { path: '/v1/messages/count_tokens' })
    assert.deepEqual(asked(gateway).slice(4), ['everybody', 'login'])
  })

  test('does not serve others when they name a session that is bound to it', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({}) })
    const headers = { 'x-claude-code-session-id': '6f9b6c52-2d4e-4c0a-8f0e-1a7a2b6f3c11' }
    await answered(gateway, CLIENT_KEY, { headers })
    await answered(gateway, OTHER_KEY, { headers })
    await answered(gateway, OTHER_KEY, { headers })
    assert.deepEqual(asked(gateway), ['login', 'everybody', 'everybody'])
  })

  test('does not serve others when their own account fails', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({}) })
    gateway.upstream.setBehaviour([{ credential: credentialOf('everybody'), behaviour: { error: { status: 529 } } }])
    const refusal = await refusalOf(await gateway.messages(ask(), { headers: { 'x-api-key': OTHER_KEY } }))
    assert.equal(refusal.status, 529)
    // For them it is the last usable account: the sign-in is none of theirs.
    assert.deepEqual(await gateway.cooldowns('everybody'), [])
    assert.deepEqual(asked(gateway), ['everybody'])
  })

  test('alone refuses others, with the reason, before they wait or pay for anything', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({ alone: true }) })
    const init = { headers: { 'x-api-key': OTHER_KEY } }
    for (const stream of [true, false]) {
      const refusal = await refusalOf(await gateway.messages(ask({ stream }), init))
      assert.deepEqual([refusal.status, refusal.type], [503, 'api_error'])
      assert.match(refusal.message, /^No available accounts: .*belong to other users/)
    }
    const counted = await refusalOf(await gateway.messages(ask(), { ...init, path: '/v1/messages/count_tokens' }))
    assert.equal(counted.status, 503)
    await answered(gateway, CLIENT_KEY)
    assert.deepEqual(asked(gateway), ['login'])
    const [event] = await gateway.settledEvents(1)
    assert.equal(event!.user_email, USER)
  })

  test('tells the operator why others passed it over', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({}) })
    const response = await gateway.messages(ask(), { headers: { 'x-api-key': OTHER_KEY } })
    const { choices } = await gateway.admin<{ choices: { passed_over: { account: string; reason: string }[] }[] }>(
      `/exchanges/${response.headers.get('x-sluice-exchange-id')}`
    )
    const [passed] = choices[0]!.passed_over
    assert.deepEqual([passed!.account, passed!.reason], ['login', "another user's own sign-in"])
  })

  test('changes hands while the gateway runs', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({}) })
    await answered(gateway, CLIENT_KEY)
    await gateway.apply({ accounts: [signIn(gateway.upstream.url, { owner: OTHER_USER })] })
    await answered(gateway, CLIENT_KEY)
    await answered(gateway, OTHER_KEY)
    assert.deepEqual(asked(gateway), ['login', 'everybody', 'login'])
    assert.equal((await gateway.accountNamed('login')).owner, OTHER_USER)
  })

  test('holds for type oauth too, and for the names that only its mapping knows', async (t) => {
    const changes = {
      type: 'oauth',
      credentials: { access_token: TOKEN, refresh_token: 'a-refresh-token', expires_at: '2199-01-01T00:00:00Z' },
      model_mapping: { mine: 'claude-opus-4-5' }
    }
    const gateway = await startGateway(t, { declared: signedIn({ alone: true, changes }) })
    const mine = ask({ model: 'mine' })
    assert.equal((await gateway.messages(mine)).status, 200)
    assert.equal((await gateway.messages(mine, { headers: { 'x-api-key': OTHER_KEY } })).status, 503)
    const offered = async (key: string) =>
      (await (await gateway.get('/v1/models', { 'x-api-key': key })).text()).includes('"mine"')
    assert.deepEqual([await offered(CLIENT_KEY), await offered(OTHER_KEY)], [true, false])
  })
})

await suite('a shared sign-in', async () => {
  test('serves everybody, and each start warns of it', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({ changes: { owner: undefined, shared: true } }) })
    for (const key of [CLIENT_KEY, OTHER_KEY]) await answered(gateway, key)
    assert.deepEqual(asked(gateway), ['login', 'login'])
    const warnings = () =>
      gateway.logs
        .map((line) => JSON.parse(line) as { level: number; account?: string; msg: string })
        .filter(({ level, account: name, msg }) => level === 40 && name === 'login' && /shared: Anthropic's terms/.test(msg))
    assert.equal(warnings().length, 1)
    await gateway.stop()
    await gateway.start()
    assert.equal(warnings().length, 2)
  })

  test('may have an owner all the same', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({ changes: { shared: true } }) })
    await answered(gateway, OTHER_KEY)
    assert.deepEqual(asked(gateway), ['login'])
  })

  test('is no longer shared at once when the operator says so', async (t) => {
    const gateway = await startGateway(t, { declared: signedIn({ changes: { shared: true } }) })
    const { warnings } = await gateway.apply({ accounts: [signIn(gateway.upstream.url, { shared: true })] })
    assert.match(warnings.join(), /account login is shared/)
    await gateway.apply({ accounts: [signIn(gateway.upstream.url)] })
    await answered(gateway, OTHER_KEY)
    assert.deepEqual(asked(gateway), ['everybody'])
  })
})

test('a sign-in that neither has an owner nor is shared is refused with the reason', async (t) => {
  const gateway = await startGateway(t, { declared: signedIn({}) })
  for (const type of ['oauth', 'setup-token']) {
    for (const changes of [{ owner: undefined }, { owner: null }, { owner: undefined, shared: false }]) {
      const bare = signIn(gateway.upstream.url, { name: 'new', type, credentials: undefined, ...changes })
      const refusal = await refusalOf(await gateway.tell('/apply', { file: JSON.stringify({ accounts: [bare] }) }))
      assert.equal(refusal.status, 400)
      assert.match(refusal.message, /owner.*Anthropic's terms bar routing other people's requests/)
    }
  }
  const stranger = await refusalOf(
    await gateway.tell('/apply', {
      file: JSON.stringify({ accounts: [signIn(gateway.upstream.url, { owner: 'nobody@example.com' })] })
    })
  )
  assert.deepEqual([stranger.status, /nobody@example\.com/.test(stranger.message)], [400, true])
  assert.deepEqual((await gateway.admin<{ data: { name: string }[] }>('/accounts')).data.map(({ name }) => name).toSorted(), [
    'everybody',
    'login'
  ])
})
