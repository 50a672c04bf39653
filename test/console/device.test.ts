import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn, signInAgain } from '../support/console.ts'
import { deviceClient, type OAuthResponse } from '../support/device-client.ts'
import { BOTH_KINDS, startGateway, USER } from '../support/gateway.ts'

const told = ({ status, body: { error } }: OAuthResponse) => [status, error]

const codeOf = (page: Page) => page.getByRole('form', { name: 'Code of the tool' }).getByLabel('Code')
const look = (page: Page) => page.getByRole('button', { name: 'Show what asks' }).click()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

test('a developer follows the link of the terminal, signs in, compares the code, and is let in', async (t) => {
  const gateway = await startGateway(t, {
    declared: () => ({
      groups: BOTH_KINDS
    })
  })
  await givePassword(gateway, USER)
  assert.equal((await gateway.tell('/subscriptions', { user: USER, group: 'pro', days: 30 })).status, 201)
  const client = deviceClient(gateway)
  const begun = await client.begin()
  const { page } = await openBrowser(t)
  await page.goto(begun.verification_uri_complete)
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'Sign in a tool', level: 1 }).waitFor()
  assert.equal(await codeOf(page).inputValue(), begun.user_code)
  assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0, 'a link only fills in the form')
  await assertAccessible(page)
  await screenshot(page, 'device-code')

  await look(page)
  await page.getByText(begun.user_code, { exact: true }).waitFor()
  const asks = page.getByRole('table', { name: 'What asks' })
  for (const text of ['Claude Code', 'claude-code/2.1.330', '127.0.0.1']) await asks.getByText(text, { exact: true }).waitFor()
  await page.getByText('Did you start this yourself, just now?').waitFor()
  await page.getByRole('combobox', { name: 'Group' }).click()
  await page.getByRole('option', { name: 'pro (your subscription pays)' }).click()
  await assertAccessible(page)
  await screenshot(page, 'device-decision')
  await press(page, 'Approve')
  await page.getByText('Approved: go back to the terminal').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'device-approved')

  const { status, body } = await client.poll(begun.device_code)
  assert.deepEqual([status, body.email], [200, USER])
  const models = await gateway.get('/v1/models', { authorization: `Bearer ${body.access_token}` })
  assert.equal(models.status, 200)
  const [made] = (await gateway.admin<{ data: { group: string }[] }>('/sign-ins')).data
  assert.equal(made?.group, 'pro')
})

test('somebody mistypes the code on a phone, has their session end, and denies a link that was sent to them', async (t) => {
  const gateway = await startGateway(t)
  await givePassword(gateway, USER)
  const client = deviceClient(gateway)
  const begun = await client.begin()
  const { page, context } = await openBrowser(t, { width: PHONE })
  await page.goto(begun.verification_uri)
  await signIn(page, USER)
  await codeOf(page).fill('BBBB-BBBB')
  await look(page)
  await page.getByText('nothing waits under this code').waitFor()
  await page.getByText('Compare each letter with the terminal').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'device-mistyped-phone')
  await codeOf(page).fill(begun.user_code.toLowerCase().replace('-', ' '))
  await look(page)
  await page.getByText(begun.user_code, { exact: true }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'device-decision-phone')

  await context.clearCookies({ name: 'sluice_session' })
  await press(page, 'Deny')
  await signInAgain(page)
  await page.getByText(begun.user_code, { exact: true }).waitFor()
  assert.equal(await page.getByRole('alert').count(), 1, 'nothing but the warning is told')
  await press(page, 'Deny')
  await page.getByText('tell whoever operates it').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'device-denied-phone')
  assert.deepEqual(told(await client.poll(begun.device_code)), [400, 'access_denied'])
  assert.deepEqual((await gateway.admin<{ data: object[] }>('/sign-ins')).data, [])
})

test('what is over, was decided elsewhere, or was tried too often is told in words', async (t) => {
  const gateway = await startGateway(t)
  await givePassword(gateway, USER)
  const client = deviceClient(gateway)
  const begun = await client.begin()
  const { page, context } = await openBrowser(t)
  await page.goto(begun.verification_uri_complete)
  await signIn(page, USER)
  await look(page)
  await page.getByText(begun.user_code, { exact: true }).waitFor()
  const other = await context.newPage()
  await other.goto(begun.verification_uri_complete)
  await look(other)
  await press(other, 'Approve')
  await other.getByText('Approved: go back to the terminal').waitFor()
  await other.close()
  await press(page, 'Approve')
  await page.getByText('Too late').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Approve' }).isDisabled(), true)
  await press(page, 'It shows another code')
  await codeOf(page).fill('no code at all')
  for (let tries = 1; tries <= 10; tries++) {
    const answered = page.waitForResponse(/device-codes/)
    await look(page)
    await answered
  }
  await page.getByText('Too many tries').waitFor()
  await screenshot(page, 'device-too-many-tries')
})

test('who has no group, or is no user, is told why nothing can be signed in as them', async (t) => {
  const gateway = await startGateway(t, {
    declared: () => ({ groups: [{ name: 'default', kind: 'subscription' }], users: [{ email: USER }] })
  })
  await givePassword(gateway, USER)
  const begun = await deviceClient(gateway).begin()
  const { page } = await openBrowser(t, { colorScheme: 'dark' })
  await enterAsOperator(page, gateway)
  await page.goto(begun.verification_uri_complete)
  await page.getByText('Nobody to sign it in as').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'device-operator')
  await press(page, 'Sign in as myself')
  await signIn(page, USER)
  assert.equal(await codeOf(page).inputValue(), begun.user_code)
  await look(page)
  await page.getByText('No group is open to you').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Approve' }).isDisabled(), true)
  await assertAccessible(page)
  await screenshot(page, 'device-no-group')
})
