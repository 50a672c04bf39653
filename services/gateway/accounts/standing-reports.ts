import type { Clock } from '../../platform/clock.ts'
import type { Reading } from '../../platform/database/readings.ts'
import { within } from '../../platform/within.ts'
import type { AccountDirectory } from './account-directory.ts'
import type { AccountHealth } from './account-health.ts'
import { servingOf, unservedOf, type AccountStanding, type Unserved } from './standings.ts'

/** How accounts and the groups that they serve are. */
export interface Standings {
  accounts: AccountStanding[]
  groups: {
    /** How many have a key that may be used. */
    used: number
    /** Those of them that no account can serve. */
    unserved: Unserved[]
  }
}

interface StandingReportsOptions {
  directory: Pick<AccountDirectory, 'load' | 'known' | 'problemOf'>
  health: Pick<AccountHealth, 'errorOf' | 'cooldownsOf' | 'windowsOf'>
  /** The names of the groups that have a key which may be used. */
  usedGroups: Pick<Reading<string[]>, 'current' | 'last'>
  clock: Clock
}

/** Whoever looks sees what was known before, rather than nothing, when the database does not respond by then. */
const PATIENCE_MS = 500

/** Reports how accounts are, changes that were announced before included. A database that is away is not waited for long. */
export function createStandingReports({ directory, health, usedGroups, clock }: StandingReportsOptions) {
  return async (): Promise<Standings> => {
    await within(clock, PATIENCE_MS, Promise.allSettled([directory.load(), usedGroups.current()]))
    const accounts = directory.known().map((record) => {
      const { id, status, schedulable } = record
      const problem = directory.problemOf(id) ?? health.errorOf(id)
      const cooldowns = health.cooldownsOf(id)
      const groups = record.groups.map(({ name }) => name)
      const serving = servingOf({ ...record, groups, problem, cooldowns })
      return { ...serving, id, status, schedulable, cooldowns, limit: record.concurrency, windows: health.windowsOf(id) }
    })
    const used = usedGroups.last() ?? []
    return { accounts, groups: { used: used.length, unserved: unservedOf(used, accounts) } }
  }
}
