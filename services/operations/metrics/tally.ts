import { Counter, type Registry } from 'prom-client'

/** A counter by two labels at most. */
export interface Tally {
  /** `amount` is not negative; labels are given in the order of their names. */
  add: (amount: number, first?: string, second?: string) => void
}

interface TallyOptions {
  registry: Registry
  name: string
  help: string
  labelNames?: readonly [first?: string, second?: string]
}

/** Counts in plain maps and tells prom-client when it is asked, since that makes an object and a text of the labels at each increment. */
export function createTally({ registry, name, help, labelNames = [] }: TallyOptions): Tally {
  const [firstName, secondName] = labelNames
  const sums = new Map<string, Map<string, number>>()
  const add = (amount: number, first = '', second = '') => {
    let own = sums.get(first)
    if (own === undefined) sums.set(first, (own = new Map<string, number>()))
    own.set(second, (own.get(second) ?? 0) + amount)
  }
  if (firstName === undefined) add(0)
  const labelsOf = (first: string, second: string) => ({
    ...(firstName !== undefined && { [firstName]: first }),
    ...(secondName !== undefined && { [secondName]: second })
  })
  const counter = new Counter({
    name,
    help,
    labelNames: labelNames.filter((label) => label !== undefined),
    registers: [],
    collect() {
      this.reset()
      for (const [first, own] of sums) for (const [second, sum] of own) this.inc(labelsOf(first, second), sum)
    }
  })
  registry.registerMetric(counter)
  return { add }
}
