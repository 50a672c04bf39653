import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SecretBox } from '../../services/platform/secrets.ts'
import { roleOfGroups } from '../../services/resources/sign-in/oidc-roles.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { OIDC_CLIENT, startOpenidProvider, type Claims } from '../support/openid-provider.ts'
import { operatorOf } from '../support/operator.ts'

const ANN = 'ann@example.com'
/** Of the console, to come back to. */
const PAGE = '/console/usage?rows=%22model%22&zone=Europe/Berlin'
const signInPage = (problem: string) =>
  `/console/sign-in?${new URLSearchParams({ problem, next: PAGE.slice('/console'.length) }).toString()}`

/** Lets ten minutes pass since a browser began to sign in. */
function outlast(secretBox: SecretBox, { cookies }: ReturnType<typeof createBrowser>): void {
  const [name = '', cookie = ''] = [...cookies].find(([each]) => each.endsWith(' sluice_oidc')) ?? []
  const kept = JSON.parse(secretBox.open(Buffer.from(cookie, 'base64url'), 'oidc-transaction')) as { endsAt: number }
  assert.ok(kept.endsAt - Date.now() <= 600_000)
  const over = secretBox.seal(JSON.stringify({ ...kept, endsAt: Date.now() - 1 }), 'oidc-transaction')
  cookies.set(name, over.toString('base64url'))
}

/** A browser that keeps cookies and follows no redirect by itself. */
function createBrowser() {
  const cookies = new Map<string, string>()
  return {
    cookies,
    async get(url: string) {
      const { host } = new URL(url)
      const own = [...cookies]
        .filter(([name]) => name.startsWith(`${host} `))
        .map(([name, value]) => `${name.split(' ')[1]}=${value}`)
      const response = await fetch(url, { redirect: 'manual', headers: { cookie: own.join('; ') } })
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(`${host} ${name}`)
        else cookies.set(`${host} ${name}`, value)
      }
      return response
    }
  }
}

