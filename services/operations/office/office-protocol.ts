import type { Segment } from '../../money/journal/journal-segments.ts'
import type { SettlerState } from '../../money/journal/settler.ts'
import type { BackOffice, Front, OfficeSettings } from './back-office.ts'

/** What the thread is started with. */
export interface OfficeThreadData {
  settings: OfficeSettings
  journalDir: string
  databaseUrl: string
}

/** How the journal stands, as of a moment. */
export interface JournalSnapshot {
  leftovers: Segment[]
  current: Segment[]
  healthy: boolean
}

/** What the gateway does for the office. */
export interface FrontCalls extends Front {
  [name: string]: (...args: never[]) => unknown
  refresh: () => JournalSnapshot
  retire: (of: 'leftovers' | 'current', number: number) => void
  carry: (segment: number) => void
  seal: () => void
  unwritten: () => Uint8Array
  forgetUnwritten: () => void
  /** Sent now and then, and with whatever changes it. */
  state: (state: SettlerState) => void
  log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void
}

/** What the office does for the gateway. */
export interface OfficeCalls extends Omit<BackOffice, 'state'> {
  [name: string]: (...args: never[]) => unknown
}
