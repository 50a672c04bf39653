import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { ask, refusalOf, startGateway } from '../support/gateway.ts'

// A process of its own: it measures the memory of its process.

const MEBIBYTE = 1_048_576

/** A request of 30 MB, of which 30 KB are on the wire. */
const swelling = (encode: (bytes: Buffer) => Buffer) =>
  encode(Buffer.from(JSON.stringify(ask({ text: ' '.repeat(30_000_000) }))))

/** Nothing of them goes upstream: what is measured is Sluice's own. */
const refusing = () => ({ groups: [{ name: 'default', kind: 'balance', allowed_models: ['claude-haiku-5-5'] }] })

/** Watches what is held while work is done. */
async function watched(budget: { usedBytes: number }, work: Promise<unknown>) {
  const before = process.memoryUsage.rss()
  const most = { buffered: 0, grown: 0 }
  const look = setInterval(() => {
    most.buffered = Math.max(most.buffered, budget.usedBytes)
    most.grown = Math.max(most.grown, process.memoryUsage.rss() - before)
  }, 1)
  await work.finally(() => clearInterval(look))
  return most
}

await suite('compressed bodies', async () => {
  test('that swell stay within what may be held, and hold nobody up', async (t) => {
    const gateway = await startGateway(t, { env: { MAX_BUFFERED_BYTES: `${8 * MEBIBYTE}` }, declared: refusing })
    const bomb = swelling(gzipSync)
    assert.ok(bomb.length < 50_000)
    const responses: (number | 'small')[] = []
    const bombs = Array.from({ length: 24 }, async () => {
      const response = await gateway.messages(bomb, { headers: { 'content-encoding': 'gzip' } })
      await response.text()
      responses.push(response.status)
    })
    const small = Array.from({ length: 5 }, async () => {
      const response = await gateway.messages(ask())
      await response.text()
      responses.push('small')
      assert.equal(response.status, 404)
    })
    const most = await watched(gateway.app.bodyBudget, Promise.all([...bombs, ...small]))
    const statuses = responses.filter((response) => response !== 'small')
    assert.ok(statuses.includes(404) && statuses.every((status) => status === 404 || status === 503))
    assert.ok(responses.lastIndexOf('small') < responses.length - 10, responses.join())
    assert.ok(most.buffered <= 8 * MEBIBYTE, `${most.buffered} bytes counted`)
    // Decoded at once they would be 720 MB.
    assert.ok(most.grown < 400 * MEBIBYTE, `grown by ${most.grown / MEBIBYTE} MiB`)
    assert.equal(gateway.app.bodyBudget.usedBytes, 0)
  })

  test('whose decoder wants more than may be held are asked to come back, and leave nothing behind', async (t) => {
    const gateway = await startGateway(t, { env: { MAX_BUFFERED_BYTES: `${MEBIBYTE}` }, declared: refusing })
    for (const [coding, encode] of [
      ['br', brotliCompressSync],
      ['zstd', zstdCompressSync]
    ] as const) {
      const response = await gateway.messages(swelling(encode), { headers: { 'content-encoding': coding } })
      const refusal = await refusalOf(response)
      assert.deepEqual([refusal.status, response.headers.get('retry-after')], [503, '5'], coding)
    }
    assert.equal(gateway.app.bodyBudget.usedBytes, 0)
  })

  test('that a mapping renames are decoded on their way, within what may be held', async (t) => {
    const gateway = await startGateway(t, {
      env: { MAX_BUFFERED_BYTES: `${MEBIBYTE}` },
      declared: () => ({
        groups: [{ name: 'default', kind: 'balance', model_mapping: { [ask().model]: 'claude-haiku-5-5' } }]
      })
    })
    const body = JSON.stringify(ask({ text: 'é'.repeat(1_500_000) }))
    const sent = gateway.messages(gzipSync(body), { headers: { 'content-encoding': 'gzip' } })
    const most = await watched(
      gateway.app.bodyBudget,
      sent.then((response) => response.text())
    )
    assert.equal((await sent).status, 200)
    assert.ok(most.buffered > 0 && most.buffered <= MEBIBYTE)
    const [request] = gateway.upstream.requests
    assert.equal(request!.body.toString(), body.replace(ask().model, 'claude-haiku-5-5'))
    assert.equal(request!.headers['content-encoding'], undefined)
  })
})
