/**
 * `npm run soak`: the real server with six accounts before an upstream that refuses, stalls, cuts and rate-limits, and a
 * check of what came of it. SOAK_MINUTES (10) and SOAK_SEED; exits with 1 when a promise was broken. See docs/soak.md.
 */
import { readOptions, refuseOptions } from '../../bench/options.ts'
import { runSoak } from './run-soak.ts'
import { headline, summaryOf } from './summary.ts'

readOptions(
  `Usage: npm run soak

Runs the server before an upstream that fails in every way, and checks what came of it: docs/soak.md.
Exits with 1 when a promise was broken.

  SOAK_MINUTES  how long, 10 unless set
  SOAK_SEED     what is random goes by this number, 1 unless set`,
  {}
)
const minutes = numberIn('SOAK_MINUTES', 10)
const seed = numberIn('SOAK_SEED', 1)
const cleanUps: (() => unknown)[] = []
const after = (cleanUp?: (() => unknown) | object) => {
  if (typeof cleanUp === 'function') cleanUps.unshift(cleanUp as () => unknown)
}

function numberIn(variable: string, byDefault: number): number {
  const text = process.env[variable] ?? String(byDefault)
  const value = Number(text)
  return text !== '' && value >= 0 ? value : refuseOptions(`${variable} must be a number, not '${text}'`)
}

let exitCode = 1
try {
  console.log(headline(seed, minutes))
  const report = await runSoak({ after }, { seed, durationMs: minutes * 60_000, onProgress: console.log })
  console.log(summaryOf(report))
  exitCode = report.violations.length === 0 ? 0 : 1
} finally {
  for (const cleanUp of cleanUps) await cleanUp()
}
// What the tests' support files hold open for a test runner ends here.
process.exit(exitCode)
