import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'

export const DESKTOP = { width: 1440, height: 900 }
export const PHONE = { width: 390, height: 844 }

interface ConsoleBrowserOptions {
  width?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
  timezoneId?: string
  javaScriptEnabled?: boolean
}

/** One for all tests of a file: to start one takes longer than most tests. */
let browser: Promise<Browser> | null = null
after(async () => (await browser)?.close())

/**
 * A window of a real browser that knows nothing yet, gone when the test is over. Its console is read: a test fails in the end for an error there, such as what the page's
 * policy refused. `ignores` are errors that a test causes on purpose.
 */
export async function openBrowser(
  t: TestContext,
  { width = DESKTOP, ...options }: ConsoleBrowserOptions = {},
  ignores: readonly RegExp[] = []
) {
  const started = await (browser ??= launchChromium())
  const context = await started.newContext({
    viewport: width,
    locale: 'en-GB',
    // A story waits for no animation, and draws none.
    reducedMotion: 'reduce',
    ...options
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  context.setDefaultTimeout(60_000)
  const errors: string[] = []
  watch(context, errors)
  t.after(async () => {
    // What a test does with requests ends with it, also what is under way, unless the test has closed its window itself.
    await context.unrouteAll({ behavior: 'ignoreErrors' }).catch(() => {})
    await context.close()
    const unexpected = errors.filter((error) => !ignores.some((ignored) => ignored.test(error)))
    assert.deepEqual(unexpected, [], 'errors in the browser’s console')
  })
  return { context, page: await context.newPage(), errors }
}

function watch(context: BrowserContext, errors: string[]): void {
  context.on('console', (message) => {
    // Statuses that a page deals with are lines there too.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  context.on('weberror', (error) => errors.push(String(error.error())))
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface AxeResults {
  violations: { id: string; impact: string | null; help: string; nodes: { html: string; failureSummary?: string }[] }[]
}

/** Fails for what axe finds serious or critical on the page as it is now. */
export async function assertAccessible(page: Page): Promise<void> {
  // Not as a script element, which the page's policy refuses.
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(await readFile(AXE, 'utf8'))
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } }).axe.run({
      resultTypes: ['violations']
    })
  )
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(
    serious.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`
    ),
    []
  )
}

/** With SCREENSHOTS set to a folder, puts pictures of the page there, in both schemes. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: join(folder, `${name}-dark.png`), fullPage: true })
  await page.emulateMedia({ colorScheme: null })
}

/** Fails where the page is wider than its window: a phone would scroll it sideways. */
export async function assertFits(page: Page): Promise<void> {
  const [wide, window] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, window.innerWidth]')
  assert.ok(wide <= window, `${wide} px wide on ${window}`)
}
