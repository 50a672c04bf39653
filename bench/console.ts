/**
 * What the console costs who opens it: `npm run bench:console`. A server over 1,000,000 usage events of 500 users, and the pages in a
 * real browser, each in a window that has loaded nothing before, and then by a click in a window that knows it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { buildApp } from '../app.ts'
import { systemClock } from '../services/platform/clock.ts'
import { migrate } from '../services/platform/database/migrations.ts'
import { createLogger } from '../services/platform/logger.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { launchChromium } from '../test/support/chromium.ts'
import { spread } from './measure.ts'
import { readOptions, refuseOptions } from './options.ts'
import { startServices } from './services.ts'
import { fillUsage } from './usage-filling.ts'

const { only } = readOptions(
  `Usage: npm run bench:console [-- --only PATH]…

Opens each page of the console over many usage events: docs/performance.md.

  --only PATH   such as /usage: this page alone, or with others so named

  BENCH_EVENTS  how many, 1000000 unless set`,
  { only: { type: 'string', multiple: true } }
)

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000)
const USERS = 500
const DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000
const ROUNDS = 7
const TOKEN = 'the-token-of-this-bench'
const PERSON = 'user-7@example.com'
const PASSWORD = 'correct horse battery'

interface MeasuredPage {
  path: string
  /** Its link in the navigation; none where one comes to it from another page. */
  link?: string
  /** Is there once the page shows what it is for. */
  shown: (page: Page) => ReturnType<Page['locator']>
}

const row = (page: Page, name: string | RegExp) => page.getByRole('main').getByRole('row').filter({ hasText: name }).first()
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 })

const OPERATORS: readonly MeasuredPage[] = [
  { path: '/now', link: 'Now', shown: (page) => page.getByRole('article', { name: 'account-1' }) },
  { path: '/usage', link: 'Usage', shown: (page) => row(page, /user-\d+@example\.com/) },
  { path: '/usage?rows=key&columns=day', shown: (page) => row(page, /user-\d+-key-\d/) },
  { path: '/requests', link: 'Requests', shown: (page) => row(page, /user-\d+@example\.com/) },
  { path: '/people', link: 'People', shown: (page) => row(page, /user-\d+@example\.com/) },
  { path: `/people/7`, shown: (page) => row(page, 'user-7-key-1') },
  { path: '/groups', link: 'Groups', shown: (page) => row(page, 'default') },
  { path: '/accounts', link: 'Accounts', shown: (page) => row(page, 'account-1') },
  { path: '/accounts/1', shown: (page) => heading(page, 'account-1') },
  { path: '/proxies', link: 'Proxies', shown: (page) => row(page, 'exit') },
  { path: '/prices', link: 'Prices', shown: (page) => row(page, 'claude-haiku-4-5') },
  { path: '/codes', link: 'Codes', shown: (page) => page.getByRole('main').getByRole('row').nth(1) },
  { path: '/audit', link: 'Audit', shown: (page) => row(page, 'proxy') },
  { path: '/settings', link: 'Settings', shown: (page) => page.getByRole('main').getByText('LOG_LEVEL') },
  { path: '/trust', link: 'Trust', shown: (page) => row(page, /^\d{4}-\d\d-\d\d/) }
]

const OWN: readonly MeasuredPage[] = [
  { path: '/home', link: 'Home', shown: (page) => page.getByRole('group', { name: 'Balance' }) },
  { path: '/my/keys', link: 'Keys', shown: (page) => page.getByRole('main').getByText('user-7-key-1').first() },
  { path: '/my/usage', link: 'My usage', shown: (page) => row(page, 'claude-') },
  { path: '/my/requests', link: 'My requests', shown: (page) => row(page, 'claude-') },
  { path: '/sessions', link: 'Sessions', shown: (page) => row(page, 'this') }
]

for (const path of only ?? [])
  if (![...OPERATORS, ...OWN].some((page) => page.path === path)) refuseOptions(`There is no page ${path}`)

