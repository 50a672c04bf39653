import type { FastifyInstance } from 'fastify'
import type { Cooldown } from '../services/accounts/cooldowns.ts'
import type { AccountReading } from '../services/metrics/gauges.ts'
import { accountState } from '../services/metrics/labels.ts'

export interface AccountStanding extends AccountReading {
  /** Why it cannot be used at all. */
  problem: string | null
  cooldowns: readonly Cooldown[]
}

/** How the accounts are, as this process knows it: the database is not waited for. */
export function accountReadings({ accountDirectory, accountHealth }: FastifyInstance): AccountStanding[] {
  // The next time it is newer; a database that is away is not waited for.
  accountDirectory.load().catch(() => {})
  return accountDirectory.known().map((record) => {
    const { id } = record
    const problem = accountDirectory.problemOf(id) ?? accountHealth.errorOf(id)
    const cooldowns = accountHealth.cooldownsOf(id)
    return {
      id,
      name: record.name,
      state: accountState(record, problem, cooldowns),
      problem,
      cooldowns,
      limit: record.concurrency,
      windows: accountHealth.windowsOf(id)
    }
  })
}
