import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { fillUsage } from '../../bench/usage-filling.ts'
import { assertAccessible, openBrowser, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'
import { migratedUrl } from '../support/databases.ts'
import { account, ask, startGateway, USER, user, type Gateway } from '../support/gateway.ts'
import { openPool } from '../support/open-pool.ts'
import { until } from '../support/until.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const HTML_USER = `<b>bold</b>${'x'.repeat(180)}@example.com`
const ARABIC_USER = 'ليلى@example.com'
const EMOJI_KEY = 'laptop 🚀'

interface Sums {
  data: { charged_usd: string; cost_usd: string; requests: number; model?: string }[]
}

/** When a day (UTC) begins in a zone, whose offset is of full hours. */
function startOf(day: Date, zone: string): string {
  const there = new Date(day.toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T').concat('Z'))
  return new Date(2 * day.getTime() - there.getTime()).toISOString()
}

const sumsOf = async (gateway: Gateway, query: string) => (await gateway.admin<Sums>(`/usage-summary?${query}`)).data

async function choose(page: Page, field: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: field, exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

/** A row of the table, by what stands first in it. */
const rowOf = (page: Page, name: string) =>
  page
    .getByRole('table', { name: 'Usage' })
    .getByRole('row')
    .filter({ has: page.getByText(name, { exact: true }) })

test('finance asks what a week cost by whom and by model, takes it along, and shares the page', async (t) => {
  const databaseUrl = await migratedUrl(t)
  const pool = openPool(databaseUrl)
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
  await fillUsage(pool, { events: 20_000, days: 10, from: today - 9 * DAY_MS, users: 7 })
  await pool.end()
  const gateway = await startGateway(t, { databaseUrl, declared: () => ({ accounts: [], users: [], groups: [] }) })
  const { page, context } = await openBrowser(t, { timezoneId: 'UTC' })
  await enterAsOperator(page, gateway)

  await page.getByRole('link', { name: 'Usage', exact: true }).click()
  await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor()
  await rowOf(page, 'user-3@example.com').waitFor()
  assert.equal(await page.locator('[role=option]').count(), 0, 'no choices are drawn before a field is reached')
  const from = new Date(today - 6 * DAY_MS).toISOString()
  const [week] = await sumsOf(gateway, `from=${from}`)
  const total = page.getByRole('table', { name: 'Usage' }).getByRole('row', { name: /^Total/ })
  await total.getByTitle(`${week!.charged_usd} USD`).first().waitFor()
  await page.getByRole('img', { name: 'Charged by day, in parts by user' }).waitFor()
  await page.locator('.recharts-bar-rectangle').first().waitFor()
  await page.getByText('They have not been verified against the ledger yet.').waitFor()
  const { id } = (await (await gateway.tell('/verifications')).json()) as { id: string }
  const verified = () => gateway.admin<{ state: string }>(`/verifications/${id}`)
  await until('the books were verified', async () => (await verified()).state === 'agrees')
  await page.reload()
  await page.getByText(/Last verified against the ledger .*: no drift/).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'usage')

  await choose(page, 'Columns', 'Model')
  // By keys, which begin at what is chosen: Charged, List cost, Attempts.
  await page.getByRole('combobox', { name: 'Measure', exact: true }).focus()
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key)
  await page.getByRole('columnheader', { name: 'claude-haiku-4-5' }).waitFor()
  await total.getByTitle(String(week!.requests)).waitFor()
  const byModel = await sumsOf(gateway, `group_by=model&from=${from}`)
  for (const { requests } of byModel) await total.getByTitle(String(requests), { exact: true }).first().waitFor()

  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download CSV' }).click()
  const file = await downloading
  assert.equal(file.suggestedFilename(), 'usage-requests-by-user-and-model.csv')
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n')
  assert.equal(lines.length, 1 + 7 + 1)
  assert.match(lines.at(-1)!, new RegExp(`^Total,.*,${week!.requests}$`))

  // The whole state is in the URL: somebody else sees the same.
  const second = await context.newPage()
  await second.goto(page.url())
  await second.getByRole('columnheader', { name: 'claude-haiku-4-5' }).waitFor()
  await second
    .getByRole('row', { name: /^Total/ })
    .getByTitle(String(week!.requests))
    .waitFor()

  await choose(page, 'Time', 'Last 24 hours')
  await choose(page, 'Rows', 'Hour')
  await page.getByRole('img', { name: 'Attempts by hour, in parts by model' }).waitFor()
  await screenshot(page, 'usage-by-hour')

  const zone = 'Europe/Berlin'
  const day = new Date(today - 3 * DAY_MS)
  const [berlin] = await sumsOf(gateway, `group_by=day&time_zone=${zone}&from=${startOf(day, zone)}`)
  await page.goto(`${gateway.url}/console/usage?rows=day&columns=none&measure=requests&zone=${zone}`)
  const label = day.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
  await rowOf(page, label).getByTitle(String(berlin!.requests), { exact: true }).waitFor()
})

test('the sums are asked for while the page itself is on its way, and once', async (t) => {
  const gateway = await startGateway(t)
  const { page } = await openBrowser(t, { timezoneId: 'UTC' })
  await enterAsOperator(page, gateway)
  const questions: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/usage-summary')) questions.push(request.url())
  })
  const asked = page.waitForRequest(/\/usage-summary/)
  await page.route(/\/assets\/usage-[\w-]+\.js$/, async (route) => {
    await asked
    await route.continue()
  })
  await page.getByRole('link', { name: 'Usage', exact: true }).click()
  await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor()
  await page.getByText('Nothing was used in this time').waitFor()
  assert.equal(questions.length, 1, questions.join(', '))

  // The calendar comes when it is asked for.
  await choose(page, 'Time', 'Certain days …')
  await page.waitForURL(/range=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d/)
  await page.getByRole('button', { name: 'Days' }).click()
  await page.locator('[data-dates-dropdown] button[data-first-in-range]').waitFor()
})

