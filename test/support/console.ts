import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { ADMIN_TOKEN, type Gateway } from './gateway.ts'
import { goTo } from './pages.ts'

export const PASSWORD = 'correct horse battery'

/** Signs an operator in with a link, as `sluice console` prints it. */
export async function enterAsOperator(page: Page, gateway: Gateway): Promise<void> {
  await page.goto(await operatorLink(gateway))
  await page.getByRole('heading', { name: 'Now', level: 1 }).waitFor()
}

/** A browser in which an operator has opened a page by its entry in the navigation. */
export async function openAsOperator(t: TestContext, gateway: Gateway, name: string) {
  const browser = await openBrowser(t)
  await enterAsOperator(browser.page, gateway)
  await goTo(browser.page, name)
  return browser
}

export async function operatorLink(gateway: Gateway): Promise<string> {
  const response = await fetch(`${gateway.adminUrl}/admin/v1/console-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` }
  })
  const { code } = (await response.json()) as { code: string }
  return `${gateway.adminUrl}/console/enter#${code}`
}

/** Gives a user a password, as an operator does. */
export async function givePassword(gateway: Gateway, email: string): Promise<void> {
  const response = await fetch(`${gateway.url}/admin/v1/users/${encodeURIComponent(email)}/password`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ password: PASSWORD })
  })
  if (!response.ok) throw new Error(await response.text())
}

/** Fills in the sign-in page, which must be open. */
export async function signIn(page: Page, email: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Signs in again in the dialog over a page whose session has ended. */
export async function signInAgain(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Sign in to Sluice again' })
  await dialog.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}
