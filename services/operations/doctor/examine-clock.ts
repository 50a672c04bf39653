import { fine, wrong, type Finding } from './findings.ts'

/** Windows and leases are counted by both clocks. An upstream states whole seconds. */
const MAX_SKEW_MS = 5000

/** What to say of a clock that is `skewMs` behind another one, or ahead of it where that is negative. */
export function examineSkew(skewMs: number, other: 'database' | 'upstream'): Finding {
  const check = other === 'database' ? 'clock' : 'clock and upstream'
  if (!(Math.abs(skewMs) > MAX_SKEW_MS)) return fine(check, `agrees with the ${other}`)
  const message = `is ${Math.round(Math.abs(skewMs) / 1000)} s away from the clock of the ${other}`
  return wrong(check, message, 'synchronise the clocks of both machines, with NTP')
}
