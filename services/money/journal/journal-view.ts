import type { Journal } from './journal.ts'
import type { SegmentSource } from './journal-segments.ts'

/** A journal as it is seen by those who work behind it, be it from another thread: as of the last `refresh`. */
export interface JournalView {
  readonly dir: string
  readonly leftovers: SegmentSource
  readonly current: SegmentSource
  /** Has what was gathered written, and learns what there is to read. */
  refresh: () => Promise<void>
  /** Whether all that was appended by then is in the files. */
  healthy: () => boolean
  /** The lines that the disk has not taken. */
  unwritten: () => Promise<Buffer>
  /** They are on record, and need not be written any more. */
  forgetUnwritten: () => void
  /** Has the attempts that live since this segment, or longer, written once more, so that it can go. */
  carry: (segment: number) => void
  /** Ends the segment being written, so that it can be retired. */
  seal: () => Promise<void>
}

/** The view of who is on the journal's own thread. */
export function viewOf(journal: Journal): JournalView {
  return {
    dir: journal.dir,
    leftovers: journal.leftovers,
    current: journal.current,
    refresh: async () => journal.flush(),
    healthy: journal.healthy,
    unwritten: async () => journal.unwritten(),
    forgetUnwritten: journal.forgetUnwritten,
    carry: journal.carry,
    seal: async () => journal.seal()
  }
}
