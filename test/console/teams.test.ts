import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAccessible, assertFits, DESKTOP, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'
import { ask, startGateway, USER, user } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { goTo } from '../support/pages.ts'
import { until } from '../support/until.ts'

const LEAD = 'lead@example.com'
const PEOPLE = [user({ role: 'user' }), { email: LEAD }]

test('an operator makes a team with a pool, shares it out, raises it for a while and takes it away', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ users: PEOPLE }) })
  const { call } = operatorOf(gateway)
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await goTo(page, 'Teams')
  await page.getByText('There is no team.').waitFor()
  await page.getByRole('button', { name: 'Create a team' }).click()
  const create = page.getByRole('dialog', { name: 'Create a team' })
  await create.getByLabel('Name').fill('core')
  await create.getByLabel('Month: the pool, USD').fill('100')
  await create.getByLabel('Time zone').fill('Europe/Berlin')
  await create.getByText('npx sluice teams add core --monthly-limit 100 --time-zone Europe/Berlin').waitFor()
  await assertAccessible(page)
  await create.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { name: 'core', level: 1 }).waitFor()
  await page.getByText('Nobody is in this team yet.').waitFor()

  await page.getByRole('button', { name: 'Add a member' }).click()
  const add = page.getByRole('dialog', { name: 'Add somebody to core' })
  await add.getByLabel('E-mail').fill('nobody@example.com')
  await add.getByLabel('Month: guaranteed, USD').fill('30')
  await add.getByRole('button', { name: 'Add' }).click()
  await add.getByText('there is no user nobody@example.com').waitFor()
  await add.getByLabel('E-mail').fill(USER)
  await add.getByLabel('Month: at most, USD').fill('60')
  await add
    .getByText(`npx sluice team-members set core ${USER} --role member --guaranteed monthly=30 --limit monthly=60`)
    .waitFor()
  await assertAccessible(page)
  await add.getByRole('button', { name: 'Add' }).click()
  const members = page.getByRole('table', { name: 'Members' })
  const row = members.getByRole('row', { name: new RegExp(USER) })
  await row.getByText('$60.00', { exact: true }).first().waitFor()
  await page.getByText('$30.00 of it guaranteed to members').waitFor()

  // Somebody else changes the team meanwhile: nothing of theirs is lost.
  await row.getByRole('button', { name: 'Change' }).click()
  const change = page.getByRole('form', { name: `Change ${USER} in core` })
  await change.getByLabel('Month: guaranteed, USD').fill('40')
  assert.equal((await call('PATCH', `/teams/core/members/${USER}`, { limits: { monthly: '70' } })).status, 200)
  await change.getByRole('button', { name: 'Save', exact: true }).click()
  const both = change.getByRole('table', { name: 'Both versions' })
  await both
    .getByRole('row', { name: /Month: at most/ })
    .getByText('70')
    .waitFor()
  await assertAccessible(page)
  await change.getByRole('button', { name: 'Save mine on top' }).click()
  await row.getByText('$70.00', { exact: true }).first().waitFor()
  await page.getByText('$40.00 of it guaranteed to members').waitFor()

  // What counts in the pool is what its keys are charged.
  await page.goto(`${gateway.url}/console/people/${USER}`)
  const key = page.getByRole('table', { name: 'Keys' }).getByRole('row', { name: /laptop/ })
  await key.getByRole('button', { name: 'Change' }).click()
  const form = page.getByRole('form', { name: 'Change laptop' })
  await form.getByRole('combobox', { name: 'Team' }).click()
  await page.getByRole('option', { name: 'core' }).click()
  await form.getByText(`npx sluice keys change ${USER} laptop --team core`).waitFor()
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await key.getByText('team core').waitFor()
  assert.equal((await gateway.messages(ask())).status, 200)
  const chargedOf = async () =>
    ((await call('GET', '/teams/core')).body['spending'] as { kind: string; used_usd: string }[]).find(
      ({ kind }) => kind === 'month'
    )?.used_usd
  await until('it is counted', async () => (await chargedOf()) !== '0')

  await goTo(page, 'Teams')
  await page
    .getByRole('row', { name: /core/ })
    .getByText(/Month, \$0\.\d+ of \$100\.00/)
    .waitFor()
  await assertAccessible(page)
  await screenshot(page, 'teams')
  await page.getByRole('link', { name: 'core', exact: true }).click()
  await page.getByRole('table', { name: 'Keys of the team' }).getByText('laptop').waitFor()

  await page.getByRole('button', { name: 'Raise a limit' }).click()
  const raise = page.getByRole('dialog', { name: 'Raise a limit of core for a while' })
  await raise.getByLabel('By how much, USD').fill('50')
  await raise.getByLabel('Until').fill('3d')
  await raise.getByLabel('Why').fill('launch week')
  await raise
    .getByText("npx sluice raises add --team core --amount 50 --period monthly --until 3d --reason 'launch week'")
    .waitFor()
  await assertAccessible(page)
  await screenshot(page, 'team-raise')
  await raise.getByRole('button', { name: 'Raise' }).click()
  await page.getByText(/Month, \$0\.\d+ of \$150\.00/).waitFor()
  const raises = page.getByRole('table', { name: 'Raises' })
  await raises.getByText('launch week').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'team')
  await page.setViewportSize(PHONE)
  await page.reload()
  await raises.getByText('launch week').waitFor()
  await assertFits(page)
  await screenshot(page, 'team-phone')
  await page.setViewportSize(DESKTOP)
  await raises.getByRole('button', { name: 'End' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click()
  await page.getByText(/Month, \$0\.\d+ of \$100\.00/).waitFor()

  await page.getByRole('link', { name: 'Usage by member' }).click()
  await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor()
  await page
    .getByRole('table')
    .getByRole('row', { name: new RegExp(USER) })
    .waitFor()
  await page.goBack()
  await page.getByRole('button', { name: 'Remove', exact: true }).first().click()
  const question = page.getByRole('dialog', { name: 'Remove core for good?' })
  await question.getByLabel('Type core to go on').fill('core')
  await question.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('There is no team.').waitFor()
})

