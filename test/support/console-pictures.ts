/** Makes the pictures of the console that README and docs show, anew, of the demo's data: `npm run console:pictures`. */
import { spawn } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'
import { until } from './until.ts'

const DEMO = fileURLToPath(new URL('../../cli/demo.ts', import.meta.url))
const FOLDER = new URL('../../docs/pictures/', import.meta.url)
const SIZE = { width: 1280, height: 800 }
const MOST_BYTES = 200_000
/** Of the demo's team, with a subscription. */
const PERSON = 'ben@example.com'
/** So that the pages have something to tell of now, too. */
const BUSY_REQUESTS = 25

await mkdir(FOLDER, { recursive: true })
const demo = spawn(process.execPath, [DEMO], { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
let printed = ''
demo.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
const browser = await launchChromium()
try {
  await until('the demo is up', () => printed.includes('Ctrl-C ends the demo') || demo.exitCode !== null, 120_000)
  const [link, base] = /(http\S+)\/console\/enter#\S+/.exec(printed) ?? []
  const [, password = ''] = /with the password (\S+):/.exec(printed) ?? []
  if (link === undefined || base === undefined) throw new Error(`the demo printed no link:\n${printed}`)
  const page = await newWindow()
  await page.goto(link)
  await page.getByRole('article').first().waitFor()
  await until('the team is at work', async () => (await requestsIn(page)) >= BUSY_REQUESTS, 300_000)
  await picture(page, 'now')

  await page.goto(`${base}/console/usage?range=30d&rows=user`)
  await page.locator('.recharts-bar-rectangle:visible').first().waitFor()
  await picture(page, 'usage')

  await page.goto(`${base}/console/requests`)
  await page.getByRole('main').getByRole('row').nth(1).getByRole('link').first().click()
  await page.getByRole('heading', { name: /^Why/, level: 1 }).waitFor()
  await picture(page, 'why')

  const own = await newWindow()
  await own.goto(`${base}/console/`)
  await own.getByLabel('E-mail').fill(PERSON)
  await own.getByRole('textbox', { name: 'Password' }).fill(password)
  await own.getByRole('button', { name: 'Sign in', exact: true }).click()
  await own.getByRole('group', { name: 'Slots in use' }).waitFor()
  await picture(own, 'home')
} finally {
  await browser.close()
  demo.kill('SIGINT')
}

async function newWindow(): Promise<Page> {
  const page = await browser.newPage({ viewport: SIZE, locale: 'en-GB', timezoneId: 'Europe/Berlin', colorScheme: 'light' })
  page.setDefaultTimeout(60_000)
  return page
}

/** Of the last five minutes. */
async function requestsIn(page: Page): Promise<number> {
  const { usage } = (await (await page.request.get(new URL('/admin/v1/overview', page.url()).href)).json()) as {
    usage: { requests: number }[] | null
  }
  return usage?.at(-1)?.requests ?? 0
}

async function picture(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`${name}.png`, FOLDER))
  await page.screenshot({ path })
  const { size } = await stat(path)
  console.log(`${name}.png: ${(size / 1000).toFixed(0)} KB`)
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`)
}
