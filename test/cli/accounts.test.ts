import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ask, USER, user } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedTokenEndpoint } from '../support/simulated-token-endpoint.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { converse, runSluice, type CommandResult } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'

const KEY = 'sk-ant-an-upstream-key-of-the-test'

interface Account {
  id: string
  name: string
  status: string
  error: string | null
  cooldowns: { kind: string; reason: string }[]
  priority: number
}

async function stage(t: TestContext) {
  const upstream = await startSimulatedUpstream()
  const tokens = await startSimulatedTokenEndpoint()
  t.after(() => Promise.all([upstream.close(), tokens.close()]))
  const place = await serverPlace(t, {
    declared: { groups: [{ name: 'default', kind: 'balance' }], users: [user()] },
    env: {
      ANTHROPIC_BASE_URL: upstream.url,
      ANTHROPIC_OAUTH_TOKEN_URL: tokens.url,
      BREAKER_FAILURES: '1',
      COOLDOWN_UNNAMED_MS: '60000'
    }
  })
  await place.start()
  const sluice = (args: string, input = '') => runSluice(args.split(' '), place.env, input)
  const login = (name: string, codeFor: (link: string) => string, ...options: string[]) =>
    converse(['accounts', 'login', name, ...options], place.env, (printed) => {
      const link = /^https:\/\/claude\.ai\/\S+$/m.exec(printed)?.[0]
      return link === undefined || !printed.includes('\n\n', printed.indexOf(link)) ? null : codeFor(link)
    })
  /** The list, once it shows what became of a request: it is stored behind that. */
  const listWith = async (pattern: RegExp) => {
    let out = ''
    await until(`the list has ${pattern}`, async () => pattern.test((out = (await sluice('accounts list')).out)))
    return out
  }
  return { upstream, tokens, place, sluice, listWith, login }
}

/** Refused in words, without a stack trace or a secret. */
function assertRefused({ code, out, err }: CommandResult, expectedCode: number, message: RegExp): void {
  assert.equal(code, expectedCode, err)
  assert.match(err, message)
  assert.equal(out, '')
  assert.doesNotMatch(err, /\n +at |sk-ant-/)
}

