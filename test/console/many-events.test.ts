import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillUsage } from '../../bench/usage-filling.ts'
import { openBrowser, screenshot } from '../support/browser.ts'
import { enterAsOperator } from '../support/console.ts'
import { migratedUrl } from '../support/databases.ts'
import { startGateway } from '../support/gateway.ts'
import { openPool } from '../support/open-pool.ts'
import { until } from '../support/until.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const EVENTS = 1_000_000

test('an operator finds their way through a million events', async (t) => {
  const databaseUrl = await migratedUrl(t)
  const pool = openPool(databaseUrl)
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
  await fillUsage(pool, { events: EVENTS, days: 20, from: today - 20 * DAY_MS, users: 500, inLedger: false })
  await pool.end()
  const gateway = await startGateway(t, { databaseUrl, declared: () => ({ accounts: [], users: [], groups: [] }) })
  const { page } = await openBrowser(t, { timezoneId: 'UTC' })
  await enterAsOperator(page, gateway)

  const usage = page.getByRole('table', { name: 'Usage' })
  const total = usage.getByRole('row', { name: /^Total/ })
  await page.goto(`${gateway.url}/console/usage?range=30d&rows=model&zone=UTC`)
  // A cent each.
  await total.getByTitle('10000 USD').first().waitFor()
  await usage
    .getByRole('row', { name: /claude-opus-5-5/ })
    .getByTitle('3333.34 USD')
    .first()
    .waitFor()
  await screenshot(page, 'million-usage')
  await page.goto(`${gateway.url}/console/usage?range=30d&rows=user&measure=requests&zone=UTC`)
  await total.getByTitle(String(EVENTS)).first().waitFor()
  await page.goto(`${page.url()}&user=%5B%22user-77%40example.com%22%5D`)
  await total.getByTitle('2000', { exact: true }).first().waitFor()

  const requests = page.getByRole('table', { name: 'Requests' }).locator('tbody tr')
  const exchanges = async () =>
    await requests.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
  const showsEach = async (count: number) => {
    await until(`${count} requests are drawn`, async () => (await requests.count()) === count)
    assert.equal(new Set(await exchanges()).size, count, 'each once')
  }
  await page.goto(`${gateway.url}/console/requests?range=30d`)
  await requests
    .first()
    .locator(`a[href$="event-${EVENTS - 1}"]`)
    .waitFor()
  await showsEach(100)
  await page.getByRole('button', { name: 'Show older' }).click()
  await page.getByText('200 attempts').waitFor()
  await showsEach(200)
  // What a thousandth of all is, and the newest of them.
  await page.goto(`${gateway.url}/console/requests?range=30d&outcome=%5B%22interrupted%22%5D`)
  await requests
    .first()
    .locator(`a[href$="event-${EVENTS - 1000}"]`)
    .waitFor()
  await showsEach(100)
})
