import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ADMIN_TOKEN, CLIENT_KEY, startGateway, USER, user } from '../support/gateway.ts'
import { assertAccessible, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'

const groups = [
  { name: 'default', kind: 'balance' },
  { name: 'pro', kind: 'subscription', daily_limit_usd: '0.00001', weekly_limit_usd: '50' }
]
const subscriber = (upstreamUrl: string) => ({
  groups,
  accounts: [account('main', upstreamUrl, { groups: ['default', 'pro'] })],
  users: [
    user({
      balance_usd: '12.5',
      keys: [{ name: 'laptop', key: CLIENT_KEY, group: 'pro' }, { name: 'büro 💡' }],
      subscriptions: [{ group: 'pro', days: 30 }]
    })
  ]
})

const ask = (url: string) =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] })
  })

test('somebody sees what they have left, until when, and how to connect', async (t) => {
  const gateway = await startGateway(t, { declared: subscriber })
  await givePassword(gateway, USER)
  assert.equal((await ask(gateway.url)).status, 200)
  await gateway.app.backOffice.settle()
  // Another zone, and a clock that is years ahead: times are the server’s.
  const { page } = await openBrowser(t, { timezoneId: 'America/New_York' })
  await page.clock.setSystemTime(new Date('2031-05-05T05:05:05Z'))
  await page.goto(`${gateway.url}/console/`)
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()

  await page.getByRole('group', { name: 'Balance' }).getByText('$12.50').waitFor()
  const card = page.getByRole('article', { name: 'Subscription pro' })
  const day = card.getByRole('group', { name: 'Day' })
  await day.getByText('used up').waitFor()
  await day.getByText(/^resets (in 24 hours|tomorrow), .*(EST|EDT|GMT-[45]) · .* UTC$/).waitFor()
  await card
    .getByRole('group', { name: 'Week' })
    .getByText(/left of \$50\.00/)
    .waitFor()
  await page.getByRole('group', { name: 'Slots in use' }).getByText('0 of 5').waitFor()
  await page.getByRole('group', { name: 'Today' }).getByText('1 request').waitFor()

  await page.getByRole('combobox', { name: 'Key' }).click()
  await page.getByRole('option', { name: /^laptop/ }).click()
  await page.getByText(/laptop is refused now: /).waitFor()
  await page.getByRole('button', { name: 'Does it work?' }).click()
  await page.getByText(/A client reads: .*spend limit/).waitFor()
  await page.getByText(`export ANTHROPIC_BASE_URL=${gateway.url}`).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'home')
})

test('on a phone, whose balance is below zero is told so and what to do', async (t) => {
  const gateway = await startGateway(t)
  await givePassword(gateway, USER)
  await adjust(gateway.url, '-100.25')
  const { page } = await openBrowser(t, { width: PHONE, colorScheme: 'dark' })
  await page.goto(`${gateway.url}/console/home`)
  await signIn(page, USER)
  await page.getByRole('group', { name: 'Balance' }).getByText('-$0.25').waitFor()
  await page.getByText('The balance is below zero').waitFor()
  await page.getByText(/New requests are refused until it is topped up/).waitFor()
  assert.equal(await page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth'), true)
  await assertAccessible(page)
  await screenshot(page, 'home-phone')

  async function adjust(url: string, amount: string) {
    const response = await fetch(`${url}/admin/v1/users/${encodeURIComponent(USER)}/balance-adjustments`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        'content-type': 'application/json',
        'idempotency-key': 'below zero'
      },
      body: JSON.stringify({ amount_usd: amount, kind: 'adjustment' })
    })
    assert.equal(response.status, 201, await response.text())
  }
})

test('an operator who came by a link has no pages of their own', async (t) => {
  const gateway = await startGateway(t)
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  assert.equal(await page.getByRole('link', { name: 'Home' }).count(), 0)
  for (const path of ['home', 'my/keys', 'redeem', 'sessions']) {
    await page.goto(`${gateway.url}/console/${path}`)
    await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()
  }
})
