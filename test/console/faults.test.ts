import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { enterAsOperator } from '../support/console.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { migratedUrl } from '../support/databases.ts'
import { freePort } from '../support/free-port.ts'
import { account, ask, CLIENT_KEY, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

test('the server restarts under an open page, which says so and heals', async (t) => {
  const gateway = await startGateway(t, { env: { PORT: String(await freePort()) } })
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await gateway.stop()
  await page.getByText('Sluice does not answer').first().waitFor()
  await gateway.start()
  await page.getByText('Sluice does not answer').first().waitFor({ state: 'detached' })
  await page.getByRole('article', { name: 'main' }).waitFor()
})

test('another version is put in place under an open page, which loads itself anew for it', async (t) => {
  const gateway = await startGateway(t)
  // What the page says of it before it loads anew is no fault.
  const { page, context } = await openBrowser(t, {}, [/Failed to fetch dynamically imported module/])
  await page.goto(`${gateway.url}/console/sign-in`)
  await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  // The files of the page that is open are gone, as after an upgrade; those of the new version are there.
  let missed = 0
  await context.route(/assets\/enter-[\w-]+\.js/, async (route) => {
    missed++
    if (missed > 1) await route.continue()
    else await route.fulfill({ status: 404, body: '' })
  })
  await page.getByText('Run npx sluice console').waitFor()
  let loads = 0
  page.on('load', () => loads++)
  await page.evaluate(`history.pushState({}, '', 'enter'); dispatchEvent(new PopStateEvent('popstate'))`)
  await page.getByText('this link was used before or has expired').waitFor()
  await until('it has loaded itself anew', () => loads >= 1)
  assert.ok(missed >= 2, 'it asked for the file again')
  assert.equal(loads, 1, 'it loaded itself anew, once')
})

test('the database is away: pages say so, show what they had and heal', async (t) => {
  const database = await databaseProxy(await migratedUrl(t))
  const gateway = await startGateway(t, { databaseUrl: database.url })
  t.after(() => database.close())
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.getByRole('article', { name: 'main' }).waitFor()
  database.cut()
  await page.getByText('This may be old').waitFor()
  await page.getByRole('article', { name: 'main' }).waitFor()
  // Somebody who comes now is told, too.
  const second = await page.context().newPage()
  await second.goto(`${gateway.url}/console/now`)
  await second.getByRole('heading', { name: 'This page cannot be shown' }).waitFor()
  database.restore()
  await second.getByRole('heading', { name: 'Now', level: 1 }).waitFor()
  await page.getByText('This may be old').waitFor({ state: 'detached' })
})

test('times are right in a browser whose clock is wrong by years', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('main', url), account('second', url)] }) })
  gateway.upstream.setBehaviour({ error: { status: 429 }, headers: { 'retry-after': '600' } })
  await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify(ask())
  })
  const { page } = await openBrowser(t)
  await page.clock.install({ time: new Date('2001-02-03T04:05:06Z') })
  await enterAsOperator(page, gateway)
  await page
    .getByRole('article', { name: 'main' })
    .getByText(/ends in (9|10) minutes/)
    .waitFor()
})
