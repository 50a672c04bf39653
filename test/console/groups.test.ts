import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, startGateway, user, USER } from '../support/gateway.ts'
import { assertAccessible, openBrowser, screenshot } from '../support/browser.ts'
import { enterAsOperator } from '../support/console.ts'

interface ListedGroup {
  id: string
  name: string
  kind: string
  status: string
  daily_limit_usd: string | null
}

test('a group is made, found to be served by nobody, given other terms, and taken away', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('main', url)] }) })
  const groups = async () => (await gateway.admin<{ data: ListedGroup[] }>('/groups')).data
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.getByRole('link', { name: 'Groups' }).click()
  const known = page.getByRole('row', { name: /^default/ })
  await known.getByText('main').waitFor()
  assert.equal(await known.getByText('no account serves it').count(), 0)

  await page.getByRole('button', { name: 'Create a group' }).click()
  const form = page.getByRole('form', { name: 'Create a group' })
  // A limit that is typed before another kind is chosen is not sent.
  await form.getByLabel('Name').fill('plain')
  await form.getByRole('combobox', { name: 'Who pays' }).click()
  await page.getByRole('option', { name: 'subscription' }).click()
  await form.getByLabel('A day, USD at most').fill('ten')
  await form.getByRole('combobox', { name: 'Who pays' }).click()
  await page.getByRole('option', { name: 'balance' }).click()
  await form.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { name: 'plain', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'All groups' }).click()

  await page.getByRole('button', { name: 'Create a group' }).click()
  await form.getByLabel('Name').fill('إدارة <b>pro</b>')
  await form.getByRole('combobox', { name: 'Who pays' }).click()
  await page.getByRole('option', { name: 'subscription' }).click()
  await form.getByLabel('A day, USD at most').fill('ten')
  await form.getByText("npx sluice groups add 'إدارة <b>pro</b>' --kind subscription").waitFor()
  await form.getByRole('button', { name: 'Create' }).click()
  await form.getByRole('alert').getByText('daily_limit_usd').waitFor()
  await form.getByLabel('A day, USD at most').fill('10')
  await assertAccessible(page)
  await form.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { name: 'إدارة <b>pro</b>', level: 1 }).waitFor()
  await page.getByText('no account serves it').waitFor()
  await page.getByText('$10.00 a day').waitFor()
  await page.getByText('Nobody is subscribed to this group').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'group')

  await page.getByRole('button', { name: 'Change', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: /^Change/ })
  await dialog.getByLabel('Name').fill('pro')
  await dialog.getByLabel('A day, USD at most').fill('')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('heading', { name: 'pro', exact: true, level: 1 }).waitFor()
  assert.equal((await groups()).find(({ name }) => name === 'pro')?.daily_limit_usd, null)

  await page.getByRole('link', { name: 'All groups' }).click()
  await page.getByRole('row', { name: /^pro/ }).getByText('no account serves it').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'groups')
  await page.getByLabel('Search').fill('PRO')
  await page.getByText('1 row', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'pro', exact: true }).click()
  await page.getByRole('button', { name: 'Remove' }).click()
  const question = page.getByRole('dialog', { name: 'Remove pro for good?' })
  assert.equal(await question.getByRole('button', { name: 'Remove' }).isDisabled(), true)
  await question.getByLabel('Type pro to go on').fill('pro')
  await question.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('heading', { name: 'Groups', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'default' }).click()
  assert.deepEqual(
    (await groups()).map(({ name }) => name),
    ['default', 'plain']
  )

  await page.getByRole('link', { name: USER }).click()
  await page.getByRole('heading', { name: USER, level: 1 }).waitFor()
})

test('in a group of many keys one is found by its name or by whose it is', async (t) => {
  const keys = Array.from({ length: 60 }, (_, index) => ({ name: `ci-${index}` }))
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('main', url)],
      users: [user({ keys }), { email: 'ann@example.com', keys: [{ name: 'laptop' }] }]
    })
  })
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/groups/default`)
  const table = page.getByRole('table', { name: 'Keys of the group' })
  await page.getByLabel('Search the keys').fill('CI-59')
  await table.getByRole('cell', { name: 'ci-59' }).waitFor()
  await page.getByText('1 row', { exact: true }).waitFor()
  await page.getByLabel('Search the keys').fill('ann@')
  await table.getByRole('row', { name: 'ann@example.com' }).getByText('laptop').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'group-keys-searched')
  await page.getByLabel('Search the keys').fill('nobody')
  await page.getByText('No key of this group has that in its name').waitFor()
})

test('managed settings are shown, and changed only by who has said yes to what they can do', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('main', url)] }) })
  const stored = async () =>
    (await gateway.admin<{ data: { managed_settings: unknown }[] }>('/groups')).data[0]?.managed_settings
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.getByRole('link', { name: 'Groups' }).click()
  await page.getByRole('link', { name: 'default' }).click()
  await page.getByText('None: Claude Code keeps to the settings of each machine.').waitFor()
  await page.getByRole('button', { name: 'Change the settings' }).click()
  const form = page.getByRole('form', { name: 'Managed settings of default' })
  const [text, yes, save] = [
    form.getByLabel('Settings, as a JSON object'),
    form.getByLabel('I have read them'),
    form.getByRole('button', { name: 'Save', exact: true })
  ]
  await text.fill('{"env": {"A": "1"}')
  await save.click()
  assert.equal(await yes.evaluate((box: { matches: (what: string) => boolean }) => box.matches(':invalid')), true)
  await yes.click({ force: true })
  await save.click()
  await form.getByRole('alert').getByText('The settings are no JSON').waitFor()
  await text.fill('{"env": {"A": 1}}')
  await save.click()
  await form.getByRole('alert').getByText('managed_settings.env.A must be a text').waitFor()
  await form.getByText('npx sluice groups change default --managed-settings settings.json').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'managed-settings-form')
  assert.equal(await stored(), null)
  const settings = { env: { A: '1' }, hooks: { Stop: [{ hooks: [{ type: 'command', command: 'x'.repeat(150) }] }] } }
  await text.fill(JSON.stringify(settings))
  await save.click()
  await page.getByLabel('Managed settings', { exact: true }).getByText('"A": "1"').waitFor()
  assert.deepEqual(await stored(), settings)
  await assertAccessible(page)
  await screenshot(page, 'managed-settings')

  await page.getByRole('button', { name: 'Change the settings' }).click()
  await text.fill('')
  await yes.click({ force: true })
  await form.getByText('--managed-settings none').waitFor()
  await save.click()
  await page.getByText('None: Claude Code keeps to the settings of each machine.').waitFor()
  assert.equal(await stored(), null)
})
