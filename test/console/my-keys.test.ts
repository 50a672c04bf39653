import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, CLIENT_KEY, startGateway, USER, user } from '../support/gateway.ts'
import { assertAccessible, openBrowser, PHONE, screenshot } from '../support/browser.ts'
import { givePassword, signIn } from '../support/console.ts'
import { until } from '../support/until.ts'

const withoutKeys = (upstreamUrl: string) => ({ accounts: [account('main', upstreamUrl)], users: [user({ keys: [] })] })

async function statusOf(url: string, key: string): Promise<number> {
  return (await fetch(`${url}/v1/models`, { headers: { 'x-api-key': key } })).status
}

test('somebody without a key makes one, limits it, gives it a new secret and ends it', async (t) => {
  const gateway = await startGateway(t, { declared: withoutKeys })
  await givePassword(gateway, USER)
  const { page } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/home`)
  await signIn(page, USER)
  await page.getByText('You have no key yet').waitFor()
  await page.getByRole('link', { name: 'Create a key' }).click()
  await page.getByText('You have no key. Create one').waitFor()

  await page.getByRole('button', { name: 'Create a key' }).click()
  const form = page.getByRole('form', { name: 'New key' })
  await form.getByLabel('Name').fill('büro 💡')
  await form.getByLabel('A month').fill('a lot')
  await assertAccessible(page)
  await form.getByRole('button', { name: 'Create' }).click()
  await form.getByText(/own_spend_limits.*an amount of USD above 0/).waitFor()
  assert.equal(await form.getByLabel('Name').inputValue(), 'büro 💡', 'what was typed is still there')
  await form.getByLabel('A month').fill('20')
  await screenshot(page, 'my-keys-create')
  await form.getByRole('button', { name: 'Create' }).click()

  const shown = page.getByRole('dialog', { name: 'büro 💡 is ready' })
  const secret = (await shown.getByLabel('key', { exact: true }).textContent()) ?? ''
  assert.match(secret, /^sk-sluice-/)
  assert.equal(await shown.getByText('Hand it over').count(), 0, 'there is nobody to hand it over to')
  assert.equal(await statusOf(gateway.url, secret), 200)
  await shown.getByRole('button', { name: 'Does it work?' }).click()
  await shown.getByText('It works').waitFor()
  await shown.getByText(/answered in .*, for \$0\./).waitFor()
  await assertAccessible(page)
  await screenshot(page, 'my-keys-new')
  await page.mouse.click(5, 5)
  assert.equal(await shown.isVisible(), true, 'a click beside it does not take it away')
  await shown.getByRole('button', { name: 'I have copied it' }).click()

  const card = page.getByRole('article', { name: 'büro 💡' })
  await card.getByText('Month, of $20.00').waitFor()
  await card.getByText('active', { exact: true }).waitFor()
  assert.equal(await page.getByText(secret).count(), 0, 'it is shown once')

  await card.getByRole('button', { name: 'Change' }).click()
  const change = page.getByRole('form', { name: 'Change büro 💡' })
  await change.getByLabel('Name').fill('Büro')
  await change.getByLabel('A day').fill('2.50')
  await change.getByRole('button', { name: 'Save' }).click()
  const renamed = page.getByRole('article', { name: 'Büro' })
  await renamed.getByText('Day, of $2.50').waitFor()

  await renamed.getByRole('button', { name: 'Rotate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click()
  const rotated = page.getByRole('dialog', { name: 'Büro is ready' })
  const next = (await rotated.getByLabel('key', { exact: true }).textContent()) ?? ''
  await rotated.getByRole('button', { name: 'I have copied it' }).click()
  assert.equal(await statusOf(gateway.url, next), 200)
  await until('the former secret has stopped', async () => (await statusOf(gateway.url, secret)) === 401)

  await renamed.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).click()
  await renamed.getByText('disabled', { exact: true }).waitFor()
  await renamed.getByText(/Refused now: /).waitFor()
  await screenshot(page, 'my-keys')
  await renamed.getByRole('button', { name: 'Enable' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Enable', exact: true }).click()
  await renamed.getByText('active', { exact: true }).waitFor()

  await renamed.getByRole('button', { name: 'Revoke' }).click()
  const revoke = page.getByRole('dialog')
  assert.equal(await revoke.getByRole('button', { name: 'Revoke', exact: true }).isDisabled(), true)
  await revoke.getByLabel('Type Büro to go on').fill('Büro')
  await revoke.getByRole('button', { name: 'Revoke', exact: true }).click()
  await page.getByText('You have no key. Create one').waitFor()
  await page.getByRole('switch', { name: 'Show revoked keys, too' }).check({ force: true })
  await renamed.getByText('revoked', { exact: true }).waitFor()
  await assertAccessible(page)
})

test('a key that was changed in another window meanwhile is not changed in silence', async (t) => {
  const gateway = await startGateway(t)
  await givePassword(gateway, USER)
  const { page, context } = await openBrowser(t, { width: PHONE, colorScheme: 'dark' })
  await page.goto(`${gateway.url}/console/my/keys`)
  await signIn(page, USER)
  const card = page.getByRole('article', { name: 'laptop' })
  await card.getByRole('button', { name: 'Change' }).click()
  const form = page.getByRole('form', { name: 'Change laptop' })
  await form.getByLabel('A week').fill('7')

  const [key] = ((await (await context.request.get(`${gateway.url}/me/v1/keys`)).json()) as { data: { id: string }[] }).data
  await context.request.patch(`${gateway.url}/me/v1/keys/${key?.id}`, {
    headers: { 'sec-fetch-site': 'same-origin' },
    data: { own_spend_limits: { monthly: '30' } }
  })
  await form.getByRole('button', { name: 'Save' }).click()
  const both = form.getByRole('table', { name: 'Both versions' })
  await both.getByRole('row', { name: 'A month, USD at most' }).getByText('30').waitFor()
  assert.deepEqual(await both.getByRole('row', { name: 'A week' }).getByRole('cell').allTextContents(), ['none', 'none', '7'])
  await assertAccessible(page)
  await screenshot(page, 'my-keys-conflict-phone')
  await form.getByRole('button', { name: 'Save mine on top' }).click()
  await card.getByText('Week, of $7.00').waitFor()
  await card.getByText('Month, of $30.00').waitFor()
})

test('a new key is offered in the groups that are open to somebody, and in no other', async (t) => {
  const end = new Date(Date.now() + 3 * 24 * 3_600_000).toISOString()
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'pro', kind: 'subscription', daily_limit_usd: 5 },
        { name: 'trial', kind: 'balance' },
        { name: 'vip', kind: 'balance' }
      ],
      accounts: [account('main', url, { groups: ['default', 'pro', 'trial', 'vip'] })],
      users: [
        user({
          keys: [{ name: 'guest', key: CLIENT_KEY, group: 'trial', expires_at: end }],
          subscriptions: [{ group: 'pro', days: 30 }]
        }),
        user({
          email: 'bob@example.com',
          keys: [{ name: 'laptop', key: `${CLIENT_KEY}-bob`, spend_limits: { total: '1' } }]
        })
      ]
    })
  })
  await givePassword(gateway, USER)
  await givePassword(gateway, 'bob@example.com')
  const { page, context } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/my/keys`)
  await signIn(page, USER)
  await page.getByRole('button', { name: 'Create a key' }).click()
  const form = page.getByRole('form', { name: 'New key' })
  const group = form.getByRole('combobox', { name: 'Group' })
  await until('one of them is chosen', async () => (await group.inputValue()) === 'default (your balance pays)')
  await group.click()
  const options = page.getByRole('option')
  await options.first().waitFor()
  assert.deepEqual(await options.allTextContents(), [
    'default (your balance pays)',
    'pro (your subscription pays)',
    'trial (your balance pays)'
  ])
  await page.getByRole('option', { name: /^trial/ }).click()
  await form.getByText('as your other keys in this group do').waitFor()
  await form.getByLabel('Name').fill('second')
  await assertAccessible(page)
  await screenshot(page, 'my-keys-group')
  await form.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('button', { name: 'I have copied it' }).click()
  const { data } = await gateway.admin<{ data: { name: string; group: string; expires_at: string | null }[] }>('/keys')
  const made = data.find(({ name }) => name === 'second')
  assert.deepEqual([made?.group, made?.expires_at], ['trial', end])

  await context.clearCookies()
  await page.goto(`${gateway.url}/console/my/keys`)
  await signIn(page, 'bob@example.com')
  await page.getByRole('button', { name: 'Create a key' }).click()
  await form.getByText('No group is open to you').waitFor()
  await form.getByLabel('Name').fill('another')
  assert.equal(await form.getByRole('button', { name: 'Create' }).isDisabled(), true)
  await assertAccessible(page)
})
