import assert from 'node:assert/strict'
import type { SlotLease, Slots } from '../../services/gateway/slots/slots.ts'

const WAITING = 3

/** So many sessions and agents wait at once: more need not be known of whom turns are. */
export const WAITING_LANES = 2 * WAITING

interface Held {
  place: SlotLease
  slot: Promise<SlotLease>
}

/**
 * Requests of one user with one slot, each of a session and an agent that were never seen before. Some always wait; `whileBusy` is
 * called when only these are left.
 */
export async function takeTurns(slots: Slots, uptime: () => number, requests: number, whileBusy: () => Promise<void>) {
  const signal = new AbortController().signal
  async function ask(n: number): Promise<Held> {
    const who = { userId: 'ann', holder: `holder ${n}`, lane: { session: `made up ${n}`, agent: `agent ${n}` }, limit: 1 }
    const place = await slots.enter({ ...who, capacity: 10, extra: 10 })
    assert.ok(place)
    return { place, slot: slots.acquireUser(who, { deadlineAt: uptime() + 1e9, signal }) }
  }
  const end = async ({ place, slot }: Held) => {
    await (await slot).release()
    await place.release()
  }

  const present: Held[] = []
  for (let n = 0; n < requests; n++) {
    present.push(await ask(n))
    if (present.length > WAITING + 1) await end(present.shift()!)
  }
  await whileBusy()
  for (const held of present) await end(held)
}
