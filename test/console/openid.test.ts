import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { startGateway, USER, user } from '../support/gateway.ts'
import { deviceClient } from '../support/device-client.ts'
import { assertAccessible, openBrowser, screenshot } from '../support/browser.ts'
import { OIDC_CLIENT, startOpenidProvider } from '../support/openid-provider.ts'
import { startPathProxy } from '../support/path-proxy.ts'

/** A gateway below a path of an ingress, whose people sign in at a provider on another site. */
async function startBehindIngress(t: TestContext) {
  const ingress = await startPathProxy(t, '/tools/sluice')
  const redirectUrl = `${ingress.url}/me/v1/oidc/callback`
  const provider = await startOpenidProvider(t, redirectUrl)
  provider.setPerson({ email: USER, email_verified: true })
  const gateway = await startGateway(t, {
    env: {
      PUBLIC_URL: ingress.url,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: OIDC_CLIENT.id,
      OIDC_CLIENT_SECRET: OIDC_CLIENT.secret,
      OIDC_REDIRECT_URL: redirectUrl
    },
    declared: () => ({ users: [user({ role: 'viewer' })] })
  })
  ingress.sendTo(gateway.url)
  return { gateway, provider, console: `${ingress.url}/console` }
}

const goToProvider = (page: Page) => page.getByRole('link', { name: 'Sign in with your organisation', exact: true }).click()

test('a lead follows a link, signs in at the provider and is where the link leads', async (t) => {
  const { console } = await startBehindIngress(t)
  const { page, context } = await openBrowser(t)
  const link = `${console}/requests?user=${encodeURIComponent(JSON.stringify([USER]))}`
  await page.goto(link)
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'sign-in-openid')
  await goToProvider(page)
  await page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor()
  assert.equal(page.url(), link)
  const cookies = (await context.cookies()).filter(({ name }) => name.startsWith('sluice'))
  assert.deepEqual(
    cookies.map(({ name, sameSite, httpOnly }) => [name, sameSite, httpOnly]),
    [['sluice_session', 'Strict', true]]
  )
  await page.reload()
  await page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor()
})

test('a developer follows the link of a terminal, signs in at the provider, and finds its code', async (t) => {
  const { gateway, console } = await startBehindIngress(t)
  const begun = await deviceClient(gateway).begin()
  assert.equal(begun.verification_uri_complete, `${console}/device?code=${begun.user_code}`)
  const { page } = await openBrowser(t)
  await page.goto(begun.verification_uri_complete)
  await goToProvider(page)
  assert.equal(await page.getByRole('textbox', { name: 'Code' }).inputValue(), begun.user_code)
  await page.getByRole('button', { name: 'Show what asks' }).click()
  await page.getByText('Did you start this yourself').waitFor()
})

test('a stranger is told why they are not let in, and comes to the page once they are', async (t) => {
  const { console, provider, gateway } = await startBehindIngress(t)
  const { page } = await openBrowser(t)
  await page.goto(`${console}/my/keys`)

  provider.setAway(true)
  await goToProvider(page)
  await page.getByText('The sign-in provider does not answer').waitFor()
  provider.setAway(false)
  provider.setPerson(null)
  await goToProvider(page)
  await page.getByText('The sign-in was cancelled at your provider').waitFor()
  provider.setPerson({ email: 'new@example.com', email_verified: true })
  await goToProvider(page)
  await page.getByText('There is no account for you here').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'sign-in-stranger')

  assert.equal((await gateway.tell('/users', { email: 'new@example.com' })).status, 201)
  await goToProvider(page)
  await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor()
  await page.getByRole('button', { name: 'Signed in as new@example.com' }).waitFor()
})

test('who is signed out in the middle of a form signs in in another tab, and goes on with it', async (t) => {
  const { console } = await startBehindIngress(t)
  const { page, context } = await openBrowser(t)
  await page.goto(`${console}/my/keys`)
  await goToProvider(page)
  await page.getByRole('button', { name: 'Create a key' }).click()
  const form = page.getByRole('form', { name: 'New key' })
  await form.getByLabel('Name').fill('desk')

  await context.clearCookies({ name: 'sluice_session' })
  await form.getByRole('button', { name: 'Create' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign in to Sluice again' })
  const [tab] = await Promise.all([
    context.waitForEvent('page'),
    dialog.getByRole('link', { name: 'Sign in with your organisation, in another tab' }).click()
  ])
  await tab.getByRole('heading', { name: 'You are signed in' }).waitFor()
  await assertAccessible(tab)
  await screenshot(tab, 'signed-in-again')
  await dialog.waitFor({ state: 'hidden' })
  await tab.close()
  assert.equal(await form.getByLabel('Name').inputValue(), 'desk')
  await form.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('dialog', { name: 'desk is ready' }).waitFor()
})
