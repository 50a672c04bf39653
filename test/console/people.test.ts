import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { account, ADMIN_TOKEN, CLIENT_KEY, occupy, startGateway, USER, user, type Gateway } from '../support/gateway.ts'
import { assertAccessible, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn, signInAgain } from '../support/console.ts'
import { until } from '../support/until.ts'

const HTML = '<img src=x onerror="document.title=1"><b>bold</b>'
const HTML_ADDRESS = '<img/src=x/onerror=alert(1)>@example.com'
const RIGHT_TO_LEFT = '\u202e\u0634\u0631\u0643\u0629\u05e2\u05d1\u05e8\u05d9\u05ea'

interface ListedUser {
  id: string
  email: string
  concurrency: number
  balance_usd: string
  note: string | null
  spend?: { month: { charged_usd: string } }
}

const send = async (gateway: Gateway, method: string, path: string, body: object, more: Record<string, string> = {}) => {
  const response = await fetch(`${gateway.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', ...more },
    body: JSON.stringify(body)
  })
  assert.ok(response.ok, await response.clone().text())
}

test('a whole team is pasted; a wrong line is named, who is here already stays, and each new key is shown once', async (t) => {
  const gateway = await startGateway(t)
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.getByRole('link', { name: 'People' }).click()
  await page.getByRole('link', { name: USER }).waitFor()
  await page.getByRole('link', { name: 'Add people' }).click()

  const team = Array.from({ length: 101 }, (_, index) => `member-${index}@example.com`)
  const form = page.getByRole('form', { name: 'Add people' })
  await form.getByLabel('E-mail addresses').fill(['not an address', USER.toUpperCase(), ...team, team[0]].join('\n'))
  await form.getByLabel('Slots').fill('3')
  await form.getByLabel('Opening balance, USD').fill('2.50')
  await form.getByLabel('A key of this name').fill('laptop 🚀')
  await assertAccessible(page)
  await form.getByRole('button', { name: 'Check 103 addresses' }).click()
  await page.getByText('Nobody can be added yet').waitFor()
  await page.getByRole('row', { name: 'not an address' }).getByText('email must be an e-mail address').waitFor()
  assert.equal((await gateway.admin<{ data: ListedUser[] }>('/users')).data.length, 1)

  await page.getByRole('button', { name: 'Back' }).click()
  const typed = form.getByLabel('E-mail addresses')
  await typed.fill((await typed.inputValue()).replace('not an address\n', ''))
  await form.getByRole('button', { name: 'Check 102 addresses' }).click()
  await page.getByRole('row', { name: USER.toUpperCase() }).getByText('is here already, stays as it is').waitFor()
  await page.getByText('stands above, too').waitFor()
  await assertAccessible(page)
  await screenshot(page, 'people-checked')
  await page.getByRole('button', { name: 'Add 101 people' }).click()

  await page.getByText('101 people were added').waitFor({ timeout: 60_000 })
  const row = page.getByRole('row', { name: 'member-7@example.com' })
  await row.getByRole('button', { name: 'How to connect' }).click()
  await page
    .getByRole('region', { name: 'How to connect with laptop 🚀' })
    .getByText('export ANTHROPIC_AUTH_TOKEN=sk-')
    .waitFor()
  await assertAccessible(page)

  await page.getByRole('link', { name: 'All people' }).first().click()
  for (const count of [50, 100]) await page.getByRole('button', { name: `Show more than ${count}` }).click()
  await page.getByText('102 rows').waitFor()
  const rows = page.getByRole('table', { name: 'People' }).getByRole('link')
  await until('all rows are drawn', async () => (await rows.count()) === 102)
  const shown = await rows.allTextContents()
  assert.equal(new Set(shown).size, 102, 'no row is lost or shown twice')
  const kept = await gateway.admin<{ data: ListedUser[] }>(`/users?email=${USER}`)
  assert.deepEqual([kept.data[0]?.concurrency, kept.data[0]?.balance_usd], [5, '100'], 'who was here is as before')
  await page.getByLabel('Search').fill('member-77@')
  await page.getByText('1 row', { exact: true }).waitFor()
})

/** Five hundred people, of whom some have spent something. */
async function fillSpending({ app }: Gateway): Promise<void> {
  await app.pg.pool.query(
    `insert into usage_daily select day, u.id, 1, 1, 1, 'claude', 1, 0, 1, 1, 0, 0, 1, u.id % 250 * spent
     from users u, (values (date_trunc('day', now(), 'UTC'), 0.01), (date_trunc('month', now(), 'UTC'), 0.1)) as days (day, spent)
     where u.id % 5 = 0 on conflict do nothing`
  )
}

/**
 * Types a text faster than any timer of the page can end, whatever else the machine does: the page sees each letter
 * and does what it does at once, and no macrotask runs between two.
 */
async function typeWithoutPause(box: Locator, text: string): Promise<void> {
  await box.evaluate(async (input: EventTarget, typed) => {
    const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value')!
    for (let length = 1; length <= typed.length; length++) {
      set!.call(input, typed.slice(0, length))
      input.dispatchEvent(new Event('input', { bubbles: true }))
      for (let turns = 0; turns < 100; turns++) await Promise.resolve()
    }
  }, text)
}

const TEAM = Array.from({ length: 500 }, (_, index) => `member-${index}@example.com`)

test('among 500 people an operator finds who spends most, and whom they look for', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('main', url)],
      users: [user(), ...TEAM.map((email, index) => ({ email, balance_usd: String(index % 7), concurrency: index % 3 }))]
    })
  })
  await fillSpending(gateway)
  const spent = (await gateway.admin<{ data: ListedUser[] }>('/users?sort=-spend_month&limit=501&with=spend')).data
  const hangUp = await occupy(gateway, 2)
  const { page } = await openBrowser(t)
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/admin/v1/')) asked.push(request.url())
  })
  await enterAsOperator(page, gateway)
  await page.getByRole('link', { name: 'People' }).click()
  const table = page.getByRole('table', { name: 'People' })
  await table.getByRole('row', { name: USER }).getByText('2 of 5').waitFor()
  const emails = async () => await table.getByRole('link').allTextContents()
  const topIs = (email: string) => until(`${email} is at the top`, async () => (await emails())[0] === email)

  await table.getByRole('button', { name: 'Spent this month' }).click()
  await topIs(spent[0]!.email)
  assert.match(page.url(), /[?&]sort=-spend_month/)
  assert.equal(await table.getByRole('columnheader', { name: 'Spent this month' }).getAttribute('aria-sort'), 'descending')
  await table.getByRole('row', { name: spent[0]!.email }).getByTitle(`${spent[0]!.spend?.month.charged_usd} USD`).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'people')
  for (let count = 50; count <= 500; count += 50) {
    await page.getByRole('button', { name: `Show more than ${count}` }).click()
  }
  await page.getByText('501 rows').waitFor()
  await until('all rows are drawn', async () => (await emails()).length === 501)
  assert.deepEqual(
    await emails(),
    spent.map(({ email }) => email),
    'all of them, each once, in the order of what they spent'
  )
  await table.getByRole('button', { name: 'Balance' }).click()
  await topIs(USER)
  await table.getByRole('button', { name: 'Balance' }).click()
  await topIs('member-0@example.com')
  const ofPeople = asked.filter((url) => url.includes('/users'))
  assert.ok(ofPeople.length < 50, `${ofPeople.length} requests for a table of 500 people`)
  assert.ok(
    ofPeople.every((url) => url.includes('/users?')),
    'and none for a single one'
  )

  asked.length = 0
  await typeWithoutPause(page.getByLabel('Search'), 'MEMBER-49')
  await page.getByText('11 rows').waitFor()
  assert.deepEqual(
    asked.filter((url) => url.includes('q=')).map((url) => new URL(url).searchParams.get('q')),
    ['MEMBER-49'],
    'it is searched for when it is typed, not while'
  )
  await page.reload()
  await page.getByText('11 rows').waitFor()
  assert.equal(await page.getByLabel('Search').inputValue(), 'MEMBER-49', 'the URL has the search and the order')
  assert.equal(await table.getByRole('columnheader', { name: 'Balance' }).getAttribute('aria-sort'), 'ascending')

  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Spent today' }).uncheck()
  await page.keyboard.press('Escape')
  await page.reload()
  await page.getByText('11 rows').waitFor()
  assert.equal(await table.getByRole('columnheader', { name: 'Spent today' }).count(), 0, 'the choice of columns is kept')

  await page.getByLabel('Search').fill('100%')
  await page.getByText('Nobody has 100% in their address.').waitFor()
  await assertAccessible(page)
  await hangUp()
})

test('on a phone the list of people is sorted and searched, too', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('main', url)],
      users: [user(), { email: 'ann@example.com' }, ...TEAM.slice(0, 20).map((email) => ({ email }))]
    })
  })
  await fillSpending(gateway)
  const owes = { amount_usd: '-3.50', kind: 'adjustment' }
  const { data } = await gateway.admin<{ data: [ListedUser] }>('/users?q=ann')
  await send(gateway, 'POST', `/users/${data[0].id}/balance-adjustments`, owes, { 'idempotency-key': 'owes' })
  const { page } = await openBrowser(t, { width: PHONE })
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/people`)
  await page.getByRole('combobox', { name: 'Sort by' }).click()
  await page.getByRole('option', { name: 'Spent this month ↓' }).click()
  await until('who spent most is first', async () => {
    const first = (await page.getByRole('article').first().textContent()) ?? ''
    return first.includes('member-17@example.com') && first.includes('$2.20 this month')
  })
  assert.equal(await fits(page), true, 'nothing is wider than the screen')
  await assertAccessible(page)
  await screenshot(page, 'people-sorted-phone')
  await page.getByLabel('Search').fill('ann')
  await page.getByText('1 row', { exact: true }).waitFor()
  await page.getByRole('article', { name: 'ann@example.com' }).getByText('-$3.50').waitFor()
})