test('names that are HTML, long or from right to left are shown as they are, and an unknown one is refused in words', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('main', url)],
      users: [HTML_USER, ARABIC_USER].map((email, index) =>
        user({ email, keys: [{ name: EMOJI_KEY, key: `sk-sluice-a-client-key-number-${index}` }] })
      )
    })
  })
  for (const index of [0, 1]) {
    const response = await gateway.messages(ask(), { headers: { 'x-api-key': `sk-sluice-a-client-key-number-${index}` } })
    assert.equal(response.status, 200, await response.text())
  }
  await gateway.settledEvents(2)
  const { page } = await openBrowser(t, { timezoneId: 'Asia/Kolkata' })
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/usage?columns=none&range=today`)
  await rowOf(page, HTML_USER).waitFor()
  await rowOf(page, ARABIC_USER).waitFor()
  assert.equal(await page.locator('table b').count(), 0)
  await choose(page, 'Rows', 'Key')
  await rowOf(page, `${ARABIC_USER}/${EMOJI_KEY}`).waitFor()

  await page.getByRole('combobox', { name: 'User', exact: true }).fill('nobody@example.com')
  await page.keyboard.press('Enter')
  await page.getByText('there is no user nobody@example.com').waitFor()
  await page.keyboard.press('Escape')
  await assertAccessible(page)
  await page.getByRole('combobox', { name: 'User', exact: true }).press('Backspace')
  await page.getByRole('combobox', { name: 'User', exact: true }).press('ArrowDown')
  await page.getByRole('option', { name: HTML_USER }).click()
  await rowOf(page, `${HTML_USER}/${EMOJI_KEY}`).waitFor()
  await screenshot(page, 'usage-names')
  assert.equal(await rowOf(page, `${ARABIC_USER}/${EMOJI_KEY}`).count(), 0)

  await page.goto(`${gateway.url}/console/usage`)
  await page.getByText('Days are those of UTC').waitFor()
  await page.goto(`${gateway.url}/console/usage?zone=Asia/Kolkata`)
  await page.getByText('those of Asia/Kolkata do not').waitFor()
  await page.goto(`${gateway.url}/console/usage?range=2026-02-30..2026-02-01`)
  await page.getByText('There is no such time').waitFor()
  await page.goto(`${gateway.url}/console/usage?range=2025-01-01..2025-01-02`)
  await page.getByText('Nothing was used in this time').waitFor()
})

test('somebody in Kolkata sees their own usage by hour, without accounts', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('secret-account', url)], users: [user()] })
  })
  const response = await gateway.messages(ask())
  assert.equal(response.status, 200, await response.text())
  const [event] = await gateway.settledEvents(1)
  await givePassword(gateway, USER)
  const { page } = await openBrowser(t, { timezoneId: 'Asia/Kolkata' })
  // As of an operator's page: by accounts one's own usage is not narrowed down.
  const ofOperators = 'account=%5B%22another%22%5D'
  await page.goto(`${gateway.url}/console/my/usage?rows=hour&columns=key&range=24h&${ofOperators}`)
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'My usage', level: 1 }).waitFor()
  const hour = new Date(Math.floor(Date.parse(event!.created_at) / 3_600_000) * 3_600_000)
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const label = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Kolkata', day: 'numeric', month: 'short', ...time }).format(
    hour
  )
  assert.match(label, /:30$/)
  await rowOf(page, label).getByTitle(`${event!.charged_usd} USD`).first().waitFor()
  await page.getByRole('combobox', { name: 'Rows', exact: true }).click()
  assert.deepEqual(await page.getByRole('option').allTextContents(), ['Key', 'Group', 'Team', 'Model', 'Day', 'Hour'])
  assert.doesNotMatch((await page.textContent('body'))!, /secret-account/)
  await page.keyboard.press('Escape')
  await assertAccessible(page)
  await screenshot(page, 'my-usage')
})
