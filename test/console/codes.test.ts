import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { assertAccessible, screenshot } from '../support/browser.ts'
import { openAsOperator } from '../support/console.ts'
import { startGateway } from '../support/gateway.ts'

test('an operator creates codes for a fair, saves them once and revokes one', async (t) => {
  const gateway = await startGateway(t)
  const { page } = await openAsOperator(t, gateway, 'Codes')
  await page.getByText('There is no code.').waitFor()
  await page.getByRole('button', { name: 'Create codes for money' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Amount in USD').fill('2.50')
  await dialog.getByLabel('How many').fill('3')
  await dialog.getByLabel('Note').fill('fair')
  await dialog.getByText('npx sluice codes add --amount 2.50 --count 3 --note fair').waitFor()
  await dialog.getByRole('button', { name: 'Create', exact: true }).click()
  const shown = page.getByRole('dialog', { name: 'The new codes' })
  const codes = (await shown.getByLabel('codes', { exact: true }).innerText()).trim().split('\n')
  assert.equal(codes.length, 3)
  await assertAccessible(page)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    shown.getByRole('button', { name: 'Save as CSV' }).click()
  ])
  const lines = (await readFile(await download.path(), 'utf8')).split('\n')
  assert.deepEqual(
    lines.slice(1).map((line) => line.split(',')[1]),
    codes
  )
  await shown.getByRole('button', { name: 'Close' }).click()
  assert.ok(!(await page.content()).includes(codes[0]!), 'they are shown once')
  await screenshot(page, 'codes')

  await page.getByRole('button', { name: 'Revoke' }).first().click()
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click()
  await page.getByRole('cell', { name: 'revoked', exact: true }).waitFor()
  await page.getByRole('combobox', { name: 'Status' }).click()
  await page.getByRole('option', { name: 'open' }).click()
  await page.getByText('2 rows').waitFor()
  assert.match(page.url(), /status=open/)
  await page.reload()
  await page.getByText('2 rows').waitFor()
})
