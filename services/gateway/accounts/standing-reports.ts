import type { Clock } from '../../platform/clock.ts'
import type { Reading } from '../../platform/database/readings.ts'
import { within } from '../../platform/within.ts'
import type { AccountDirectory } from './account-directory.ts'
import type { AccountHealth } from './account-health.ts'
import { accountState } from '../request/outcomes.ts'
import { unservedOf, type AccountStanding, type Unserved } from './standings.ts'

/** The state of accounts and of the groups they serve. */
export interface Standings {
  accounts: AccountStanding[]
  groups: {
    /** How many have a usable key. */
    used: number
    /** Those that no account can serve. */
    unserved: Unserved[]
  }
}

interface StandingReportsOptions {
  directory: Pick<AccountDirectory, 'load' | 'known' | 'problemOf'>
  health: Pick<AccountHealth, 'errorOf' | 'cooldownsOf' | 'windowsOf'>
  /** The names of the groups with a usable key. */
  usedGroups: Pick<Reading<string[]>, 'current' | 'last'>
  clock: Clock
}

/** If the database does not respond by then, what was known before is shown rather than nothing. */
const PATIENCE_MS = 500

/** Reports the state of accounts, including changes announced before the call. Does not wait long for a database that is away. */
export function createStandingReports({ directory, health, usedGroups, clock }: StandingReportsOptions) {
  return async (): Promise<Standings> => {
    await within(clock, PATIENCE_MS, Promise.allSettled([directory.load(), usedGroups.current()]))
    const accounts = directory.known().map((record) => {
      const { id, status, schedulable } = record
      const problem = directory.problemOf(id) ?? health.errorOf(id)
      const cooldowns = health.cooldownsOf(id)
      // One object and no other: there are many accounts, and whoever watches asks every two seconds.
      return {
        id,
        name: record.name,
        status,
        schedulable,
        state: accountState(record, problem, cooldowns),
        problem,
        cooldowns,
        groups: record.groups.map(({ name }) => name),
        limit: record.concurrency,
        windows: health.windowsOf(id)
      }
    })
    const used = usedGroups.last() ?? []
    return { accounts, groups: { used: used.length, unserved: unservedOf(used, accounts) } }
  }
}
