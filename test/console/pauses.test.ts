import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askFor, brakedUser, refusedBy, served, UNBRAKED_KEY } from '../support/braked-requests.ts'
import { assertAccessible, assertFits, DESKTOP, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'
import { CLIENT_KEY, startGateway, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { goTo } from '../support/pages.ts'

const SESSION = '0b7f6f7e-6d4f-4c0e-9a3b-1c2d3e4f5a6b'

test('a session runs away and is paused; the operator sees why, and resumes it', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ users: [brakedUser({ session_requests: 2 })] }) })
  await served(gateway, { session: SESSION })
  await served(gateway, { session: SESSION })
  await refusedBy(gateway, { session: SESSION }, /^paused: the session made 3 requests/)
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  const now = page.getByRole('region', { name: 'Paused', exact: true })
  await now.getByText('the session made 3 requests in a minute (limit 2)').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'now-paused')
  await now.getByRole('link', { name: 'All pauses (1)' }).click()
  await page.getByRole('heading', { name: 'Pauses', level: 1 }).waitFor()

  const row = page.getByRole('row', { name: new RegExp(USER) })
  await row.getByText('by a brake').waitFor()
  await row.getByText(`session ${SESSION}`).waitFor()
  await row.getByText(/^in (1 hour|\d+ minutes)$/).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'pauses')
  await page.setViewportSize(PHONE)
  await page.reload()
  await row.waitFor()
  await assertFits(page)
  await screenshot(page, 'pauses-phone')
  await page.setViewportSize(DESKTOP)
  await row.getByRole('link', { name: 'The request that it was' }).click()
  await page.getByRole('heading', { name: /^Why/, level: 1 }).waitFor()
  await page.getByText('paused: the session made 3 requests').first().waitFor()
  await page.goBack()
  await row.getByRole('button', { name: 'Resume' }).click()
  const question = page.getByRole('dialog', { name: 'Resume laptop?' })
  await question.getByText(/npx sluice resume \d+/).waitFor()
  await question.getByRole('button', { name: 'Resume' }).click()
  await page.getByText('Nothing is paused.').waitFor()
  await served(gateway, { session: SESSION })
  await page.getByRole('switch', { name: 'Show those that are over, too' }).check({ force: true })
  await row.getByText('resumed by').waitFor()
  assert.equal(await row.getByRole('button', { name: 'Resume' }).count(), 0)
})

