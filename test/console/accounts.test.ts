import assert from 'node:assert/strict'
import { test } from 'node:test'

import { assertAccessible, DESKTOP, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'
import { account, ADMIN_TOKEN, ask, credentialOf, startGateway, USER, user } from '../support/gateway.ts'
import { goTo } from '../support/pages.ts'
import { startSimulatedTokenEndpoint } from '../support/simulated-token-endpoint.ts'
import { until } from '../support/until.ts'

test('an account fails; the operator finds why on its page, mends it and sees that it serves again', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('main', url), account('second', url, { priority: 60, model_mapping: { fable: 'claude-opus-5-5' } })]
    })
  })
  gateway.upstream.setBehaviour({ error: { status: 429 }, headers: { 'retry-after': '600' } })
  await gateway.messages(ask())
  gateway.upstream.setBehaviour({})
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await goTo(page, 'Accounts')
  const row = page.getByRole('row', { name: /main/ })
  await row.getByText('limited', { exact: true }).waitFor()
  await row.getByText(/ends in (9|10) minutes/).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'accounts')
  await page.getByLabel('Search').fill('spare')
  await page.getByText('No account has that in its name').waitFor()
  await page.getByLabel('Search').fill('MAI')

  await row.getByRole('link', { name: 'main' }).click()
  await page.getByRole('heading', { name: 'main', level: 1, exact: true }).waitFor()
  await page.getByRole('cell', { name: 'rate limit', exact: true }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'account')
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Clear', exact: true }).click()
  await page.getByText('It is not cooling down.').waitFor()
  await page.getByText('available', { exact: true }).waitFor()
  assert.equal((await gateway.messages(ask())).status, 200)
})

test('somebody adds an account with an API key, and its key is nowhere but in the request', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ accounts: [], users: [user()] }) })
  const { page, context } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await goTo(page, 'Accounts')
  await page.getByText('There is no account').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'accounts-empty')
  await page.getByRole('link', { name: 'Add one' }).click()
  await page.getByRole('button', { name: 'API key' }).click()
  await page.getByLabel('Name').fill('<b>spare</b>')
  await page.getByRole('textbox', { name: 'API key' }).fill(credentialOf('spare'))
  await page.getByLabel('Upstream').fill(gateway.upstream.url)
  await page.getByRole('button', { name: 'Add a line' }).first().click()
  await assertAccessible(page)
  await screenshot(page, 'account-new')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByText(`npx sluice accounts add '<b>spare</b>' --type api-key`).waitFor()
  assert.equal(await page.getByText(credentialOf('spare')).count(), 0, 'the key is not shown')
  await assertAccessible(page)
  await screenshot(page, 'account-check')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('heading', { name: '<b>spare</b>', level: 1 }).waitFor()
  assert.equal((await gateway.messages(ask())).status, 200)
  assert.doesNotMatch(page.url(), /key-of/)
  const kept = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state])')
  assert.ok(!kept.includes(credentialOf('spare')), kept)
  assert.ok(!gateway.logs.join('').includes(credentialOf('spare')), 'nor is it in the log')
  await context.close()
})

