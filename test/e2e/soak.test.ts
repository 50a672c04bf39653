import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { runSoak } from '../soak/run-soak.ts'

const SEED = 1
const DURATION_MS = 8000

await suite('a short soak', async () => {
  test('breaks no promise while the upstream fails in every way', { timeout: 120_000 }, async (t) => {
    const report = await runSoak(t, { seed: SEED, durationMs: DURATION_MS })
    t.diagnostic(`${report.responses.length} requests, ${report.book.calls.length} calls, seed ${SEED}`)
    assert.deepEqual(report.violations, [])
    // It says nothing unless there was something to see.
    assert.ok(report.responses.filter(({ whole }) => whole).length > 20)
    assert.ok(report.book.calls.filter(({ fault }) => fault.kind !== 'none').length > 5)
    assert.ok(report.tokens.renewals > 0)
  })
})
