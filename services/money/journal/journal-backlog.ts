import type { Journal } from './journal.ts'
import type { SettlerState } from './settler.ts'

export interface JournalBacklog {
  /** Of all segments not yet retired, those of adopted journals left out. */
  bytes: number
  /** Attempts that are over but not on record; those left by a dead owner count once they have been read. */
  unsettledAttempts: number
  /** Epoch milliseconds: since when the first of them has waited. */
  oldestAt: number | null
  /** Read but not yet on record, with those in flight. */
  attemptsInMemory: number
}

/** What there is still to do, by the journal's word and by the settler's last one. */
export function backlogOf(journal: Pick<Journal, 'usedBytes' | 'finishedAttempts'>, state: SettlerState): JournalBacklog {
  return {
    bytes: journal.usedBytes(),
    unsettledAttempts: journal.finishedAttempts() - state.handledAttempts + state.waitingLeftovers,
    oldestAt: state.oldestAt,
    attemptsInMemory: state.attemptsInMemory
  }
}
