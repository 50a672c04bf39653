import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAccessible, openBrowser, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'
import { account, ask, CLIENT_KEY, credentialOf, startGateway, USER, user } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const OTHER_KEY = 'sk-sluice-a-client-key-of-somebody-else'
const OTHER = 'other@example.com'
const NOWHERE = '00000000-0000-7000-8000-000000000000'

test('the operator follows a number to its requests, and finds why one went as it did', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url), account('second', url, { priority: 60 })] })
  })
  gateway.upstream.setBehaviour([
    { credential: credentialOf('main'), times: 1, behaviour: { error: { status: 529 }, delayHeadersMs: 300 } },
    {
      credential: credentialOf('second'),
      behaviour: { delayFirstEventMs: 200, usage: { inputTokens: 1000, cacheReadTokens: 5000 } }
    }
  ])
  const response = await gateway.messages(ask())
  const id = response.headers.get('x-sluice-exchange-id')!
  assert.equal(response.status, 200, await response.text())
  const [event] = await gateway.settledEvents(1)
  const { page } = await openBrowser(t, { timezoneId: 'UTC' })
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/usage?columns=account&range=24h`)
  const usage = page.getByRole('table', { name: 'Usage' })
  await usage
    .getByRole('row', { name: new RegExp(USER) })
    .getByRole('link')
    .last()
    .click()

  await page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor()
  const list = page.getByRole('table', { name: 'Requests' })
  await list.getByText('second', { exact: true }).waitFor()
  await page.getByText('1 attempt, which is all').waitFor()
  assert.match(page.url(), /account=/)
  await assertAccessible(page)
  await screenshot(page, 'requests')

  await list.getByRole('row').nth(1).getByRole('link').click()
  await page.getByRole('heading', { name: 'Why', level: 1 }).waitFor()
  await page.getByText(id).waitFor()
  const timeline = page.getByRole('list', { name: 'Timeline' })
  await timeline.getByText('attempt 1: main').waitFor()
  await timeline.getByText(/refused, 529/).waitFor()
  await timeline.getByText('attempt 2: second').waitFor()
  await page.getByRole('table', { name: 'Limits' }).getByText('balance', { exact: true }).waitFor()
  await page.getByRole('table', { name: 'Accounts' }).last().getByText('passed over', { exact: true }).waitFor()
  await page.getByRole('table', { name: 'Price of attempt 2' }).getByText('1,000', { exact: true }).waitFor()
  await page.getByText(`${event!.charged_usd} USD charged`).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'why')

  await page.getByRole('textbox', { name: 'Exchange id' }).fill('no id')
  await page.getByRole('button', { name: 'Why?' }).click()
  await page.getByText('This is no exchange id').waitFor()
  await page.getByRole('textbox', { name: 'Exchange id' }).fill(`x-sluice-exchange-id: ${NOWHERE}`)
  await page.getByRole('button', { name: 'Why?' }).click()
  await page.getByText(`there is no exchange ${NOWHERE}: exchanges are kept for`).waitFor()
  await assertAccessible(page)
})

test('requests appear by themselves while they are live, and older ones are found page by page, each once', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url)], users: [user({ concurrency: 0 })] })
  })
  const send = async (count: number) => {
    for (let sent = 0; sent < count; sent++) await (await gateway.messages(ask())).text()
    await gateway.settled()
  }
  await send(130)
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/requests`)
  const rows = page.getByRole('table', { name: 'Requests' }).locator('tbody tr')
  await page.getByText('100 attempts').waitFor()
  await send(1)
  await page.getByRole('button', { name: 'Show older' }).click()
  // One came meanwhile: the list goes on from what it has shown, and neither repeats nor loses one.
  await page.getByText('130 attempts, which is all').waitFor()
  await until('all rows are drawn', async () => (await rows.count()) === 130)
  const shown = await rows.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
  assert.equal(new Set(shown).size, 130)

  await page.getByRole('switch', { name: 'Live' }).click()
  await page.getByText('100 attempts').waitFor()
  const [newest] = (await gateway.events()).map(({ exchange_id: id }) => id)
  await rows.first().locator(`a[href$="${newest}"]`).waitFor()
  await send(1)
  const [next] = (await gateway.events()).map(({ exchange_id: id }) => id)
  await rows.first().locator(`a[href$="${next}"]`).waitFor()
  assert.match(page.url(), /live=true/)

  await page.goto(`${gateway.url}/console/requests?outcome=%5B%22interrupted%22%5D`)
  await page.getByText('No request is on record in this time').waitFor()
  await page.goto(`${gateway.url}/console/requests?account=%5B%22nowhere%22%5D`)
  await page.getByText('there is no account nowhere').waitFor()
})

test('a person sees their own requests and why, without accounts, and nobody else’s', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('secret-account', url)],
      users: [user(), user({ email: OTHER, keys: [{ name: 'desk', key: OTHER_KEY }] })]
    })
  })
  const ids = []
  for (const key of [CLIENT_KEY, OTHER_KEY]) {
    const response = await gateway.messages(ask(), { headers: { 'x-api-key': key } })
    ids.push(response.headers.get('x-sluice-exchange-id'))
    await response.text()
  }
  await gateway.settledEvents(2)
  await givePassword(gateway, USER)
  const { page } = await openBrowser(t, { colorScheme: 'dark' })
  await page.goto(`${gateway.url}/console/my/requests`)
  await signIn(page, USER)
  await page.getByText('1 attempt, which is all').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'my-requests-dark')
  await page.getByRole('table', { name: 'My requests' }).getByRole('row').nth(1).getByRole('link').click()
  await page.getByText('an account is chosen').waitFor()
  assert.ok(page.url().endsWith(`/my/requests/${ids[0]}`))
  assert.doesNotMatch((await page.textContent('body'))!, /secret-account/)
  await assertAccessible(page)
  await screenshot(page, 'my-why-dark')
  await page.goto(`${gateway.url}/console/my/requests/${ids[1]}`)
  await page.getByText(`there is no exchange ${ids[1]}`).waitFor()
})
