import type { ReconciledDay } from '../records/reconciled-days.ts'
import type { Totals } from '../records/usage-verification.ts'
import { foundIn } from './drift-sums.ts'
import type { VerifiedPart } from './ledger-verification.ts'

const plus = (a: Totals, b: Totals): Totals => ({
  requests: a.requests + b.requests,
  costNano: a.costNano + b.costNano,
  chargedNano: a.chargedNano + b.chargedNano
})

const minus = (a: Totals, b: Totals): Totals => ({
  requests: a.requests - b.requests,
  costNano: a.costNano - b.costNano,
  chargedNano: a.chargedNano - b.chargedNano
})

/** Assembles days from the parts of a verification. */
export function createDayReconciler() {
  let day: Omit<ReconciledDay, 'daily'> | null = null

  return {
    /** The day that the part completed, or null. */
    add({ hours, kinds }: VerifiedPart): ReconciledDay | null {
      if (hours === null) return null
      const { daily, ...stretch } = hours
      const found = foundIn(kinds)
      const sum: Omit<ReconciledDay, 'daily'> =
        day === null
          ? { ...stretch, found }
          : {
              day: day.day,
              events: plus(day.events, stretch.events),
              hourly: plus(day.hourly, stretch.hourly),
              chargedNano: day.chargedNano + stretch.chargedNano,
              enteredNano: day.enteredNano + stretch.enteredNano,
              summedUp: day.summedUp + stretch.summedUp,
              found: day.found + found
            }
      day = daily === null ? sum : null
      // The daily sums were read later than the first hours, and may include what was settled in between.
      return daily === null ? null : { ...sum, daily: plus(sum.hourly, minus(daily.recorded, daily.ofHours)) }
    }
  }
}
