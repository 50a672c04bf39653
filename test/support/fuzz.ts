/**
 * fast-check for all tests: the same values in every run, so that a change is judged by itself, and no longer than some
 * seconds a property. `FUZZ_SEED=0` tries others, `FUZZ_MS` and `FUZZ_RUNS` say for how long. A failure names its seed.
 */
import fc from 'fast-check'

const given = process.env.FUZZ_SEED ?? '20261125'

fc.configureGlobal({
  seed: given === '0' ? Math.trunc(Math.random() * 2 ** 31) : Number(given),
  interruptAfterTimeLimit: Number(process.env.FUZZ_MS ?? 5000),
  // Running out of time is no failure.
  markInterruptAsFailure: false
})

/** How often a property is tried. */
export const times = (runs: number) => ({ numRuns: Math.max(runs, Number(process.env.FUZZ_RUNS ?? 0)) })

export { fc }
