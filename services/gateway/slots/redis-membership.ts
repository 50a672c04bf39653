import { randomUUID } from 'node:crypto'
import type { ScriptName, ScriptReply } from './redis-scripts.ts'
import { SlotsEmptiedError } from './shared-slots.ts'

/** Runs a script under one hash tag with the epoch that this process knows. */
type RunInEpoch = (name: ScriptName, tag: string, args?: readonly (string | number)[]) => Promise<ScriptReply>

export interface Membership {
  epoch: () => string
  /** Runs a script that needs an intact epoch. Rejects with SlotsEmptiedError when what Redis knew is lost. */
  ask: RunInEpoch
  /** Tells this process's epoch and finds whether it still holds. Rejects with SlotsEmptiedError. */
  join: () => Promise<void>
  /** Before leases are restored: the epoch under which they will count, and which tells whether they were lost once more. */
  recover: () => Promise<string>
  /** After they are restored: whether they count, others are waited for, or they were lost. */
  rejoin: (recovery: string) => Promise<'joined' | 'recovering' | 'lost'>
  /** Whether what was restored under the epoch that holds is still there. Rejects with SlotsEmptiedError when it is not. */
  assertIntact: () => Promise<void>
  /** Takes note of the processes that live. */
  saw: (processes: string[]) => void
  replicas: () => number
}

interface MembershipOptions {
  /** Within which time every process shows that it lives. */
  listenMs: number
  accountsTag: string
  /** Nobody else is known to live: an empty Redis is a new one. */
  isAlone: () => boolean
  run: (name: ScriptName, tag: string, epoch: string, args: readonly (string | number)[]) => Promise<ScriptReply>
  /** What Redis knew is lost. */
  onEmptied: (error: SlotsEmptiedError) => void
}

/**
 * What guards against a Redis that was emptied: an epoch under the accounts' tag, which every process remembers, and a copy of
 * it under each user's tag. Where it is missing or another, nothing is granted until all leases are registered again.
 */
export function createMembership({ accountsTag, run, listenMs, isAlone, onEmptied }: MembershipOptions): Membership {
  let epoch = ''
  let emptied = false
  let joining: Promise<void> | null = null
  let living: string[] = []

  function noteEmptied(): SlotsEmptiedError {
    const error = new SlotsEmptiedError('Redis has lost the slots that it knew')
    emptied = true
    onEmptied(error)
    return error
  }

  async function askForEpoch(): Promise<void> {
    if (emptied) throw new SlotsEmptiedError('Redis has lost the slots that it knew')
    const [outcome, current] = await run('join', accountsTag, epoch, [randomUUID(), isAlone() ? 1 : 0])
    if (outcome !== 'epoch' || (epoch !== '' && current !== epoch)) throw noteEmptied()
    epoch = String(current)
  }

  async function standingOf(recovery: string): Promise<'joined' | 'recovering' | 'lost'> {
    const [outcome] = await run('rejoin', accountsTag, epoch, [recovery, listenMs, ...living])
    return outcome as 'joined' | 'recovering' | 'lost'
  }

  /** Many ask at the same moment, for instance when a Redis was emptied. */
  async function join(): Promise<void> {
    joining ??= askForEpoch().finally(() => {
      joining = null
    })
    await joining
  }

  return {
    epoch: () => epoch,
    join,
    saw(processes) {
      living = processes
    },
    replicas: () => Math.max(1, living.length),

    async ask(name, tag, args = []) {
      if (emptied) throw new SlotsEmptiedError('Redis has lost the slots that it knew')
      if (epoch === '') await join()
      const reply = await run(name, tag, epoch, args)
      if (reply[0] !== 'emptied') return reply
      if (tag === accountsTag) throw noteEmptied()
      // A user who was idle for long, or is new here: only where the accounts' epoch is intact nothing was lost. It is looked at
      // after the ticket was given, so a join that is under way will not do; and the ticket tells of what is lost after the look.
      await askForEpoch()
      const [adopted, again] = await Promise.all([run('adopt', tag, epoch, [String(reply[1])]), run(name, tag, epoch, args)])
      if (adopted[0] === 'emptied' || again[0] === 'emptied') throw noteEmptied()
      return again
    },

    async recover() {
      const [, current] = await run('recover', accountsTag, epoch, [randomUUID()])
      return String(current)
    },

    async rejoin(recovery) {
      const outcome = await standingOf(recovery)
      if (outcome !== 'joined') return outcome
      epoch = recovery
      emptied = false
      return outcome
    },

    async assertIntact() {
      if ((await standingOf(epoch)) !== 'joined') throw noteEmptied()
    }
  }
}
