import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway, USER } from '../support/gateway.ts'
import { assertAccessible, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, PASSWORD, signIn } from '../support/console.ts'
import { deviceClient } from '../support/device-client.ts'

test('somebody who lost a laptop ends its session, changes the password, and signs out everywhere', async (t) => {
  const gateway = await startGateway(t)
  await givePassword(gateway, USER)
  const lost = await openBrowser(t)
  await lost.page.goto(`${gateway.url}/console/home`)
  await signIn(lost.page, USER)
  await lost.page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()

  const { page } = await openBrowser(t, { width: PHONE })
  await page.goto(`${gateway.url}/console/sessions`)
  await signIn(page, USER)
  const table = page.getByRole('table', { name: 'Sessions' })
  await table.getByText('Chrome on Linux (this one)').waitFor()
  assert.equal(await table.getByRole('row').count(), 3)
  for (const button of await table.getByRole('button', { name: 'End' }).all()) {
    const { x, width } = (await button.boundingBox())!
    assert.ok(x >= 0 && x + width <= PHONE.width, 'the button of each row is on the screen')
  }
  await assertAccessible(page)
  await screenshot(page, 'sessions-phone')
  await table.getByRole('row').last().getByRole('button', { name: 'End' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click()
  await table.getByRole('row').nth(2).waitFor({ state: 'detached' })
  await lost.page.reload()
  await lost.page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()

  const form = page.getByRole('form', { name: 'Change the password' })
  await form.getByLabel('Present password').fill('not the password')
  await form.getByRole('textbox', { name: 'New password', exact: true }).fill('another one for sure')
  await form.getByLabel('New password once more').fill('another one for sure')
  await form.getByRole('button', { name: 'Change the password' }).click()
  await form.getByRole('alert').waitFor()
  await form.getByLabel('Present password').fill(PASSWORD)
  await form.getByRole('button', { name: 'Change the password' }).click()
  await page.getByText('Your password is changed').waitFor()

  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
})

test('somebody redeems a code, once', async (t) => {
  const gateway = await startGateway(t)
  await givePassword(gateway, USER)
  const made = await gateway.tell('/codes', { kind: 'balance', amount_usd: '25' })
  const { data } = (await made.json()) as { data: { code: string }[] }
  const code = data[0]?.code ?? ''
  const { page } = await openBrowser(t, { colorScheme: 'dark' })
  await page.goto(`${gateway.url}/console/redeem`)
  await signIn(page, USER)
  const form = page.getByRole('form', { name: 'Redeem a code' })
  await form.getByLabel('Code').fill('no such code')
  await form.getByRole('button', { name: 'Redeem' }).click()
  await form.getByText(/unknown code/).waitFor()
  await form.getByLabel('Code').fill(code)
  await form.getByRole('button', { name: 'Redeem' }).click()
  await form.getByText('You got $25.00; your balance is $125.00.').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'redeem')
  await form.getByLabel('Code').fill(code)
  await form.getByRole('button', { name: 'Redeem' }).click()
  await form.getByText(/already redeemed/).waitFor()
  await form.getByText('You got $25.00').waitFor({ state: 'detached' })
})

test('somebody ends a tool of theirs on a phone, an operator another, and signing out everywhere the last', async (t) => {
  const gateway = await startGateway(t)
  await givePassword(gateway, USER)
  const client = deviceClient(gateway)
  const { page } = await openBrowser(t, { width: PHONE })
  await page.goto(`${gateway.url}/console/sessions`)
  await signIn(page, USER)
  const table = page.getByRole('table', { name: 'Tools that are signed in' })
  await page.getByRole('link', { name: 'enter it' }).click()
  async function letIn(): Promise<string> {
    const begun = await client.begin()
    await page.goto(begun.verification_uri_complete)
    await page.getByRole('button', { name: 'Show what asks' }).click()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByText('Approved: go back to the terminal').waitFor()
    const { status, body } = await client.poll(begun.device_code)
    assert.equal(status, 200, JSON.stringify(body))
    return body.access_token ?? ''
  }
  const statusOf = async (token: string) => (await gateway.get('/v1/models', { authorization: `Bearer ${token}` })).status
  const [first, second, third] = [await letIn(), await letIn(), await letIn()]
  await page.goto(`${gateway.url}/console/sessions`)
  await table.getByText('127.0.0.1, group default').first().waitFor()
  assert.equal(await table.getByText('not renewed yet').count(), 3)
  for (const button of await table.getByRole('button', { name: 'End' }).all()) {
    const { x, width } = (await button.boundingBox())!
    assert.ok(x >= 0 && x + width <= PHONE.width, 'the button of each row is on the screen')
  }
  await assertAccessible(page)
  await screenshot(page, 'sessions-tools-phone')
  await table.getByRole('button', { name: 'End' }).last().click()
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click()
  await page.getByText('Claude Code on 127.0.0.1 is signed out').waitFor()
  await table.getByRole('row').nth(3).waitFor({ state: 'detached' })
  assert.deepEqual([await statusOf(first), await statusOf(second), await statusOf(third)], [401, 200, 200])

  const operator = await openBrowser(t)
  await enterAsOperator(operator.page, gateway)
  const [{ id } = { id: '' }] = (await gateway.admin<{ data: { id: string }[] }>(`/users?email=${USER}`)).data
  await operator.page.goto(`${gateway.url}/console/people/${id}`)
  const theirs = operator.page.getByRole('table', { name: 'Tools that are signed in' })
  await theirs.getByRole('button', { name: 'End' }).last().click()
  const dialog = operator.page.getByRole('dialog')
  await dialog.getByText('npx sluice sign-ins revoke').waitFor()
  await assertAccessible(operator.page)
  await screenshot(operator.page, 'person-tools')
  await dialog.getByRole('button', { name: 'End', exact: true }).click()
  await operator.page.getByText('is signed out').waitFor()
  assert.deepEqual([await statusOf(second), await statusOf(third)], [401, 200])

  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('dialog').getByText('they must be let in again').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  assert.equal(await statusOf(third), 401)
})
