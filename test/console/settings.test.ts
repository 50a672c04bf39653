import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAccessible, openBrowser, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'
import { account, startGateway, USER, user } from '../support/gateway.ts'
import { goTo } from '../support/pages.ts'

test('an operator changes a setting while Sluice runs, and goes back; a viewer only looks', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url)], users: [user({ role: 'viewer' })] })
  })
  const { page, context } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await goTo(page, 'Settings')
  const row = page.getByRole('row', { name: /^QUEUE_EXTRA/ })
  await row.getByRole('button', { name: 'Change' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'QUEUE_EXTRA' }).fill('many')
  await dialog.getByRole('button', { name: 'Change', exact: true }).click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByRole('textbox', { name: 'QUEUE_EXTRA' }).fill('33')
  await dialog.getByText('npx sluice settings set QUEUE_EXTRA 33').waitFor()
  await assertAccessible(page)
  await dialog.getByRole('button', { name: 'Change', exact: true }).click()
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
