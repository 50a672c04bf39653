import { createCalendar } from './calendar.ts'
import type { WindowPolicy } from './quota-windows.ts'

const FIRST_USE: WindowPolicy = { anchor: 'first-use' }

/** Calendars are slow to make, and there are only so many time zones. */
const calendars = new Map<string, WindowPolicy>()

/** How a group's windows begin and end. */
export function windowPolicyOf(group: { windowAnchor: 'first-use' | 'calendar'; timeZone: string }): WindowPolicy {
  if (group.windowAnchor === 'first-use') return FIRST_USE
  let policy = calendars.get(group.timeZone)
  if (policy === undefined) {
    policy = { anchor: 'calendar', calendar: createCalendar(group.timeZone) }
    calendars.set(group.timeZone, policy)
  }
  return policy
}