/** Whether nothing is wider than the screen. */
const fits = (page: Page) => page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth')

test('somebody owes money: they are topped up once, although the response is lost and the session ends meanwhile', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('main', url)],
      users: [user({ role: 'admin' }), { email: 'ann@example.com', balance_usd: '1', note: `${HTML} ${RIGHT_TO_LEFT}` }]
    })
  })
  const ann = (await gateway.admin<{ data: ListedUser[] }>('/users?email=ann@example.com')).data[0]!
  await givePassword(gateway, USER)
  const { page, context } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/people/${ann.id}`)
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'ann@example.com', level: 1 }).waitFor()
  await page.getByText('<b>bold</b>').first().waitFor()

  await page.getByRole('button', { name: 'Top up' }).click()
  const dialog = page.getByRole('dialog', { name: 'The balance of ann@example.com' })
  await dialog.getByText('Adjust', { exact: true }).click()
  await dialog.getByLabel('Amount, USD').fill('-13.25')
  await dialog.getByLabel('Note').fill('an invoice paid twice')
  await dialog.getByText("npx sluice balance add ann@example.com --note 'an invoice paid twice'").waitFor()
  await assertAccessible(page)
  await dialog.getByRole('button', { name: 'Adjust' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('table', { name: 'What they have' }).getByText('-$12.25').waitFor()

  // Sluice does what it is asked, but its response is lost on the way.
  await page.getByRole('button', { name: 'Top up' }).click()
  await dialog.getByLabel('Amount, USD').fill('20')
  await context.route('**/balance-adjustments', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await dialog.getByRole('button', { name: 'Top up' }).click()
  await dialog.getByText('Sluice does not answer').waitFor()
  await context.unroute('**/balance-adjustments')
  await context.clearCookies()
  await dialog.getByRole('button', { name: 'Top up' }).click()
  await signInAgain(page)
  assert.equal(await dialog.getByLabel('Amount, USD').inputValue(), '20', 'what was typed is still there')
  await dialog.getByRole('button', { name: 'Top up' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('table', { name: 'What they have' }).getByText('$7.75').waitFor()
  assert.equal((await gateway.admin<ListedUser>(`/users/${ann.id}`)).balance_usd, '7.75')
  await assertAccessible(page)
  await screenshot(page, 'person')
})

test('two operators change one person: the second sees both versions, and decides', async (t) => {
  const gateway = await startGateway(t)
  const { data } = await gateway.admin<{ data: ListedUser[] }>('/users')
  const { id } = data[0]!
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/people/${id}`)
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: `Change ${USER}` })
  await dialog.getByRole('textbox', { name: 'Slots' }).fill('8')
  await send(gateway, 'PATCH', `/users/${id}`, { concurrency: 2, note: 'on leave' })
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  const row = dialog.getByRole('table', { name: 'Both versions' }).getByRole('row', { name: 'Slots' })
  await row.waitFor()
  assert.deepEqual(await row.getByRole('cell').allTextContents(), ['5', '2', '8'])
  await assertAccessible(page)
  await screenshot(page, 'person-conflict')
  await dialog.getByRole('button', { name: 'Save mine on top' }).click()
  await dialog.waitFor({ state: 'hidden' })
  const now = await gateway.admin<ListedUser>(`/users/${id}`)
  assert.deepEqual([now.concurrency, now.note], [8, 'on leave'])
})

