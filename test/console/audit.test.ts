import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAccessible, openBrowser, screenshot } from '../support/browser.ts'
import { enterAsOperator } from '../support/console.ts'
import { ADMIN_TOKEN, startGateway } from '../support/gateway.ts'
import { goTo } from '../support/pages.ts'

test('a lead asks who changed an account, from what to what, and whether the log can be trusted', async (t) => {
  const gateway = await startGateway(t)
  const { id } = (await gateway.accountNamed('main')) as { id: string }
  for (const priority of [7, 8]) {
    await fetch(`${gateway.url}/admin/v1/accounts/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ priority })
    })
  }
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await goTo(page, 'Audit')
  await page.getByText('priority: 7 → 8').waitFor()
  await page.getByRole('link', { name: 'account main' }).first().click()
  assert.match(page.url(), /subject=account/)
  await page.getByText('priority: 50 → 7').waitFor()
  await page.getByLabel('Did').fill('account.changed')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByText('2 rows').waitFor()
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page.getByText(/The log is intact/).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'audit')

  await page.getByLabel('From', { exact: true }).fill('next year')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('alert').getByText(/^from/).waitFor()
  assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), 'next year')
})