const services = await startServices()
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
let browser: Browser | null = null
try {
  await fill(services.env['DATABASE_URL'] ?? '')
  const settings = readSettings({
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: folder,
    SLUICE_ADMIN_TOKEN: TOKEN,
    PRIVATE_UPSTREAMS: '127.0.0.1',
    // The accounts that were filled in have nothing that could be read as a secret.
    LOG_LEVEL: 'fatal',
    ...services.env
  })
  const app = await buildApp({ settings, logger: createLogger(settings.logLevel, process.stderr), clock: systemClock })
  try {
    const { adminUrl } = await app.ports.open()
    await prepare(adminUrl)
    browser = await launchChromium()
    console.log(`${EVENTS} events of ${USERS} users over ${DAYS} days; medians of ${ROUNDS}\n`)
    console.log('page'.padEnd(32), 'first load, ms', 'opened, ms', 'by a click, ms', 'scripts, KB gz', '(files)')
    await measureAll(`${adminUrl}/console`, await operatorsCookie(adminUrl), OPERATORS)
    await measureAll(`${adminUrl}/console`, await personsCookie(adminUrl), OWN)
  } finally {
    await browser?.close()
    await app.close()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
  await services.stop()
}

async function fill(databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  const client = await pool.connect()
  await migrate(client)
  client.release()
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
  await fillUsage(pool, { events: EVENTS, days: DAYS, from: today - (DAYS - 1) * DAY_MS, users: USERS })
  await pool.end()
}

/** Something for each page to show. */
async function prepare(adminUrl: string): Promise<void> {
  await post(`${adminUrl}/admin/v1/proxies`, { name: 'exit', url: 'http://127.0.0.1:3128' }, TOKEN)
  await post(`${adminUrl}/admin/v1/codes`, { kind: 'balance', amount_usd: '5', count: 3 }, TOKEN)
  await post(`${adminUrl}/admin/v1/users/${PERSON}/password`, { password: PASSWORD }, TOKEN)
  await verifyBooks(adminUrl)
}

/** Takes a minute or two, which would be one of those in which pages are measured. */
async function verifyBooks(adminUrl: string): Promise<void> {
  const verifications = `${adminUrl}/admin/v1/verifications`
  const begun = (await (await post(verifications, {}, TOKEN)).json()) as { id: string; state: string }
  let { state } = begun
  while (state === 'running') {
    await delay(500)
    const response = await fetch(`${verifications}/${begun.id}`, { headers: { authorization: `Bearer ${TOKEN}` } })
    state = ((await response.json()) as { state: string }).state
  }
}

async function post(url: string, body: object, token?: string): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body)
  })
  if (!response.ok) throw new Error(`${url}: ${await response.text()}`)
  return response
}

async function operatorsCookie(adminUrl: string): Promise<string> {
  const { code } = (await (await post(`${adminUrl}/admin/v1/console-links`, {}, TOKEN)).json()) as { code: string }
  return cookieOf(await post(`${adminUrl}/me/v1/console-link`, { code }))
}

async function personsCookie(adminUrl: string): Promise<string> {
  return cookieOf(await post(`${adminUrl}/me/v1/sign-in`, { email: PERSON, password: PASSWORD }))
}

function cookieOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function measureAll(base: string, cookie: string, pages: readonly MeasuredPage[]): Promise<void> {
  const [name = '', value = ''] = cookie.split('=')
  const window = async () => {
    const context = await browser!.newContext({
      viewport: { width: 1440, height: 900 },
      // Browsers take Brotli only over TLS or from their own machine.
      extraHTTPHeaders: { 'accept-encoding': 'gzip' }
    })
    await context.addCookies([{ name, value, url: base }])
    context.setDefaultTimeout(60_000)
    return context
  }
  const known = await window()
  for (const measured of pages.filter(({ path }) => only?.includes(path) ?? true)) {
    const first: number[] = []
    let scripts = { bytes: 0, files: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const context = await window()
      const page = await context.newPage()
      const sent = watchScripts(page)
      first.push(await timed(() => page.goto(base + measured.path, { waitUntil: 'commit' }), measured.shown(page)))
      scripts = await sent()
      await context.close()
    }
    const { opened, clicked } = await inKnownWindow(known, base, measured, pages)
    console.log(
      measured.path.padEnd(32),
      ms(first).padStart(14),
      ms(opened).padStart(10),
      ms(clicked).padStart(14),
      (scripts.bytes / 1000).toFixed(0).padStart(14),
      `(${scripts.files})`
    )
  }
  await known.close()
}

/** Where the browser has the files, and has run them. */
async function inKnownWindow(context: BrowserContext, base: string, measured: MeasuredPage, pages: readonly MeasuredPage[]) {
  const page = await context.newPage()
  const [opened, clicked]: [number[], number[]] = [[], []]
  // One that has done all that it does once it is shown.
  const other = pages.findLast(({ link }) => link !== measured.link)!
  for (let round = 0; round < ROUNDS; round++) {
    opened.push(await timed(() => page.goto(base + measured.path, { waitUntil: 'commit' }), measured.shown(page)))
    if (measured.link === undefined) continue
    await page.goto(base + other.path)
    await other.shown(page).waitFor()
    const link = page.getByRole('navigation').getByRole('link', { name: measured.link, exact: true })
    clicked.push(await timed(() => link.click(), measured.shown(page)))
  }
  await page.close()
  return { opened, clicked }
}

async function timed(go: () => Promise<unknown>, shown: ReturnType<Page['locator']>): Promise<number> {
  const startedAt = performance.now()
  // A page's own event for being loaded is none of what is waited for.
  await Promise.all([go(), shown.waitFor()])
  return performance.now() - startedAt
}

function ms(times: number[]): string {
  return times.length === 0 ? '' : spread(times).median.toFixed(0)
}

/** What is sent of scripts, as it is on the wire: gzipped, see `window`. */
function watchScripts(page: Page): () => Promise<{ bytes: number; files: number }> {
  const sizes: Promise<number>[] = []
  page.on('requestfinished', (request) => {
    if (request.resourceType() === 'script') sizes.push(request.sizes().then((size) => size.responseBodySize))
  })
  return async () => {
    const bytes = await Promise.all(sizes)
    return { bytes: bytes.reduce((sum, size) => sum + size, 0), files: bytes.length }
  }
}