test('a developer gets a key, a limit and a subscription, and later leaves', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'pro', kind: 'subscription', daily_limit_usd: 10 }
      ],
      accounts: [account('main', url, { groups: ['default', 'pro'] })],
      users: [user({ keys: [{ name: 'laptop', key: CLIENT_KEY, spend_limits: { daily: 4 } }] })]
    })
  })
  const { id } = (await gateway.admin<{ data: [ListedUser] }>('/users')).data[0]
  const { page } = await openBrowser(t, { colorScheme: 'dark' })
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/people/${id}`)
  await page.getByRole('button', { name: 'Create a key' }).click()
  const form = page.getByRole('dialog', { name: `A key for ${USER}` })
  await form.getByLabel('Name').fill('ci 🚀')
  await form.getByLabel('A day, USD at most').fill('many')
  await form.getByRole('button', { name: 'Create' }).click()
  await form
    .getByRole('alert')
    .getByText(/spend_limits.*daily/)
    .waitFor()
  await form.getByLabel('A day, USD at most').fill('5')
  await form.getByText(`npx sluice keys add ${USER} 'ci 🚀' --spend-limit daily=5`, { exact: true }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'person-new-key')
  await form.getByRole('button', { name: 'Create' }).click()
  const card = page.getByRole('dialog', { name: 'ci 🚀 is ready' })
  const shell = await card.getByLabel('lines: In a shell', { exact: true }).textContent()
  assert.match(shell ?? '', new RegExp(`export ANTHROPIC_BASE_URL=${gateway.url}\n`))
  const secret = /AUTH_TOKEN=(\S+)/.exec(shell ?? '')?.[1] ?? ''
  assert.equal((await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': secret } })).status, 200)
  await card.getByRole('button', { name: 'Copy lines: In a shell' }).click()
  assert.equal(await page.evaluate<string>('navigator.clipboard.readText()'), shell)
  await screenshot(page, 'connect-card')

  await card.getByRole('button', { name: 'Does it work?' }).click()
  await card.getByText(/claude-haiku-4-5 answered in/).waitFor()

  // The clients' address is another than the console's: whoever knows it says so, and it is kept.
  await card.getByRole('button', { name: 'That is not right' }).click()
  await card.getByLabel('Where clients reach Sluice').fill('https://sluice.example.com/v1')
  await card.getByRole('button', { name: 'Use it' }).click()
  await card.getByText('export ANTHROPIC_BASE_URL=https://sluice.example.com').waitFor()
  await card.getByRole('tab', { name: 'CC Switch' }).click()
  const link = await card.getByRole('link', { name: 'Open CC Switch' }).getAttribute('href')
  assert.equal(new URL(link ?? '').searchParams.get('endpoint'), 'https://sluice.example.com')
  await assertAccessible(page)
  await card.getByRole('button', { name: 'I have copied it' }).click()
  assert.equal(await page.getByText(secret).count(), 0, 'the key is nowhere any more')
  assert.ok(!(await page.evaluate<string>('JSON.stringify([localStorage, sessionStorage])')).includes(secret))

  await page.getByRole('button', { name: 'Add a subscription' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Add a subscription' }).click()
  const subscription = page.getByRole('article', { name: 'Subscription to pro' })
  await subscription.getByText('Day, of $10: 0%').waitFor()
  await subscription.getByRole('button', { name: 'Suspend' }).click()
  await page.getByRole('dialog').getByText(`npx sluice subscriptions suspend ${USER} pro`).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click()
  await subscription.getByText('suspended').waitFor()
  await page.getByText('The subscription to pro is suspended').waitFor()
  await screenshot(page, 'person-with-keys')

  await page.getByRole('button', { name: 'Disable', exact: true }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByText('disabled', { exact: true }).first().waitFor()
  await until('their key is refused', async () => {
    const { status } = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': CLIENT_KEY } })
    return status === 401
  })
  const audit = page.getByRole('table', { name: 'Audit log' })
  await audit.getByText('status: active → disabled').waitFor()
  await audit.getByRole('row', { name: 'key.created' }).getByText('key ci 🚀').waitFor()
  await audit.getByRole('row', { name: 'subscription.suspended' }).getByText('subscription pro').waitFor()
  await page.getByRole('link', { name: 'Find more in the audit log' }).click()
  await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor()
  assert.equal(await page.getByLabel('About').inputValue(), USER)
  await page.getByRole('row', { name: 'key.created' }).first().waitFor()
})

test('an operator limits a key that is there, while its owner limits it, too', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('main', url)],
      users: [user({ keys: [{ name: 'laptop', key: CLIENT_KEY, spend_limits: { weekly: 9 } }] })]
    })
  })
  interface Key {
    id: string
    user_email: string
    spend_limits: object
    own_spend_limits: object
    allowed_models: string[] | null
    allowed_ips: string[] | null
    expires_at: string | null
  }
  const key = async () => (await gateway.admin<{ data: [Key] }>(`/keys?user=${USER}`)).data[0]
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/people/${USER}`)
  const row = page.getByRole('table', { name: 'Keys' }).getByRole('row', { name: 'laptop' })
  await row.getByRole('button', { name: 'Change' }).click()
  const dialog = page.getByRole('dialog', { name: 'Change laptop' })
  await dialog.getByLabel('A day, USD at most').fill('2.50')
  await dialog.getByLabel('A week, USD at most').fill('')
  const models = dialog.getByRole('combobox', { name: 'Only these models' })
  await models.fill('claude-haiku-4-5')
  await models.press('Enter')
  const addresses = dialog.getByRole('combobox', { name: 'Only from these addresses' })
  await addresses.fill('10.0.0.5/8')
  await addresses.press('Enter')
  const limited = '--spend-limit daily=2.50 --spend-limit weekly=none --models claude-haiku-4-5 --allowed-ips 10.0.0.5/8'
  await dialog.getByText(`npx sluice keys change ${USER} laptop ${limited}`, { exact: true }).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'person-key-change')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog
    .getByRole('alert')
    .getByText(/allowed_ips/)
    .waitFor()
  await addresses.press('Backspace')
  await addresses.fill('127.0.0.0/8')
  await addresses.press('Enter')

  const { id } = await key()
  await send(gateway, 'PATCH', `/keys/${id}`, { spend_limits: { daily: '1', monthly: '30' }, expires_at: '2090-01-01' })
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  const both = dialog.getByRole('table', { name: 'Both versions' })
  await both.getByRole('row', { name: 'A day, USD at most' }).waitFor()
  const cellsOf = (name: string) => both.getByRole('row', { name }).getByRole('cell').allTextContents()
  assert.deepEqual(await cellsOf('A day, USD at most'), ['none', '1', '2.50'])
  assert.deepEqual(await cellsOf('A week, USD at most'), ['9', '9', 'none'])
  assert.deepEqual(await cellsOf('A month, USD at most'), ['none', '30', 'left as it was'])
  assert.deepEqual(await cellsOf('Ends'), ['never', '2090-01-01T00:00:00.000Z', 'left as it was'])
  await assertAccessible(page)
  await screenshot(page, 'person-key-conflict')
  await dialog.getByRole('button', { name: 'Save mine on top' }).click()
  await dialog.waitFor({ state: 'hidden' })
  const now = await key()
  assert.deepEqual(now.spend_limits, { daily: '2.5', weekly: null, monthly: '30', total: null })
  assert.deepEqual([now.allowed_models, now.allowed_ips], [['claude-haiku-4-5'], ['127.0.0.0/8']])
  assert.equal(now.expires_at, '2090-01-01T00:00:00.000Z')
  await row.getByText('Day, of $2.5').waitFor()
  await row.getByText('Only the models claude-haiku-4-5').waitFor()
  await page.getByRole('table', { name: 'Audit log' }).getByText('spend_limits.weekly: 9 → none').waitFor()
  await screenshot(page, 'person-key-changed')
})