test('people sign in at an OpenID provider', async (t) => {
  const port = await freePort()
  const own = `http://127.0.0.1:${port}`
  const redirectUrl = `${own}/me/v1/oidc/callback`
  const provider = await startOpenidProvider(t, redirectUrl)
  const gateway = await startGateway(t, {
    env: {
      PORT: String(port),
      LOG_LEVEL: 'debug',
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: OIDC_CLIENT.id,
      OIDC_CLIENT_SECRET: OIDC_CLIENT.secret,
      OIDC_REDIRECT_URL: redirectUrl,
      OIDC_ROLES: 'operators=admin,readers=viewer,people=user',
      OAUTH_TIMEOUT_MS: '3000'
    },
    declared: () => ({ users: [{ email: ANN }, { email: 'gone@example.com', status: 'disabled' }] })
  })
  const { call, row, audit } = operatorOf(gateway)
  const jar: string[] = []

  /** As far as the callback, which is not yet called. */
  async function atProvider(browser = createBrowser(), onTheWay = (url: string) => url, query = '') {
    let response = await browser.get(`${own}/me/v1/oidc/sign-in${query}`)
    let url = onTheWay(response.headers.get('location') ?? assert.fail(await response.text()))
    while (!url.startsWith(redirectUrl)) {
      response = await browser.get(url)
      url = new URL(response.headers.get('location') ?? assert.fail(await response.text()), url).href
    }
    return { browser, callback: url }
  }
  async function signIn(claims: object) {
    provider.setPerson({ email_verified: true, ...claims })
    const { browser, callback } = await atProvider()
    const response = await browser.get(callback)
    const text = await response.text()
    jar.push(text, ...browser.cookies.values())
    return { browser, callback, status: response.status, text, headers: response.headers }
  }
  /** Where the console has somebody sent in the end who signs in from one of its pages. */
  async function signInFromConsole(claims: Claims | null, meanwhile = (_browser: ReturnType<typeof createBrowser>) => {}) {
    provider.setPerson(claims === null ? null : { email_verified: true, ...claims })
    const { browser, callback } = await atProvider(undefined, undefined, `?return_to=${encodeURIComponent(PAGE)}`)
    meanwhile(browser)
    const response = await browser.get(callback)
    assert.equal(response.status, 303, await response.text())
    assert.equal(response.headers.get('cache-control'), 'no-store')
    return { browser, callback, location: response.headers.get('location'), headers: response.headers }
  }
  const messageOf = ({ text }: { text: string }) => (JSON.parse(text) as { error: { message: string } }).error.message
  const me = async (browser: ReturnType<typeof createBrowser>) =>
    (await (await browser.get(`${own}/me/v1`)).json()) as { email?: string; role?: string }

  await t.test('and have the role that their groups give, whatever it was before', async () => {
    const { browser, status, text, headers } = await signIn({
      email: 'Ann@Example.com',
      email_verified: true,
      groups: ['people', 'readers']
    })
    assert.equal(status, 200, text)
    assert.match(text, /content="0;url=\/me\/v1"/)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.match(headers.getSetCookie().join('\n'), /sluice_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict/)
    const ann = { id: '1', email: ANN, role: 'viewer', concurrency: 5, balance_usd: '0', version: 2 }
    assert.partialDeepStrictEqual(await me(browser), ann)
    assert.deepEqual(
      (await audit(2)).map(({ action, subject }) => [action, subject]),
      [
        ['user.changed', `user ${ANN}`],
        ['person.signed_in', `user ${ANN}`]
      ]
    )
    const { browser: next } = await signIn({ email: ANN, groups: ['operators', 'people'] })
    assert.equal((await me(next)).role, 'admin')
    assert.equal((await next.get(`${own}/admin/v1/users`)).status, 200)
  })

  await t.test('but not without a role, an address that is theirs, or a user here', async () => {
    for (const [claims, message] of [
      [{ email: ANN, groups: ['others'] }, /none of the groups of ann@example\.com has a role here/],
      [{ email: ANN }, /none of the groups/],
      [{ email: ANN, groups: { people: true } }, /none of the groups/],
      [{ email: ANN, sub: 'stranger', email_verified: false, groups: ['people'] }, /does not say that it has verified/],
      [{ email: ANN, sub: 'stranger', email_verified: undefined, groups: ['people'] }, /does not say that it has verified/],
      [{ groups: ['people'] }, /gave no e-mail address/],
      [{ email: 'not an address', groups: ['people'] }, /gave no e-mail address/],
      [{ email: 'nobody@example.com', groups: ['people'] }, /there is no user nobody@example\.com here/],
      [{ email: 'gone@example.com', groups: ['people'] }, /disabled/]
    ] as const) {
      const response = await signIn(claims)
      assert.equal(response.status, 403, response.text)
      assert.match(messageOf(response), message)
      assert.equal(response.headers.getSetCookie().join().includes('sluice_session'), false)
    }
    assert.equal((await row('users', ({ email }) => email === ANN))['role'], 'admin', 'who is refused keeps the role')
  })

  await t.test('as themselves for good, whatever their address at the provider is by then', async () => {
    const who = { groups: ['people'], sub: `sub-of-${ANN}` }
    for (const changed of [
      { email: 'ann.smith@example.com' },
      { email: 'gone@example.com' },
      { email: ANN, email_verified: false },
      { email: undefined, email_verified: undefined }
    ]) {
      const { browser, status, text } = await signIn({ ...who, ...changed })
      assert.equal(status, 200, text)
      assert.equal((await me(browser)).email, ANN)
    }
    assert.match(messageOf(await signIn({ ...who, groups: [] })), /none of the groups/)
  })

  await t.test('but nobody else who has got their address, until an operator unlinks them', async () => {
    const successor = { email: ANN, sub: 'another-ann', groups: ['operators'] }
    const refused = await signIn(successor)
    assert.equal(refused.status, 403)
    assert.match(messageOf(refused), /^user ann@example\.com signs in as another person of this provider/)
    const { id } = await row('users', ({ email }) => email === ANN)
    assert.deepEqual((await call('POST', `/users/${id}/unlink`)).body, { identities: 1 })
    assert.equal((await signIn(successor)).status, 200)
    assert.match(messageOf(await signIn({ email: ANN, groups: ['people'] })), /signs in as another person/)
    assert.deepEqual(
      (await audit(4)).map(({ action }) => action),
      ['user.unlinked', 'user.linked', 'user.changed', 'person.signed_in'],
      'who is refused leaves no trace'
    )
    await call('POST', `/users/${id}/unlink`)
  })

  await t.test('and what the provider refuses is told without its words', async () => {
    provider.setPerson(null)
    const { browser, callback } = await atProvider()
    const response = await browser.get(callback)
    assert.equal(response.status, 403)
    assert.match(await response.text(), /"the provider refused: access_denied"/)
  })

  await t.test('once for each beginning, in the browser that began it', async () => {
    provider.setPerson({ email: ANN, email_verified: true, groups: ['people'] })
    const first = await atProvider()
    assert.equal((await createBrowser().get(first.callback)).status, 401, 'in another browser')
    const second = await atProvider()
    assert.equal((await second.browser.get(first.callback)).status, 401, 'the response to another beginning')
    const third = await atProvider()
    const forged = new URL(third.callback)
    forged.searchParams.set('state', 'forged')
    assert.equal((await third.browser.get(forged.href)).status, 401)
    const fourth = await atProvider()
    const cookies = new Map(fourth.browser.cookies)
    assert.equal((await fourth.browser.get(fourth.callback)).status, 200)
    assert.equal((await fourth.browser.get(fourth.callback)).status, 401, 'a second time')
    for (const [name, value] of cookies) fourth.browser.cookies.set(name, value)
    assert.equal((await fourth.browser.get(fourth.callback)).status, 401, 'and with the cookie of before')
    assert.equal((await createBrowser().get(`${own}/me/v1/oidc/callback`)).status, 401)
    const fifth = await atProvider(createBrowser(), (url) => url.replace(/nonce=[^&]+/, 'nonce=another'))
    assert.equal((await fifth.browser.get(fifth.callback)).status, 401, 'with a token that was given for another beginning')
  })

  await t.test('within ten minutes', async () => {
    const { browser, callback } = await atProvider()
    outlast(gateway.app.secretBox, browser)
    assert.equal((await browser.get(callback)).status, 401)
  })

  await t.test('and who began in the console is sent back there, to the page that they came from', async () => {
    const { browser, location, headers } = await signInFromConsole({ email: ANN, groups: ['people'] })
    assert.equal(location, PAGE)
    assert.match(headers.getSetCookie().join('\n'), /sluice_session=[\w-]{43}; .*SameSite=Strict/)
    assert.equal((await me(browser)).email, ANN)
  })

  await t.test('but to nothing else', async () => {
    for (const hostile of ['https://evil.example/', '//evil.example', '/me/v1', '/console/../me/v1', '/console/\\evil', '']) {
      const response = await fetch(`${own}/me/v1/oidc/sign-in?return_to=${encodeURIComponent(hostile)}`, { redirect: 'manual' })
      assert.equal(response.status, 400, hostile)
      assert.match(await response.text(), /return_to must be the path of a page of the console, such as \/console\/home/)
      assert.deepEqual(response.headers.getSetCookie(), [])
    }
    const twice = `return_to=${encodeURIComponent(PAGE)}`
    assert.equal((await fetch(`${own}/me/v1/oidc/sign-in?${twice}&${twice}`, { redirect: 'manual' })).status, 400)
  })

  await t.test('and the console is told why somebody is not let in', async () => {
    const groups = ['people']
    for (const [problem, claims] of [
      ['no_role', { email: ANN }],
      ['email_not_verified', { email: ANN, sub: 'stranger', email_verified: false, groups }],
      ['email_missing', { groups }],
      ['unknown_user', { email: 'nobody@example.com', groups }],
      ['disabled', { email: 'gone@example.com', groups }],
      ['another_person', { email: ANN, sub: 'another-ann', groups }],
      ['cancelled', null]
    ] as const) {
      const { location, headers } = await signInFromConsole(claims)
      assert.equal(location, signInPage(problem))
      assert.equal(headers.getSetCookie().join().includes('sluice_session'), false)
    }
    assert.match(gateway.logs.join('\n'), /there is no user nobody@example\.com here/, 'and the log tells the operator')
  })

  await t.test('also where the sign-in cannot be told from one that somebody made up', async () => {
    const ann = { email: ANN, groups: ['people'] }
    const [{ browser, callback }, { location: withoutCookie }] = [
      await signInFromConsole(ann),
      await signInFromConsole(ann, ({ cookies }) => cookies.clear())
    ]
    assert.equal(withoutCookie, '/console/sign-in?problem=expired')
    const again = await browser.get(callback)
    assert.deepEqual([again.status, again.headers.get('location')], [303, '/console/sign-in?problem=expired'])
    const { location } = await signInFromConsole(ann, (browser) => outlast(gateway.app.secretBox, browser))
    assert.equal(location, signInPage('expired'), 'who took too long starts again from the same page')
  })

  await t.test('later, where the provider is away, and nothing else suffers', async () => {
    await gateway.stop()
    provider.setAway(true)
    await gateway.start()
    assert.equal((await fetch(`${own}/me/v1/oidc/sign-in`)).status, 503)
    const fromConsole = `${own}/me/v1/oidc/sign-in?return_to=${encodeURIComponent(PAGE)}`
    const sentBack = await fetch(fromConsole, { redirect: 'manual' })
    assert.deepEqual([sentBack.status, sentBack.headers.get('location')], [303, signInPage('provider_away')])
    assert.equal((await fetch(`${own}/livez`)).status, 200)
    provider.setAway(false)
    const { browser, callback } = await atProvider()
    provider.setAway(true)
    const response = await browser.get(callback)
    assert.equal(response.status, 503, await response.text())
    provider.setAway(false)
    assert.equal((await signIn({ email: ANN, groups: ['people'] })).status, 200)
  })

  await t.test('not with a token that the provider’s keys have not signed', async () => {
    await gateway.stop()
    provider.setForeignKeys(true)
    await gateway.start()
    const { status, headers } = await signIn({ email: ANN, groups: ['operators'] })
    assert.equal(status, 401)
    assert.equal(headers.getSetCookie().join().includes('sluice_session'), false)
    provider.setForeignKeys(false)
  })

  await t.test('and become users where that is wanted', async () => {
    await gateway.stop()
    await gateway.start({ OIDC_CREATE_USERS: 'true' })
    const { browser, status, text } = await signIn({ email: 'new@example.com', groups: 'readers' })
    assert.equal(status, 200, text)
    assert.deepEqual([(await me(browser)).email, (await me(browser)).role], ['new@example.com', 'viewer'])
    assert.equal((await signIn({ email: 'other@example.com', groups: ['others'] })).status, 403)
  })

  await t.test('and neither the client secret nor a token is in a response or a log', () => {
    const all = [...jar, ...gateway.logs].join('\n')
    for (const secret of [OIDC_CLIENT.secret, Buffer.from(OIDC_CLIENT.secret).toString('base64').slice(0, -3)]) {
      assert.ok(!all.includes(secret), secret)
    }
    // A token of the provider's; what is random begins like one now and then.
    assert.doesNotMatch(all, /eyJ[\w-]+\.[\w-]+\./)
  })
})

test('the strongest role of the groups counts', () => {
  const mappings = [
    { group: '*', role: 'user' },
    { group: 'a', role: 'admin' },
    { group: 'v', role: 'viewer' }
  ] as const
  assert.equal(roleOfGroups(mappings, []), 'user')
  assert.equal(roleOfGroups(mappings, ['v']), 'viewer')
  assert.equal(roleOfGroups(mappings, ['v', 'a']), 'admin')
  assert.equal(roleOfGroups(mappings.slice(1), ['x']), null)
})
