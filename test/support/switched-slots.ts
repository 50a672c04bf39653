import type { Clock } from '../../services/platform/clock.ts'
import { createInProcessSlots, poolIn, type InProcessSlots } from '../../services/gateway/slots/in-process-slots.ts'
import {
  SlotsAwayError,
  SlotsEmptiedError,
  type HeldLease,
  type SharedSlots
} from '../../services/gateway/slots/shared-slots.ts'
import type { SlotLease, Slots, WaitOptions } from '../../services/gateway/slots/slots.ts'

type Call = Exclude<keyof SharedSlots, 'replicas' | 'close'>

interface SwitchedSlots extends SharedSlots {
  /** Nothing answers any more, what waits neither. */
  goAway: () => void
  comeBack: () => void
  /** All that was known is lost; nothing is granted until somebody registers. */
  empty: () => void
  /** Answers to these calls, whose work is done at once, wait until the returned function is called. */
  answerLate: (call: Call) => () => void
  /** Ends all leases, as a jump of the server's clock would. */
  forgetLeases: () => Promise<void>
  setReplicas: (count: number) => void
  /** What the server itself knows. */
  server: () => InProcessSlots
  /** The calls so far, by name. */
  calls: Call[]
  isClosed: () => boolean
}

/** Shared slots as a server gives them that can be switched off, emptied and made to answer late. */
export function createSwitchedSlots(options: { clock: Clock; leaseTtlMs?: number; affinityTtlMs?: number }): SwitchedSlots {
  const calls: Call[] = []
  const late = new Map<Call, Promise<void>>()
  /** The server's leases by the ids that it gave, or was told. */
  let leases = new Map<string, SlotLease>()
  let server = createInProcessSlots(options)
  let away: SlotsAwayError | null = null
  let emptied: SlotsEmptiedError | null = null
  let ends = new AbortController()
  let lives = 1
  let replicas = 1
  let closed = false

  function breakOff(): void {
    ends.abort(away ?? emptied)
    ends = new AbortController()
  }

  async function answer<T>(call: Call, work: (server: InProcessSlots) => Promise<T>): Promise<T> {
    calls.push(call)
    const fault = away ?? emptied
    if (fault !== null) throw fault
    const { signal } = ends
    const result = work(server)
    if (!late.has(call)) return result
    await result
    await late.get(call)
    signal.throwIfAborted()
    return result
  }

  function known(lease: SlotLease): SlotLease {
    const id = `life-${lives}/${lease.id}`
    leases.set(id, lease)
    return { id, release: () => switched.release({ id, subject: 'place', subjectId: '' }) }
  }

  const untilBroken = (wait: WaitOptions) => ({ ...wait, signal: AbortSignal.any([wait.signal, ends.signal]) })

  function adopt({ id, subject, subjectId, user }: HeldLease): void {
    const { memory } = server
    const pool = {
      place: () => poolIn(memory.places, subjectId, memory.places),
      user: () => poolIn(memory.users, subjectId, memory.users),
      account: () => poolIn(memory.accounts, subjectId, null)
    }[subject]()
    leases.set(id, memory.pools.take(pool, id, user))
  }

  async function adoptAll(server: InProcessSlots, held: readonly HeldLease[]): Promise<void> {
    for (const lease of held) {
      const gone = await server.renew([leases.get(lease.id)?.id ?? ''])
      if (gone.length > 0) adopt(lease)
    }
  }

  const slots: SharedSlots & Slots = {
    enter: (request) =>
      answer('enter', async (server) => {
        const lease = await server.enter(request)
        return lease === null ? null : known(lease)
      }),
    acquireUser: (request, wait) =>
      answer('acquireUser', async (server) => known(await server.acquireUser(request, untilBroken(wait)))),
    acquireAccount: (request, wait) =>
      answer('acquireAccount', async (server) => {
        const slot = await server.acquireAccount(request, untilBroken(wait))
        return { ...slot, lease: known(slot.lease) }
      }),
    hearLimit: (subject, id, limit) => answer('hearLimit', (server) => server.hearLimit(subject, id, limit)),
    noteUse: (use) => answer('noteUse', (server) => server.noteUse(use)),
    boundAccount: (session) => answer('boundAccount', (server) => server.boundAccount(session)),
    usage: () => answer('usage', (server) => server.usage()),
    watch: () => answer('watch', (server) => server.watch()),
    look: (mostUsers) => answer('look', (server) => server.look(mostUsers)),
    holders: (accountId) => answer('holders', (server) => server.holders(accountId)),

    renew: (leaseIds) =>
      answer('renew', async (server) => {
        const gone = new Set(await server.renew(leaseIds.map((id) => leases.get(id)?.id ?? '')))
        return leaseIds.filter((id) => gone.has(leases.get(id)?.id ?? ''))
      }),

    async register(held) {
      if (away === null) emptied = null
      await answer('register', (server) => adoptAll(server, held))
    },

    registerMore: (held) => answer('registerMore', (server) => adoptAll(server, held)),

    release: ({ id }) =>
      answer('release', async () => {
        await leases.get(id)?.release()
        leases.delete(id)
      }),

    // Which replica has a turn is not what these tests are about.
    takeTurn: () => answer('takeTurn', async () => true),
    giveTurnBack: () => answer('giveTurnBack', async () => {}),

    replicas: () => replicas,
    async close() {
      closed = true
    }
  }

  const switched: SwitchedSlots = {
    ...slots,
    goAway() {
      away = new SlotsAwayError('away')
      breakOff()
    },
    comeBack() {
      away = null
    },
    empty() {
      server.close()
      server = createInProcessSlots(options)
      leases = new Map()
      lives += 1
      emptied = new SlotsEmptiedError('emptied')
      breakOff()
    },
    answerLate(call) {
      const { promise, resolve } = Promise.withResolvers<void>()
      late.set(call, promise)
      return () => {
        late.delete(call)
        resolve()
      }
    },
    async forgetLeases() {
      for (const lease of leases.values()) await lease.release()
    },
    setReplicas(count) {
      replicas = count
    },
    server: () => server,
    calls,
    isClosed: () => closed
  }
  return switched
}
