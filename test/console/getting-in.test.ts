import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ADMIN_TOKEN, ask, startGateway, USER, user } from '../support/gateway.ts'
import { assertAccessible, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, operatorLink, signIn, signInAgain } from '../support/console.ts'
import { startPathProxy } from '../support/path-proxy.ts'
import { until } from '../support/until.ts'

test('the operator of a new installation enters by a link, once', async (t) => {
  const gateway = await startGateway(t)
  const { page, context } = await openBrowser(t)
  const link = await operatorLink(gateway)
  await page.goto(link)
  await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()
  assert.doesNotMatch(page.url(), /#/, 'the code is not kept in the address')
  await page.getByRole('button', { name: /Signed in as console:admin/ }).waitFor()
  await assertAccessible(page)

  const [cookie] = await context.cookies()
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict'])
  assert.deepEqual(
    await page.evaluate(() =>
      Object.keys(localStorage).filter((key) => !key.startsWith('mantine') && !key.startsWith('sluice-columns'))
    ),
    []
  )

  await page.goto(`${gateway.url}/console/sign-in`)
  await page.goto(link)
  await page.getByText('this link was used before or has expired').waitFor()
})

test('somebody with a password signs in, loses their session and comes back to where they were', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url)], users: [user({ role: 'viewer' })] })
  })
  await givePassword(gateway, USER)
  const { page, context } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/now`)
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'sign-in')
  await page.getByLabel('E-mail').fill(USER)
  await page.getByRole('textbox', { name: 'Password' }).fill('not the password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('the e-mail address or the password is wrong').waitFor()
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Disable' }).count(), 0, 'a viewer sees no button that would be refused')

  await context.clearCookies()
  await page.reload()
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()

  await page.getByRole('button', { name: /Signed in as/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  assert.deepEqual(await context.cookies(), [])
})

test('a session that ends in the middle of something is begun again over it, and nothing is lost', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url)], users: [user({ role: 'admin' })] })
  })
  await givePassword(gateway, USER)
  const { page, context } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/now`)
  await signIn(page, USER)
  await page.getByRole('article', { name: 'main' }).getByRole('button', { name: 'Disable' }).click()
  const question = page.getByRole('dialog', { name: 'Disable main?' })
  await question.waitFor()

  await context.clearCookies()
  const again = page.getByRole('dialog', { name: 'Sign in to Sluice again' })
  await again.waitFor()
  await assertAccessible(page)
  await screenshot(page, 'sign-in-again')
  await again.getByRole('textbox', { name: 'Password' }).fill('not the password')
  await again.getByRole('textbox', { name: 'Password' }).press('Enter')
  await again.getByText('the e-mail address or the password is wrong').waitFor()
  await again.getByRole('textbox', { name: 'Password' }).press('Escape')
  await signInAgain(page)

  await question.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByRole('article', { name: 'main' }).getByText('disabled', { exact: true }).waitFor()
  assert.equal((await gateway.accountNamed('main')).status, 'disabled')
})

test('an operator by a link signs in again in another tab; somebody else begins anew', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url)], users: [user({ role: 'user' })] })
  })
  await givePassword(gateway, USER)
  const { page, context } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await context.clearCookies()
  const again = page.getByRole('dialog', { name: 'Sign in to Sluice again' })
  await again.getByText('open its link in another tab').waitFor()
  const other = await context.newPage()
  await enterAsOperator(other, gateway)
  await again.getByRole('button', { name: 'I have done that' }).click()
  await again.waitFor({ state: 'hidden' })
  await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()

  await context.clearCookies()
  await again.waitFor()
  await other.goto(`${gateway.url}/console/sign-in`)
  await signIn(other, USER)
  await other.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
  await again.getByRole('button', { name: 'I have done that' }).click()
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
})

test('a role that is taken away takes the pages away', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url)], users: [user({ role: 'admin' })] })
  })
  await givePassword(gateway, USER)
  const { page } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/`)
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()
  const [{ id }] = (await gateway.admin<{ data: [{ id: string }] }>('/users')).data
  await fetch(`${gateway.url}/admin/v1/users/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ role: 'user' })
  })
  await page.getByText('the role user may not do this').waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
})

test('with ADMIN_PORT the console is on that port alone', async (t) => {
  const gateway = await startGateway(t, { env: { ADMIN_PORT: '0' } })
  const response = await fetch(`${gateway.url}/console/`)
  assert.equal(response.status, 404)
  assert.equal(((await response.json()) as { type: string }).type, 'error')
  assert.equal((await fetch(`${gateway.adminUrl}/console/`)).status, 200)
})

test('the page allows nothing inline, nothing from elsewhere and nobody’s frame, and is kept nowhere', async (t) => {
  const gateway = await startGateway(t)
  const page = await fetch(`${gateway.url}/console/any/path`)
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.doesNotMatch(policy, /unsafe|\*/)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  const [script] = /assets\/[\w-]+\.js/.exec(await page.text()) ?? []
  const file = await fetch(`${gateway.url}/console/${script}`)
  assert.equal(file.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  const missing = await fetch(`${gateway.url}/console/assets/of-another-version.js`)
  assert.equal(missing.status, 404)
  assert.equal(((await missing.json()) as { type: string }).type, 'error')
})

test('without JavaScript it says so in one sentence', async (t) => {
  const gateway = await startGateway(t)
  const { page } = await openBrowser(t, { javaScriptEnabled: false })
  await page.goto(`${gateway.url}/console/`)
  await page.locator('noscript p', { hasText: 'needs JavaScript' }).waitFor()
})

test('below a path of PUBLIC_URL the page, its files, the API and all links are found', async (t) => {
  const ingress = await startPathProxy(t, '/tools/sluice')
  const gateway = await startGateway(t, { env: { PUBLIC_URL: ingress.url } })
  ingress.sendTo(gateway.url)
  await (await gateway.messages(ask())).text()
  const [event] = await gateway.settledEvents(1)
  const { page } = await openBrowser(t)
  await page.goto(`${ingress.url}/console/now`)
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/tools/sluice/console/sign-in')

  await page.goto((await operatorLink(gateway)).replace(gateway.url, ingress.url))
  await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Requests', exact: true }).click()
  const rows = page.getByRole('table', { name: 'Requests' }).locator('tbody tr')
  // A link that the page makes without the router: by a click, and opened anew.
  const link = rows.first().locator(`a[href$="${event!.exchange_id}"]`)
  await link.click()
  await page.getByText(`${event!.charged_usd} USD charged`).waitFor()
  const path = `/tools/sluice/console/requests/${event!.exchange_id}`
  assert.equal(new URL(page.url()).pathname, path)
  await page.goBack()
  assert.equal(new URL((await link.getAttribute('href'))!, ingress.url).pathname, path)
  await page.goto(new URL(path, ingress.url).href)
  await page.getByText(`${event!.charged_usd} USD charged`).waitFor()
})

test('on a phone the pages are behind a button', async (t) => {
  const gateway = await startGateway(t)
  const { page } = await openBrowser(t, { width: PHONE })
  await enterAsOperator(page, gateway)
  await assertAccessible(page)
  await screenshot(page, 'now-phone')
  await page.getByRole('button', { name: 'Pages' }).click()
  await until('the navigation is seen', () => page.getByRole('link', { name: 'Now' }).isVisible())
  assert.equal(
    await page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth'),
    true,
    'nothing is wider than the screen'
  )
})
