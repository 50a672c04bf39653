import { givenTime, isTooLong, TOO_LONG } from '../platform/given-times.ts'
import { fieldRefused } from './admin/operator-changes.ts'
import { pickFields, type Definition, type Values } from './definition.ts'

/**
 * Resolves the relative times in a request; invalid times stay as they are, to be reported by the checks. Throws 400 for too long
 * a span.
 */
export function withTimes({ fields }: Definition, given: Values, now: number): Values {
  const times = Object.keys(pickFields(fields, ({ asked }) => asked !== undefined)).flatMap((name): [string, string][] => {
    const text = given[name]
    if (typeof text === 'string' && isTooLong(text, now)) throw fieldRefused(name, `${text} ${TOO_LONG}`)
    const at = typeof text === 'string' ? givenTime(text, now, 'ahead') : null
    return at === null ? [] : [[name, new Date(at).toISOString()]]
  })
  return { ...given, ...Object.fromEntries(times) }
}

/** Rejects with 400 an end in the past, unless the row already has it: sending a row back unchanged is fine. */
export function refusePassedEnds({ fields }: Definition, given: Values, now: number, before: Values = {}): void {
  for (const name of Object.keys(pickFields(fields, ({ isEnd }) => isEnd === true))) {
    const text = given[name]
    if (typeof text !== 'string' || text === before[name] || Date.parse(text) > now) continue
    throw fieldRefused(name, `${text} has passed: use a time in the future`)
  }
}
