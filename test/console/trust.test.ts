import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { assertAccessible, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { migratedUrl, postgresUrl } from '../support/databases.ts'
import { account, ask, startGateway, user, type Gateway } from '../support/gateway.ts'
import { goTo } from '../support/pages.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

const slotsAre = (gateway: Gateway, state: string) =>
  until(`slots are ${state}`, () => gateway.app.slotSharing.state() === state)

test('an operator shows an auditor that the books agree, what an outage did to them, and what somebody has changed by hand', async (t) => {
  const redis = await startRedisServer(t)
  const gateway = await startGateway(t, { redis, databaseUrl: await postgresUrl(t) })
  await slotsAre(gateway, 'shared')
  for (let time = 0; time < 3; time++) assert.equal((await gateway.messages(ask())).status, 200)
  await gateway.settledEvents(3)
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await goTo(page, 'Trust')
  await page.getByText('The books have not been verified yet').waitFor()
  await page.getByText('Nothing was ever away').waitFor()
  await page.getByRole('button', { name: 'Verify now' }).click()
  await page.getByText('The books agree').waitFor()
  await page.getByText(/by console:admin: looked at 3 usage events, 4 ledger entries, 1 user/).waitFor()
  await page.getByRole('row', { name: /agrees Hourly totals/ }).waitFor()
  const today = page.getByRole('table', { name: 'Reconciliation by day' }).getByRole('row').nth(1)
  await today.getByText('agrees').waitFor()
  await page.getByRole('row', { name: /Verified intact/ }).waitFor()

  await redis.stop()
  await slotsAre(gateway, 'local')
  assert.equal((await gateway.messages(ask())).status, 200)
  await until('it knows that it serves without', () => gateway.app.degradedModes().length > 0)
  await page.reload()
  await page.getByRole('row', { name: /Redis was away: this replica counted slots by itself/ }).waitFor()
  await redis.start()
  await slotsAre(gateway, 'shared')
  await until('it is on record', async () => (await gateway.admin<{ data: object[] }>('/degraded-modes')).data.length > 0)
  await page.reload()
  await page
    .getByRole('table', { name: 'Outages lived through' })
    .getByRole('row', { name: /Redis was away .* this replica counted slots by itself/ })
    .first()
    .waitFor()
  await assertAccessible(page)
  await screenshot(page, 'trust')
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download CSV' }).click()])
  assert.match(await readFile(await file.path(), 'utf8'), /^day,events,[^\n]*\r\n\d{4}-\d\d-\d\d,3,0\.\d+,/)

  await gateway.app.pg.pool.query(
    `update ledger_entries set amount_usd = amount_usd + 0.000000001, balance_after_usd = balance_after_usd + 0.000000001
     where id = (select max(id) from ledger_entries)`
  )
  await gateway.app.pg.pool.query('update users set balance_usd = balance_usd + 0.000000001')
  await page.getByRole('button', { name: 'Verify now' }).click()
  const verdict = page.getByRole('alert').filter({ hasText: 'The books do not agree' })
  await verdict.getByText('1 value differs, by $0.000000001 in all (exactly 0.000000001 USD)').waitFor()
  const differs = page.getByRole('table', { name: 'What differs' })
  await differs.getByRole('row', { name: /^charge usage event .* amount_usd/ }).waitFor()
  await page.getByRole('row', { name: /1 differs Each usage entry of the ledger/ }).waitFor()
  await today.getByText('1 differs').waitFor()
  await page.getByRole('row', { name: /differs in 1 value/ }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'trust-drift')
})

test('finance looks at it on a phone, and may not begin a verification', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url)], users: [user(), { email: 'eve@example.com', role: 'viewer' }] })
  })
  await givePassword(gateway, 'eve@example.com')
  assert.equal((await gateway.messages(ask())).status, 200)
  await gateway.settledEvents(1)
  assert.equal((await gateway.tell('/verifications')).status, 201)
  const { page } = await openBrowser(t, { width: PHONE, colorScheme: 'dark' })
  await page.goto(`${gateway.adminUrl}/console/trust`)
  await signIn(page, 'eve@example.com')
  await page.getByRole('heading', { name: 'Trust', level: 1 }).waitFor()
  await page.getByText('The books agree').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Verify now' }).count(), 0)
  const { scrollWidth, clientWidth } = await page.evaluate<{ scrollWidth: number; clientWidth: number }>(
    '({ scrollWidth: document.documentElement.scrollWidth, clientWidth: document.documentElement.clientWidth })'
  )
  assert.ok(scrollWidth <= clientWidth, `${scrollWidth} px wide on ${clientWidth}`)
  await assertAccessible(page)
  await screenshot(page, 'trust-phone')
})

test('with the database away the page keeps what it had, says so, and heals', async (t) => {
  const database = await databaseProxy(await migratedUrl(t))
  const gateway = await startGateway(t, { databaseUrl: database.url })
  t.after(() => database.close())
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await goTo(page, 'Trust')
  await page.getByText('The books have not been verified yet').waitFor()
  database.cut()
  await page.getByRole('button', { name: 'Verify now' }).click()
  await page.getByRole('alert').getByText('Sluice cannot do that now').first().waitFor()
  database.restore()
  await until('it answers again', async () => (await gateway.getAdmin('/admin/v1/verifications')).status === 200)
  await page.getByRole('button', { name: 'Verify now' }).click()
  await page.getByText('The books agree').waitFor()
})
