import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAccessible, screenshot } from '../support/browser.ts'
import { openAsOperator } from '../support/console.ts'
import { ADMIN_TOKEN, startGateway } from '../support/gateway.ts'

const SECRET = 'a-proxy-password'

test('an operator adds a proxy, finds that it does not work, changes and removes it; its URL is never shown', async (t) => {
  const gateway = await startGateway(t)
  const { page } = await openAsOperator(t, gateway, 'Proxies')
  await page.getByText('There is no proxy').waitFor()
  await page.getByRole('button', { name: 'Add a proxy' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('office')
  await dialog.getByRole('textbox', { name: 'URL' }).fill('not a url')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.getByRole('alert').getByText(/url/).waitFor()
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'office', 'what was typed is still there')
  await dialog.getByRole('textbox', { name: 'URL' }).fill(`http://me:${SECRET}@127.0.0.1:9`)
  await assertAccessible(page)
  await screenshot(page, 'proxy-new')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  const row = page.getByRole('row', { name: /office/ })
  await row.waitFor()

  await row.getByRole('button', { name: 'Test' }).click()
  await dialog.getByRole('button', { name: 'Test', exact: true }).click()
  await page.getByText(/office does not reach/).waitFor()
  await screenshot(page, 'proxies')

  await row.getByRole('button', { name: 'Change' }).click()
  await dialog.getByLabel('Note').fill('mine')
  const [{ id }] = (await gateway.admin<{ data: [{ id: string }] }>('/proxies')).data
  await fetch(`${gateway.url}/admin/v1/proxies/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ note: 'of somebody else' })
  })
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.getByRole('row', { name: 'Note none of somebody else mine' }).waitFor()
  await dialog.getByRole('button', { name: 'Save mine on top' }).click()
  await row.getByText('mine', { exact: true }).waitFor()

  assert.doesNotMatch(await page.content(), new RegExp(SECRET))
  await row.getByRole('button', { name: 'Remove' }).click()
  await dialog.getByLabel('Type office').fill('office')
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText('There is no proxy').waitFor()
  assert.ok(!gateway.logs.join('').includes(SECRET))
})
