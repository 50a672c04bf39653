import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAccessible, screenshot } from '../support/browser.ts'
import { openAsOperator } from '../support/console.ts'
import { account, ask, startGateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

const MODEL = 'made-up-1'

test('a model had no price; the operator sets one, tries what it changes, and prices its requests anew', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('main', url, { accept: [MODEL] })] }) })
  await gateway.messages(ask({ model: MODEL }))
  await gateway.settledEvents(1)
  const before = await gateway.balance()
  const { page } = await openAsOperator(t, gateway, 'Prices')
  await page.getByText('are charged 5 for input and 25 for output').waitFor()
  const unpriced = page.getByRole('table', { name: 'Models that had no price' })
  await unpriced.getByRole('row', { name: new RegExp(`^${MODEL} 1 .* has none`) }).waitFor()
  await screenshot(page, 'prices-unpriced')
  await unpriced.getByRole('button', { name: 'Set a price' }).click()
  const dialog = page.getByRole('dialog')
  for (const [label, price] of [
    ['Input', '1'],
    ['Output', '2'],
    ['Cache write, 5 min', '1.25'],
    ['Cache write, 1 h', '2'],
    ['Cache read', '0.1']
  ] as const) {
    await dialog.getByRole('textbox', { name: label, exact: true }).fill(price)
  }
  await dialog.getByRole('row', { name: 'Output none 2' }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'price-override')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await unpriced.getByText('has a price').waitFor()
  const row = page.getByRole('table', { name: 'Prices' }).getByRole('row', { name: new RegExp(MODEL) })
  await row.getByText('your own price').waitFor()
  await assertAccessible(page)

  await page.getByRole('button', { name: 'Try it' }).click()
  await page.getByText('1 of 1 events would change').waitFor()
  assert.equal(await gateway.balance(), before, 'so far only for show')
  await screenshot(page, 'prices')
  await page.getByRole('button', { name: 'Do it' }).click()
  await dialog.getByText('npx sluice prices rerate --from 30d --to tomorrow --unknown-only').waitFor()
  await dialog.getByRole('button', { name: 'Do it', exact: true }).click()
  await page.getByText('The requests are priced anew').waitFor()
  assert.notEqual(await gateway.balance(), before)
  await page.getByText('All models that were used had a price.').waitFor()

  await row.getByRole('button', { name: 'Remove own' }).click()
  await dialog.getByRole('button', { name: 'Remove own', exact: true }).click()
  await row.waitFor({ state: 'detached' })
})

test('an operator sets the price of a model that nobody has used yet', async (t) => {
  const gateway = await startGateway(t)
  const { page } = await openAsOperator(t, gateway, 'Prices')
  await page.getByRole('button', { name: 'Price of another model' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Model').fill(MODEL)
  for (const label of ['Input', 'Output', 'Cache write, 5 min', 'Cache write, 1 h', 'Cache read']) {
    await dialog.getByRole('textbox', { name: label, exact: true }).fill('3')
  }
  await assertAccessible(page)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await page
    .getByRole('row', { name: new RegExp(MODEL) })
    .getByText('your own price')
    .waitFor()
})

test('two operators price one model: the second sees both prices, and keeps what the first did besides', async (t) => {
  const gateway = await startGateway(t)
  const { call } = operatorOf(gateway)
  const { page } = await openAsOperator(t, gateway, 'Prices')
  const row = page.getByRole('row', { name: /^claude-haiku-4-5 / })
  await row.getByRole('button', { name: 'Set own price' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Output', exact: true }).fill('7')
  const theirs = { input: '3', output: '5', cache_write_5m: '1.25', cache_write_1h: '2', cache_read: '0.1' }
  assert.equal((await call('PUT', '/price-overrides/claude-haiku-4-5', { usd_per_mtok: theirs })).status, 200)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  const both = dialog.getByRole('table', { name: 'Both versions' })
  await both.getByRole('row', { name: 'Input 1 3 left as it was' }).waitFor()
  await both.getByRole('row', { name: 'Output 5 5 7' }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'price-conflict')
  await dialog.getByRole('button', { name: 'Save mine on top' }).click()
  await row.getByText('your own price').waitFor()
  const { body } = await call('GET', '/price-overrides/claude-haiku-4-5')
  assert.deepEqual(body['usd_per_mtok'], { ...theirs, output: '7' })
})
