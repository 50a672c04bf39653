import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brakedUser, pausesOf, refusedBy, served } from '../support/braked-requests.ts'
import { assertAccessible, openBrowser } from '../support/browser.ts'
import { enterAsOperator, givePassword, signIn } from '../support/console.ts'
import { startGateway, USER } from '../support/gateway.ts'

const braked = () => ({ users: [brakedUser({ session_requests: 1 })] })

test('an operator sees what is paused and why, and resumes it', async (t) => {
  const gateway = await startGateway(t, { declared: braked })
  await served(gateway, { session: 'one' })
  await refusedBy(gateway, { session: 'one' }, /in the console/)
  const { page } = await openBrowser(t)
  await enterAsOperator(page, gateway)
  const paused = page.getByRole('region', { name: 'Paused', exact: true })
  await paused.getByText(`${USER}/laptop`).waitFor()
  await paused.getByText('session one').waitFor()
  await paused.getByText('the session made 2 requests in a minute (limit 1)').waitFor()
  await assertAccessible(page)
  await paused.getByRole('button', { name: 'Resume' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('npx sluice resume 1').waitFor()
  await dialog.getByRole('button', { name: 'Resume', exact: true }).click()
  await paused.waitFor({ state: 'detached' })
  assert.deepEqual(await pausesOf(gateway), [])
  await served(gateway, { session: 'one' })
})

test('somebody resumes a session of their own', async (t) => {
  const gateway = await startGateway(t, { declared: braked })
  await givePassword(gateway, USER)
  await served(gateway, { session: 'one' })
  await refusedBy(gateway, { session: 'one' }, /in the console/)
  const { page } = await openBrowser(t)
  await page.goto(`${gateway.url}/console/my/keys`)
  await signIn(page, USER)
  const paused = page.getByRole('region', { name: 'Paused', exact: true })
  await paused.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Resume', exact: true }).click()
  await paused.waitFor({ state: 'detached' })
  await served(gateway, { session: 'one' })
})