test('an account of another endpoint is tested before it is added, with what becomes of models', async (t) => {
  const gateway = await startGateway(t)
  await gateway.messages(ask({ model: 'claude-haiku-4-5' }))
  await gateway.settled()
  gateway.upstream.setBehaviour(({ headers }) =>
    headers['authorization'] === undefined ? { error: { status: 401, message: 'no key given' } } : {}
  )
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/accounts/new`)
  await page.getByRole('button', { name: 'API key' }).click()
  await page.getByLabel('Name').fill('door')
  await page.getByRole('textbox', { name: 'API key' }).fill(credentialOf('door'))
  await page.getByLabel('Upstream').fill(gateway.upstream.url)
  const mapping = page.getByRole('group', { name: 'Model mapping' })
  await mapping.getByRole('button', { name: 'Add a line' }).click()
  await mapping.getByLabel('Asked for 1').fill('claude-haiku-4-5')
  await mapping.getByLabel('Sent as 1').fill('glm-5-air')
  await mapping.getByRole('button', { name: 'Add a line' }).click()
  await mapping.getByLabel('Asked for 2').fill('my-model')
  await mapping.getByLabel('Sent as 2').fill('glm-5')
  await page.getByRole('button', { name: 'Next' }).click()

  const models = page.getByRole('table', { name: 'Models' })
  const haiku = models.getByRole('row', { name: /^claude-haiku-4-5/ })
  await haiku.getByText('glm-5-air').waitFor()
  await haiku.getByText('lately').waitFor()
  await haiku.getByRole('cell', { name: 'claude-haiku-4-5', exact: true }).waitFor()
  const mine = models.getByRole('row', { name: /^my-model/ })
  await mine.getByText('no price').waitFor()
  assert.equal(await mine.getByRole('cell', { name: 'not stated' }).count(), 3, 'no price is shown as 0')
  await page.getByText(/Models without one are charged 5 for input and 25 for output/).waitFor()
  await page.getByText(/^Not served by this account: .*claude-opus-5-5/).waitFor()

  await page.getByRole('button', { name: 'Test before adding' }).click()
  await page.getByText(/takes the key with auth: bearer, and the account says x-api-key/).waitFor()
  assert.deepEqual((await gateway.admin<{ data: { name: string }[] }>('/accounts')).data.length, 1, 'it is not added')
  await assertAccessible(page)
  await screenshot(page, 'account-tested')
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByRole('combobox', { name: 'How the key is sent' }).click()
  await page.getByRole('option', { name: 'bearer' }).click()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Test before adding' }).click()
  await page.getByText('The upstream answers').waitFor()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('heading', { name: 'door', level: 1 }).waitFor()
  await haiku.getByText('glm-5-air').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'account-models')
  await page.setViewportSize(PHONE)
  await screenshot(page, 'account-models-phone')
  await page.setViewportSize(DESKTOP)

  await page.getByRole('link', { name: 'Change' }).click()
  assert.equal(await mapping.getByLabel('Asked for 1').inputValue(), 'my-model')
  await mapping.getByLabel('Sent as 1').fill('claude-opus-5-5')
  await mine.getByText('claude-opus-5-5').waitFor()
  await mine.getByText('no price').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'account-change')
})

test('a person signs in for an account of their own, with the code of the page', async (t) => {
  const endpoint = await startSimulatedTokenEndpoint()
  t.after(() => endpoint.close())
  const gateway = await startGateway(t, {
    env: { ANTHROPIC_OAUTH_TOKEN_URL: endpoint.url, ANTHROPIC_OAUTH_AUTHORIZE_URL: 'https://sign-in.test/authorize' }
  })
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/accounts/new`)
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByLabel('Name').fill('mine')
  await page.getByLabel('Owner').fill(USER)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('button', { name: 'Begin a sign-in' }).click()
  const link = page.getByRole('link', { name: 'Open the sign-in page' })
  const url = (await link.getAttribute('href'))!
  await page.getByLabel('Paste the whole code').fill('not a code')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Not signed in').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'account-sign-in')
  await page.getByLabel('Paste the whole code').fill(endpoint.authorize(url))
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'mine', level: 1 }).waitFor()
  await until('it is active', async () => (await gateway.accountNamed('mine')).error === null)
  await page.getByRole('button', { name: 'Renew tokens' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Renew tokens' }).click()
  await page.getByText('The tokens of mine are renewed').waitFor()
})

test('two operators change one account: the second sees both versions, and loses nothing', async (t) => {
  const gateway = await startGateway(t)
  const { id } = (await gateway.accountNamed('main')) as { id: string }
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/accounts/${id}/change`)
  await page.getByRole('textbox', { name: 'Priority' }).fill('7')
  await fetch(`${gateway.url}/admin/v1/accounts/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ concurrency: 9, note: 'by somebody else' })
  })
  await page.getByRole('button', { name: 'Save' }).click()
  const both = page.getByRole('table', { name: 'Both versions' })
  await both.getByRole('row', { name: 'Slots 5 9 left as it was' }).waitFor()
  await both.getByRole('row', { name: 'Priority 50 50 7' }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'account-conflict')
  await page.getByRole('button', { name: 'Save mine on top' }).click()
  await page.getByRole('heading', { name: 'main', level: 1, exact: true }).waitFor()
  const kept = await gateway.admin<{ priority: number; concurrency: number; note: string }>(`/accounts/${id}`)
  assert.deepEqual([kept.priority, kept.concurrency, kept.note], [7, 9, 'by somebody else'])
})

test('what the API refuses stays typed; a viewer is offered nothing that would be refused', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('שלום world', url, { credentials: { api_key: credentialOf('main') } })],
      users: [user({ role: 'viewer' })]
    })
  })
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/accounts/new`)
  await page.getByRole('button', { name: 'API key' }).click()
  await page.getByLabel('Name').fill('x'.repeat(200))
  await page.getByRole('textbox', { name: 'API key' }).fill(credentialOf('spare'))
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText(/name must be a name of 1 to 100 characters/).waitFor()
  await page.getByRole('button', { name: 'Back' }).click()
  assert.equal(await page.getByLabel('Name').inputValue(), 'x'.repeat(200))

  await givePassword(gateway, USER)
  await page.context().clearCookies()
  await page.goto(`${gateway.url}/console/accounts/new`)
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'שלום world' }).click()
  await page.getByRole('heading', { name: 'שלום world', level: 1 }).waitFor()
  await page.getByText('What it is set to').first().waitFor()
  for (const name of ['Disable', 'Test', 'Change', 'Remove']) {
    assert.equal(await page.getByRole('main').getByText(name, { exact: true }).count(), 0, name)
  }
})