test('usage and requests are narrowed down to a team', async (t) => {
  const gateway = await startGateway(t, {
    declared: () => ({ users: PEOPLE, teams: [{ name: 'core', members: [{ user: USER }] }] })
  })
  const { call } = operatorOf(gateway)
  assert.equal((await gateway.messages(ask())).status, 200)
  const { data: keys } = (await call('GET', '/keys')).body as unknown as { data: { id: string; name: string }[] }
  assert.equal((await call('PATCH', `/keys/${keys.find(({ name }) => name === 'laptop')?.id}`, { team: 'core' })).status, 200)
  assert.equal((await gateway.messages(ask())).status, 200)
  const settled = async () => ((await call('GET', '/usage-events')).body['data'] as unknown[]).length
  await until('both are settled', async () => (await settled()) === 2)
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/requests`)
  await page.getByText('2 attempts, which is all').waitFor()
  await page.goto(`${gateway.url}/console/requests?team=core`)
  await page.getByText('1 attempt, which is all').waitFor()
  await page.goto(`${gateway.url}/console/usage?team=core&rows=team&columns=none&measure=requests`)
  await page.getByRole('row', { name: /^core/ }).getByText('1', { exact: true }).first().waitFor()
  assert.equal(await page.getByRole('row', { name: /no team/ }).count(), 0)
})

const TEAM = { name: 'core', monthly_limit_usd: 100, daily_limit_usd: 40, members: [{ user: LEAD, role: 'lead' }] }

test('a lead sets the team up: a guarantee, a limit that is raised until Friday, keys, and usage by member', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ users: PEOPLE, teams: [TEAM] }) })
  await givePassword(gateway, LEAD)
  const { call } = operatorOf(gateway)
  const { page } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/home`)
  await signIn(page, LEAD)
  const own = page.getByRole('article', { name: 'Team core' })
  await own.getByRole('group', { name: 'Month' }).getByText('$100.00', { exact: true }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'home-teams')
  await own.getByRole('link', { name: 'Manage core' }).click()
  await page.getByRole('heading', { name: 'core', level: 1 }).waitFor()

  await page.getByRole('button', { name: 'Add a member' }).click()
  const add = page.getByRole('dialog', { name: 'Add somebody to core' })
  await add.getByLabel('E-mail').fill(USER)
  await add.getByLabel('Month: guaranteed, USD').fill('101')
  await add.getByLabel('Month: at most, USD').fill('20')
  await add.getByRole('button', { name: 'Add' }).click()
  await add.getByRole('alert').waitFor()
  await add.getByLabel('Month: guaranteed, USD').fill('15')
  await assertAccessible(page)
  await add.getByRole('button', { name: 'Add' }).click()
  const members = page.getByRole('table', { name: 'Members' })
  const row = members.getByRole('row', { name: new RegExp(USER) })
  await row.getByText('$15.00', { exact: true }).waitFor()
  assert.equal(
    await members
      .getByRole('row', { name: /^lead@/ })
      .getByRole('button', { name: 'Remove' })
      .count(),
    0
  )

  await page.getByRole('button', { name: 'Raise a limit' }).click()
  const raise = page.getByRole('dialog', { name: 'Raise a member’s limit for a while' })
  await raise.getByRole('combobox', { name: 'Whose limit' }).click()
  await page.getByRole('option', { name: USER }).click()
  await raise.getByLabel('By how much, USD').fill('50')
  await raise.getByLabel('Until').fill('2d')
  await raise.getByLabel('Why').fill('until Friday')
  await assertAccessible(page)
  await raise.getByRole('button', { name: 'Raise' }).click()
  await row.getByText('$70.00', { exact: true }).first().waitFor()
  await page.getByRole('table', { name: 'Raises' }).getByText('until Friday').waitFor()

  const { data: keys } = (await call('GET', '/keys')).body as unknown as { data: { id: string; name: string }[] }
  assert.equal((await call('PATCH', `/keys/${keys.find(({ name }) => name === 'laptop')?.id}`, { team: 'core' })).status, 200)
  assert.equal((await gateway.messages(ask())).status, 200)
  const settled = async () => ((await call('GET', '/usage-events')).body['data'] as unknown[]).length
  await until('it is settled', async () => (await settled()) === 1)
  await page.reload()
  const key = page.getByRole('table', { name: 'Keys of the team' }).getByRole('row', { name: /laptop/ })
  await key.getByRole('button', { name: 'Limit' }).click()
  const limit = page.getByRole('form', { name: `Limit laptop of ${USER}` })
  await limit.getByLabel('A day, USD at most').fill('3')
  await limit.getByRole('button', { name: 'Save', exact: true }).click()
  await key.getByText(/^Day, of \$3\.00/).waitFor()
  await key.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).click()
  await key.getByText('disabled', { exact: true }).waitFor()
  const usage = page.getByRole('table', { name: 'Usage by member' }).getByRole('row', { name: new RegExp(USER) })
  await usage.getByRole('cell', { name: '1', exact: true }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'led-team')
  await page.setViewportSize(PHONE)
  await page.reload()
  await usage.waitFor()
  await assertFits(page)
  await screenshot(page, 'led-team-phone')
})