test('an operator gives a key brakes, and pauses it by hand; its owner cannot resume it', async (t) => {
  const gateway = await startGateway(t)
  await givePassword(gateway, USER)
  const { page, context } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/people/${USER}`)
  const row = page.getByRole('table', { name: 'Keys' }).getByRole('row', { name: /laptop/ })
  await row.getByRole('button', { name: 'Brakes' }).click()
  const brakes = page.getByRole('form', { name: 'Brakes of laptop' })
  await brakes.getByLabel('A session, USD at most').fill('20')
  await brakes.getByLabel('A session, requests a minute').fill('120')
  await brakes
    .getByText(`npx sluice keys change ${USER} laptop --brake session_spend_usd=20 --brake session_requests=120`)
    .waitFor()
  await assertAccessible(page)
  await screenshot(page, 'key-brakes')
  await brakes.getByRole('button', { name: 'Save', exact: true }).click()
  await row.getByText('Brakes: a session, USD at most: 20; a session, requests a minute: 120').waitFor()

  await row.getByRole('button', { name: 'Brakes' }).click()
  await brakes.getByLabel('A session, requests a minute').fill('')
  await brakes.getByText('--brake session_requests=default').waitFor()
  await brakes.getByRole('button', { name: 'Save', exact: true }).click()
  await row.getByText('Brakes: a session, USD at most: 20', { exact: true }).waitFor()

  await row.getByRole('button', { name: 'Pause' }).click()
  const pause = page.getByRole('dialog', { name: 'Pause laptop' })
  await pause.getByLabel('Why').fill('it loops over the same test')
  await pause.getByLabel('Minutes').fill('30')
  await pause.getByText(`npx sluice pause ${USER} laptop --reason 'it loops over the same test' --for 30m`).waitFor()
  await assertAccessible(page)
  await pause.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('laptop is paused').waitFor()
  await refusedBy(gateway, { session: SESSION }, /^paused: it loops over the same test/)

  await context.clearCookies()
  await page.goto(`${gateway.url}/console/my/keys`)
  await signIn(page, USER)
  const paused = page.getByRole('article', { name: 'Pause of laptop' })
  await paused.getByText('it loops over the same test').waitFor()
  await paused.getByText('An operator has paused it').waitFor()
  assert.equal(await paused.getByRole('button', { name: 'Resume' }).count(), 0)
})

test('somebody sees on a phone what of theirs is paused and why, and resumes it', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ users: [brakedUser({ agent_requests: 1 })] }) })
  await givePassword(gateway, USER)
  await served(gateway, { session: SESSION, agent: 'busy' })
  await refusedBy(gateway, { session: SESSION, agent: 'busy' }, /^paused: the agent made 2 requests/)
  const { page } = await openBrowser(t, { width: PHONE, colorScheme: 'dark' })
  await page.goto(`${gateway.url}/console/my/keys`)
  await signIn(page, USER)
  const card = page.getByRole('article', { name: 'Pause of laptop' })
  await card.getByText(`session ${SESSION}, agent busy`).waitFor()
  await card.getByText('the agent made 2 requests in a minute (limit 1)').waitFor()
  await assertFits(page)
  await assertAccessible(page)
  await screenshot(page, 'my-pauses-phone')
  await card.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
  await page.getByText('laptop is resumed').waitFor()
  await card.waitFor({ state: 'detached' })
  assert.equal((await askFor(gateway, { session: SESSION, agent: 'busy' })).status, 200)
})

test('a lead sees what is paused of a member’s key in the team, resumes it, and the audit log says who did', async (t) => {
  const lead = 'lead@example.com'
  const keys = [
    { name: 'laptop', key: CLIENT_KEY, brakes: { session_requests: 1 }, team: 'core' },
    { name: 'private', key: UNBRAKED_KEY, brakes: { session_requests: 1 } }
  ]
  const members = [{ user: lead, role: 'lead' }, { user: USER }]
  const gateway = await startGateway(t, {
    declared: () => ({ users: [brakedUser({}, { role: 'user', keys }), { email: lead }], teams: [{ name: 'core', members }] })
  })
  await givePassword(gateway, lead)
  for (const key of [CLIENT_KEY, UNBRAKED_KEY]) {
    await served(gateway, { session: SESSION, key })
    await refusedBy(gateway, { session: SESSION, key }, /^paused: the session made 2 requests/)
  }
  const hand = { user: USER, key: 'laptop', session: 'another', reason: 'ask me first' }
  assert.equal((await operatorOf(gateway).call('POST', '/pauses', hand)).status, 201)

  const { page, context } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/home`)
  await signIn(page, lead)
  await page.getByRole('link', { name: 'Manage core' }).click()
  const paused = page.getByRole('region', { name: 'Paused', exact: true })
  const card = paused.getByRole('article', { name: 'Pause of laptop' }).filter({ hasText: SESSION })
  await card.getByText('the session made 2 requests in a minute (limit 1)').waitFor()
  await card.getByText(`of ${USER}, session ${SESSION}`).waitFor()
  const byHand = paused.getByRole('article', { name: 'Pause of laptop' }).filter({ hasText: 'ask me first' })
  await byHand.getByText('An operator has paused it').waitFor()
  assert.equal(await byHand.getByRole('button', { name: 'Resume' }).count(), 0)
  assert.equal(await paused.getByRole('article').count(), 2, 'what is not in the team is not the lead’s')
  await assertAccessible(page)
  await screenshot(page, 'led-team-paused')
  await page.setViewportSize(PHONE)
  await card.waitFor()
  await assertFits(page)
  await page.setViewportSize(DESKTOP)
  await card.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
  await page.getByText('laptop is resumed').waitFor()
  await card.waitFor({ state: 'detached' })
  await served(gateway, { session: SESSION })
  await refusedBy(gateway, { session: SESSION, key: UNBRAKED_KEY }, /^paused: /)

  await context.clearCookies()
  await enterAsOperator(page, gateway)
  await goTo(page, 'Audit')
  const entry = page.getByRole('row', { name: /pause\.resumed/ })
  await entry.getByText(lead, { exact: true }).waitFor()
  await entry.getByText(new RegExp(`^pause ${USER}/`)).waitFor()
  await page.goto(`${gateway.url}/console/pauses`)
  await page.getByRole('switch', { name: 'Show those that are over, too' }).check({ force: true })
  await page.getByRole('row', { name: new RegExp(`resumed by ${lead}`) }).waitFor()
})
