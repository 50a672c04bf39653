import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAccessible, screenshot } from '../support/browser.ts'
import { givePassword, openAsOperator, signIn } from '../support/console.ts'
import { account, startGateway, USER, user } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

test('an operator changes a setting while Sluice runs, and goes back; a viewer only looks', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url)], users: [user({ role: 'viewer' })] })
  })
  const { page, context } = await openAsOperator(t, gateway, 'Settings')
  const row = page.getByRole('row', { name: /^QUEUE_EXTRA/ })
  await row.getByRole('button', { name: 'Change' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'QUEUE_EXTRA' }).fill('many')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByRole('textbox', { name: 'QUEUE_EXTRA' }).fill('33')
  await dialog.getByText('npx sluice settings set QUEUE_EXTRA 33').waitFor()
  await assertAccessible(page)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await row.getByText('an operator, while it ran').waitFor()
  await screenshot(page, 'settings')
  await row.getByRole('button', { name: 'Reset' }).click()
  await dialog.getByRole('button', { name: 'Reset', exact: true }).click()
  await row.getByText('default', { exact: true }).waitFor()

  await givePassword(gateway, USER)
  await context.clearCookies()
  await page.goto(`${gateway.url}/console/settings`)
  await signIn(page, USER)
  await row.waitFor()
  assert.equal(await page.getByRole('button', { name: 'Change' }).count(), 0)
})

test('two operators change one setting: the second sees both values, and decides', async (t) => {
  const gateway = await startGateway(t)
  const { call } = operatorOf(gateway)
  const { page } = await openAsOperator(t, gateway, 'Settings')
  const row = page.getByRole('row', { name: /^QUEUE_EXTRA/ })
  await row.getByRole('button', { name: 'Change' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'QUEUE_EXTRA' }).fill('33')
  assert.equal((await call('PUT', '/settings/QUEUE_EXTRA', { value: '44' })).status, 200)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  const both = dialog.getByRole('table', { name: 'Both versions' })
  await both.getByRole('row', { name: 'QUEUE_EXTRA 20 44 33' }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'setting-conflict')
  await dialog.getByRole('button', { name: 'Save mine on top' }).click()
  await row.getByText('33', { exact: true }).waitFor()

  await row.getByRole('button', { name: 'Reset' }).click()
  assert.equal((await call('PUT', '/settings/QUEUE_EXTRA', { value: '55' })).status, 200)
  await dialog.getByRole('button', { name: 'Reset', exact: true }).click()
  await dialog.getByText(/it has changed since/).waitFor()
  assert.equal((await call('GET', '/settings/QUEUE_EXTRA')).body['value'], '55')
})
