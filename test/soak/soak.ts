/**
 * `npm run soak`: the real server with six accounts before an upstream that refuses, stalls, cuts and rate-limits, and a
 * check of what came of it. SOAK_MINUTES (10) and SOAK_SEED; exits with 1 when a promise was broken. See docs/soak.md.
 */
import { runSoak } from './run-soak.ts'
import { headline, summaryOf } from './summary.ts'

const minutes = Number(process.env.SOAK_MINUTES ?? 10)
const seed = Number(process.env.SOAK_SEED ?? 1)
const cleanUps: (() => unknown)[] = []
const after = (cleanUp?: (() => unknown) | object) => {
  if (typeof cleanUp === 'function') cleanUps.unshift(cleanUp as () => unknown)
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
