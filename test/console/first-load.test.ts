import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { givePassword, enterAsOperator, signIn } from '../support/console.ts'
import { startGateway, USER } from '../support/gateway.ts'

/** Of CONSOLE.md: what a first visit may have to load, gzipped. */
const MOST_SCRIPT_BYTES = 300_000

/** Both have to come before anything is seen: the pages that one begins with. */
for (const [page, enter] of [
  ['Now', enterAsOperator],
  ['Home', enterAsUser]
] as const) {
  test(`the first visit of ${page} loads little, compressed, and nothing that other pages need alone`, async (t) => {
    const gateway = await startGateway(t)
    const { context, page: window } = await openBrowser(t)
    // Browsers take Brotli only over TLS or from their own machine.
    await context.setExtraHTTPHeaders({ 'accept-encoding': 'gzip' })
    const sizes: Promise<number>[] = []
    const encodings: (string | undefined)[] = []
    const names: string[] = []
    window.on('requestfinished', (request) => {
      if (request.resourceType() !== 'script') return
      names.push(request.url())
      sizes.push(request.sizes().then((size) => size.responseBodySize))
    })
    window.on('response', (response) => {
      if (response.request().resourceType() === 'script') encodings.push(response.headers()['content-encoding'])
    })
    await enter(window, gateway)
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    assert.ok(bytes > 0 && bytes <= MOST_SCRIPT_BYTES, `${bytes} bytes of scripts: ${names.join(', ')}`)
    assert.deepEqual([...new Set(encodings)], ['gzip'])
    assert.ok(!names.some((name) => /chart/.test(name)), names.join(', '))
  })
}

async function enterAsUser(...[page, gateway]: Parameters<typeof enterAsOperator>): Promise<void> {
  await givePassword(gateway, USER)
  await page.goto(`${gateway.url}/console/`)
  await signIn(page, USER)
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
}
