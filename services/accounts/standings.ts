import type { AccountReading } from '../metrics/gauges.ts'
import type { Cooldown } from './cooldowns.ts'

/** How an account is. */
export interface AccountStanding extends AccountReading {
  /** Why it cannot be used at all. */
  problem: string | null
  cooldowns: readonly Cooldown[]
}
