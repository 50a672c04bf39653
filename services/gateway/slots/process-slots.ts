import type { Logger } from 'pino'
import { pause, type Clock } from '../../platform/clock.ts'
import { keepingAlive } from '../../platform/within.ts'
import { createInProcessSlots } from './in-process-slots.ts'
import { createResilientSlots, type SharedSlotsState } from './resilient-slots.ts'
import type { SharedSlots } from './shared-slots.ts'
import type { Slots } from './slots.ts'

interface ProcessSlotsOptions {
  /** Null without a Redis. */
  shared: SharedSlots | null
  clock: Clock
  leaseTtlMs: number
  affinityTtlMs: number
  log: Pick<Logger, 'info' | 'warn' | 'error'>
}

export interface SlotSharing {
  /** Where slots are counted now: `local` and `rejoining` while Redis is away or has lost what it knew. */
  state: () => 'in-process' | SharedSlotsState
  /** How many replicas share the slots, this one among them; while Redis is away, how many there were. */
  replicas: () => number
}

interface ProcessSlots {
  slots: Slots
  sharing: SlotSharing
  /** Resolves when Redis has been heard from, or has been waited for long enough. */
  firstContact: () => Promise<void>
  close: () => Promise<void>
}

/** So long a start waits for Redis before it serves without. */
const FIRST_CONTACT_MS = 3000
const LOOK_MS = 20

/** The slots of a process: shared with all replicas where there is a Redis, else its own. */
export function openProcessSlots({ shared, clock, leaseTtlMs, affinityTtlMs, log }: ProcessSlotsOptions): ProcessSlots {
  const local = createInProcessSlots({ clock, leaseTtlMs, affinityTtlMs })
  const close = async () => local.close()
  if (shared === null) {
    const sharing: SlotSharing = { state: () => 'in-process', replicas: () => 1 }
    return { slots: local, sharing, firstContact: async () => {}, close }
  }
  const onFault = (err: unknown) => log.error({ err }, 'Redis failed at something other than a request')
  const onChange = (state: SharedSlotsState) => logState(state, shared.replicas(), log)
  const resilient = createResilientSlots({ shared, local, clock, leaseTtlMs, onChange, onFault })

  /** A replica that comes up beside others and has not heard from Redis yet knows of none of them: it would take all slots for its own. */
  async function firstContact(): Promise<void> {
    const deadlineAt = clock.uptime() + FIRST_CONTACT_MS
    while (resilient.state() !== 'shared' && clock.uptime() < deadlineAt) await pause(clock, LOOK_MS)
  }

  return {
    slots: resilient,
    sharing: { state: resilient.state, replicas: shared.replicas },
    firstContact: () => keepingAlive(firstContact()),
    close: resilient.close
  }
}

function logState(state: SharedSlotsState, replicas: number, log: ProcessSlotsOptions['log']): void {
  if (state === 'local')
    log.warn({ replicas }, 'Redis is unavailable: this process grants slots alone, up to its share of each limit')
  if (state === 'rejoining')
    log.warn({ replicas }, 'Redis was emptied: no slot is granted until all held ones are registered again')
  if (state === 'shared') log.info({ replicas }, 'slots are shared with all replicas again')
}
