import type { HeldSlot } from './held-slots.ts'
import type { WaitedFor } from './moving-asks.ts'
import type { SlotSubject, SlotUsage } from './slots.ts'

export interface ProcessUsage {
  /** What waits in this process's own queues. */
  queued: SlotUsage[]
  held: Iterable<HeldSlot>
  /** What waits in no queue. */
  waiting: WaitedFor[]
  /** What this process gives out of a limit by itself. */
  shareOf: (limit: number) => number
}

/** The users and accounts in use as one process knows them, whichever side granted what it holds. */
export function usageOfProcess({ queued, held, waiting, shareOf }: ProcessUsage): SlotUsage[] {
  const usage = new Map<string, SlotUsage>()

  function entryOf(subject: SlotSubject, id: string, limit: number): SlotUsage {
    const key = `${subject} ${id}`
    const entry = usage.get(key) ?? { subject, id, limit, inFlight: 0, waiting: 0 }
    usage.set(key, entry)
    return entry
  }

  for (const entry of queued) entryOf(entry.subject, entry.id, entry.limit).waiting = entry.waiting
  for (const { lease, limit } of held) {
    if (lease.subject !== 'place') entryOf(lease.subject, lease.subjectId, shareOf(limit)).inFlight += 1
  }
  for (const { subject, id, limit } of waiting) entryOf(subject, id, shareOf(limit)).waiting += 1
  return [...usage.values()]
}