test('the commands for accounts, before a running server', async (t) => {
  const { upstream, tokens, place, sluice, listWith, login } = await stage(t)

  await t.test('a list without accounts says how to make one', async () => {
    const { code, out, err } = await sluice('accounts list')
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^There are no accounts yet: sluice accounts add NAME/)
    assert.deepEqual(JSON.parse((await sluice('accounts list --json')).out), [])
    assertRefused(await sluice('accounts test main'), 2, /^there is no account main, and no other: sluice accounts add/)
  })

  await t.test('add takes the key from standard input, and it is used from then on', async () => {
    const { code, out, err } = await sluice('accounts add main --priority 7 --concurrency 0', `${KEY}\n`)
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^NAME +TYPE +STATUS .* OWNER +HEALTH +NOTE\nmain +api-key +active +no limit +7 +default +- +- +-\n$/)
    assert.equal((await place.messages(ask())).status, 200)
    assert.equal(upstream.requests.at(-1)?.credential, KEY)
    assertRefused(await sluice('accounts add main', KEY), 2, /^account main already exists\n$/)
  })

  await t.test('add --json prints the account, and no secret', async () => {
    const { code, out } = await sluice('accounts add spare --json --priority -5', 'sk-ant-key-of-the-spare')
    assert.equal(code, 0)
    const { name, priority, status } = JSON.parse(out) as Account
    assert.deepEqual([name, priority, status], ['spare', -5, 'active'])
    assert.doesNotMatch(out, /sk-ant-/)
    assert.equal((await sluice('accounts change spare --schedulable no')).code, 0)
    assert.equal((await sluice('accounts disable spare --yes')).code, 0)
    for (const [act, rest] of [
      ['clear-error', 'disabled: sluice accounts enable spare'],
      ['enable', 'paused: sluice accounts change spare --schedulable yes']
    ]) {
      const { code: done, err } = await sluice(`accounts ${act} spare`)
      assert.deepEqual([done, err], [0, `warning: account spare stays ${rest}\n`])
    }
    assert.equal((await sluice('accounts change spare --schedulable yes')).code, 0)
    assert.equal((await sluice('accounts disable spare --yes')).code, 0)
  })

  await t.test('headers are named, their values read after the key; change replaces them or takes them away', async () => {
    const added = await sluice(
      'accounts add door --json --accept glm-5,m --header X-B --header x-a',
      `${KEY}-2\nsk-ant-b\nsk-ant-a`
    )
    assert.equal(added.code, 0, added.err)
    const { accept, headers } = JSON.parse(added.out) as { accept: string[]; headers: string[] }
    assert.deepEqual(
      [accept, headers],
      [
        ['glm-5', 'm'],
        ['x-a', 'x-b']
      ]
    )
    const sent = async () => {
      assert.equal((await sluice('accounts test door')).code, 0)
      const { headers: seen, credential } = upstream.requests.at(-1)!
      return [credential, seen['x-a'], seen['x-b']]
    }
    assert.deepEqual(await sent(), [`${KEY}-2`, 'sk-ant-a', 'sk-ant-b'])
    const changed = await sluice('accounts change door --header x-a --json', 'sk-ant-c\n')
    assert.deepEqual(await sent(), [`${KEY}-2`, 'sk-ant-c', undefined])
    assert.equal((await sluice('accounts change door --header none')).code, 0)
    assert.deepEqual(await sent(), [`${KEY}-2`, undefined, undefined])
    assert.doesNotMatch(added.out + changed.out + (await sluice('accounts show door')).out, /sk-ant-/)
    assert.equal((await sluice('accounts remove door --yes')).code, 0)
  })

  await t.test('add refuses what cannot be, in terms of its options', async () => {
    const refusals: [args: string, input: string, message: RegExp][] = [
      ['accounts add a', '', /^no API key was given/],
      ['accounts add a', 'two words', /^the API key must be a key of printable ASCII/],
      ['accounts add a --group x --group y', KEY, /^--group: there is no group x: .*\n--group: .* y/],
      ['accounts add a --base-url ftp://x', KEY, /^--base-url must be/],
      ['accounts add a --proxy nowhere', KEY, /^--proxy: there is no proxy nowhere/],
      ['accounts add a --proxy http://u:hidden@p', KEY, /^--proxy: a password on the command line/],
      ['accounts add a --header x-a', KEY, /^no value of header x-a was given/],
      ['accounts add a --header x-a:hidden', KEY, /^--header: a secret on the command line/],
      ['accounts add a --header Host', `${KEY}\nv`, /^--header Host is set by Sluice/],
      ['accounts add a --concurrency 2.5', KEY, /'2.5' is invalid. It must be a whole number/],
      ['accounts add a --type key', KEY, /Allowed choices are api-key, oauth, setup-token/],
      ['accounts add a --type oauth', '', /^--owner is missing: .* or set --shared yes/],
      ['accounts add a --type oauth --owner x@y.z', '', /^--owner: there is no user x@y.z\n$/],
      ['accounts test a', '', /^there is no account a; known: main, spare\n$/]
    ]
    await Promise.all(refusals.map(async ([args, input, message]) => assertRefused(await sluice(args, input), 2, message)))
  })

  await t.test('login signs in with the code of its own link only', async () => {
    const added = await sluice(`accounts add mine --type oauth --owner ${USER}`)
    assert.equal(added.code, 0, added.err)
    assert.match(added.out, / dev@example\.com [^]*terms[^]*Sign in with: sluice accounts login mine/)
    assert.match((await sluice('accounts test mine')).err, /not signed in yet: sluice accounts login mine\n$/)

    const wrong = await login('mine', (link) => tokens.authorize(link).replace(/^code-/, 'other-'))
    assert.equal(wrong.code, 3)
    assert.match(wrong.err, /sluice: .*invalid_grant/)
    const half = await login('mine', (link) => tokens.authorize(link).split('#')[0]!)
    assert.deepEqual([half.code, /code is incomplete/.test(half.err)], [3, true])
    assertRefused({ ...(await sluice('accounts login mine')), out: '' }, 2, /^no code was given: nothing has changed/)

    const right = await login('mine', tokens.authorize)
    assert.equal(right.code, 0, right.err)
    assert.match(right.out, /Anthropic's terms\n[^]*Account mine is signed in\.\n$/)
    assert.equal((await sluice('accounts test mine')).code, 0)
    assert.ok(tokens.acceptsAccessToken(upstream.requests.at(-1)?.credential ?? ''))
  })

  await t.test('login --json keeps the link out of the output; an API key is not signed in to', async () => {
    const { code, out } = await login('mine', tokens.authorize, '--json')
    assert.equal(code, 0)
    assert.equal((JSON.parse(out) as Account).name, 'mine')
    assertRefused(await sluice('accounts login main'), 2, /account main is of type api-key and has no sign-in/)
  })

  await t.test('refresh brings new tokens, and says why when it cannot', async () => {
    const rotations = tokens.rotations
    const { code, err } = await sluice('accounts refresh mine')
    assert.equal(code, 0, err)
    assert.equal(tokens.rotations, rotations + 1)
    assertRefused(await sluice('accounts refresh main'), 2, /of type api-key: only oauth accounts can be refreshed/)
    tokens.setBehaviour('down')
    assertRefused(await sluice('accounts refresh mine'), 3, /^sluice: the sign-in of account mine cannot be renewed/)
    tokens.setBehaviour('rotate')
  })

  await t.test('test says whether the account answers, for which model, and what is wrong', async () => {
    const good = await sluice('accounts test main --model claude-opus-5-5')
    assert.deepEqual([good.code, /^Account main answers for claude-opus-5-5 \(\d+ ms\)\.\n$/.test(good.out)], [0, true])
    upstream.setBehaviour({ error: { status: 401, message: 'invalid x-api-key' } })
    assertRefused(
      await sluice('accounts test main'),
      1,
      /^sluice: a test of account main with .* failed: 401 .*invalid x-api-key\n$/
    )
    const asJson = await sluice('accounts test main --json')
    assert.equal(asJson.code, 1)
    const { ok, status } = JSON.parse(asJson.out) as { ok: boolean; status: number }
    assert.deepEqual([ok, status], [false, 401])
    upstream.setBehaviour({})
  })

  await t.test('list shows cooldowns, the breaker, errors and windows; clear-error ends them', async () => {
    await sluice('accounts disable mine --yes')
    const reset = String(Math.floor(Date.now() / 1000) + 7200)
    const window = { 'anthropic-ratelimit-unified-5h-utilization': '0.42', 'anthropic-ratelimit-unified-5h-reset': reset }
    upstream.setBehaviour({ headers: window })
    await (await place.messages(ask())).text()
    upstream.setBehaviour({ error: { status: 429, message: 'slow down' } })
    await (await place.messages(ask())).text()
    await listWith(/main .*cooling down until \S+Z for family:opus: 429 rate_limit_error: slow down; 5h 42 % used until \S+Z/)

    upstream.setBehaviour({ error: { status: 500, message: 'out of order' } })
    await (await place.messages(ask({ model: 'claude-haiku-5-5' }))).text()
    await listWith(/main .*breaker open, tried again from \S+Z: 500 api_error: out of order/)

    const cleared = await sluice('accounts clear-error main --json')
    assert.deepEqual((JSON.parse(cleared.out) as Account).cooldowns, [])
    upstream.setBehaviour({ error: { status: 403, type: 'authentication_error', message: 'invalid x-api-key' } })
    await (await place.messages(ask())).text()
    await listWith(/main +api-key +error .*403 authentication_error: invalid x-api-key/)
    upstream.setBehaviour({})
    assert.match((await sluice('accounts clear-error main')).out, /main +api-key +active /)
    assert.equal((await place.messages(ask())).status, 200)
  })

  await t.test('disable takes an account out at once, enable back in', async () => {
    assert.match((await sluice('accounts disable main --yes')).out, /main +api-key +disabled /)
    assert.equal((await place.messages(ask())).status, 503)
    assert.match((await sluice('accounts enable main')).out, /main +api-key +active /)
    assert.equal((await place.messages(ask())).status, 200)
  })

  await t.test('neither a name nor what an upstream says steers the terminal', async () => {
    upstream.setBehaviour({ error: { status: 429, message: 'wait\u202e\u009b31m' } })
    await (await place.messages(ask())).text()
    assert.equal((await sluice('accounts add odd\u202ename\u009b31m', 'sk-ant-key-of-the-odd-one')).code, 0)
    const out = await listWith(/429 rate_limit_error: wait/)
    assert.match(out, /odd\uFFFDname/)
    assert.doesNotMatch(out.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  })
})
