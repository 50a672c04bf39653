import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ask, CLIENT_KEY, occupy, startGateway, USER, user } from '../support/gateway.ts'
import { assertAccessible, openBrowser, screenshot } from '../support/browser.ts'
import { enterAsOperator } from '../support/console.ts'

test('an account fails; the operator finds why, and puts it back', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url), account('second', url, { priority: 60 })] })
  })
  gateway.upstream.setBehaviour({ error: { status: 429 }, headers: { 'retry-after': '600' } })
  await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify(ask())
  })
  gateway.upstream.setBehaviour({})
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  const card = page.getByRole('article', { name: 'main' })
  await card.getByText('limited', { exact: true }).waitFor()
  await card.getByText(/ends in (9|10) minutes/).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'now')

  await card.getByRole('button', { name: 'Clear' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('npx sluice accounts clear-error main').waitFor()
  await assertAccessible(page)
  await dialog.getByRole('button', { name: 'Clear', exact: true }).click()
  await card.getByText('available', { exact: true }).waitFor()
  assert.equal((await gateway.accountNamed('main')).cooldowns.length, 0)

  await card.getByRole('button', { name: 'Test' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Test', exact: true }).click()
  await page.getByText('main answers').waitFor()
})

test('who waits for a slot of a user is shown with how many sessions that is', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ users: [user({ concurrency: 1 })], accounts: [account('main', url)] })
  })
  const free = await occupy(gateway, 1)
  const waiting = ['one', 'two', 'two'].map((session) =>
    gateway.messages(ask(), { headers: { 'x-claude-code-session-id': session } })
  )
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.getByRole('row', { name: new RegExp(`${USER}.*3 of 2 sessions`) }).waitFor()
  await free()
  for (const response of await Promise.all(waiting)) await response.text()
})