test('a member sees their share of a team on a phone, and manages nothing', async (t) => {
  const members = [...TEAM.members, { user: USER, guaranteed: { monthly: 15 }, limits: { monthly: 20 } }]
  const gateway = await startGateway(t, { declared: () => ({ users: PEOPLE, teams: [{ ...TEAM, members }] }) })
  await givePassword(gateway, USER)
  const { page } = await openBrowser(t, { width: PHONE, colorScheme: 'dark' })
  await page.goto(`${gateway.url}/console/home`)
  await signIn(page, USER)
  const month = page.getByRole('article', { name: 'Team core' }).getByRole('group', { name: 'Month' })
  await month.getByText('$15.00 are guaranteed to you').waitFor()
  await month.getByText(/^You, of at most \$20\.00/).waitFor()
  await month.getByText(/^The team, of \$100\.00/).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Manage core' }).count(), 0)
  await assertFits(page)
  await assertAccessible(page)
  await screenshot(page, 'home-teams-phone')

  await page.goto(`${gateway.url}/console/my/keys`)
  await page.getByRole('button', { name: 'Create a key' }).click()
  const form = page.getByRole('form', { name: 'New key' })
  await form.getByLabel('Name').fill('second')
  await form.getByRole('combobox', { name: 'Team' }).click()
  await page.getByRole('option', { name: 'core' }).click()
  await form.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await page
    .getByRole('article', { name: 'second' })
    .getByText(/team core/)
    .waitFor()
  await page.getByRole('button', { name: 'Pages' }).click()
  await page.getByRole('link', { name: 'My teams' }).click()
  await page.getByRole('heading', { name: 'My teams', level: 1 }).waitFor()
  await page.getByRole('article', { name: 'Team core' }).waitFor()
  await assertFits(page)
})
