import { givenTime, isTooLong, TOO_LONG } from '../platform/given-times.ts'
import { fieldRefused } from './admin/operator-changes.ts'
import { pickFields, type Definition, type Values } from './definition.ts'

/** What a request gives, its times as they are now; what is no time stays as it is, for the checks to name. Throws 400 for too long a span. */
export function withTimes({ fields }: Definition, given: Values, now: number): Values {
  const times = Object.keys(pickFields(fields, ({ asked }) => asked !== undefined)).flatMap((name): [string, string][] => {
    const text = given[name]
    if (typeof text === 'string' && isTooLong(text, now)) throw fieldRefused(name, `${text} ${TOO_LONG}`)
    const at = typeof text === 'string' ? givenTime(text, now, 'ahead') : null
    return at === null ? [] : [[name, new Date(at).toISOString()]]
  })
  return { ...given, ...Object.fromEntries(times) }
}

/** Rejects with 400 an end that has passed, unless the row has it already: whoever sends a row back changes nothing by it. */
export function refusePassedEnds({ fields }: Definition, given: Values, now: number, before: Values = {}): void {
  for (const name of Object.keys(pickFields(fields, ({ isEnd }) => isEnd === true))) {
    const text = given[name]
    if (typeof text !== 'string' || text === before[name] || Date.parse(text) > now) continue
    throw fieldRefused(name, `${text} has passed: use a time in the future`)
  }
}