test('nobody is here yet, on a phone; a viewer is shown no way to add people', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('main', url)], users: [] }) })
  const { page, context } = await openBrowser(t, { width: PHONE })
  await enterAsOperator(page, gateway)
  await page.goto(`${gateway.url}/console/people`)
  await page.getByRole('link', { name: 'Add the first one' }).click()
  const strange = [HTML_ADDRESS, `${RIGHT_TO_LEFT}@example.com`, `${'a'.repeat(188)}@example.com`]
  await page.getByLabel('E-mail addresses').fill(strange.join('\n'))
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('button', { name: 'Add 3 people' }).click()
  await page.getByRole('link', { name: 'All people' }).first().click()
  for (const email of strange) await page.getByRole('article', { name: email }).getByText('0 of 5').waitFor()
  assert.equal(await fits(page), true, 'nothing is wider than the screen')
  await assertAccessible(page)
  await screenshot(page, 'people-phone')
  await page.getByRole('article', { name: strange[2]! }).getByRole('link').click()
  await page.getByRole('heading', { name: 'Keys' }).waitFor()
  assert.equal(await fits(page), true, 'nothing is wider than the screen')
  await assertAccessible(page)
  await screenshot(page, 'person-phone')

  await send(gateway, 'POST', '/users', { email: USER, role: 'viewer' })
  await givePassword(gateway, USER)
  await context.clearCookies()
  await page.goto(`${gateway.url}/console/people/add`)
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'People', level: 1 }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Add people' }).count(), 0)
})
