import type { Clock } from '../../platform/clock.ts'
import { keyRefused } from '../../platform/gateway-errors.ts'
import { oneAtATime } from '../../platform/one-at-a-time.ts'
import { factsOf } from './client-recognition.ts'
import type { Exchange } from './exchange.ts'

interface DeprovisionedUsersOptions {
  clock: Pick<Clock, 'setTimer'>
  /** The requests in progress. */
  running: () => Iterable<Exchange>
  /** Which of these users may no longer be served. */
  deprovisionedAmong: (userIds: readonly string[]) => Promise<readonly string[]>
  /** Called when that could not be looked up; it is tried again. */
  onAway: (error: unknown) => void
}

interface DeprovisionedUsers {
  /** Ends the requests of users whom the identity provider has deprovisioned. */
  look: () => Promise<void>
  close: () => void
}

/** A slow request or a lost notice must not keep anybody in: running requests are checked at this interval in any case. */
const INTERVAL_MS = 2000

/** Ends, on each replica, the running requests of people whom the identity provider has deprovisioned. */
export function createDeprovisionedUsers(options: DeprovisionedUsersOptions): DeprovisionedUsers {
  const { clock, running, deprovisionedAmong, onAway } = options
  let isAway = false

  const look = oneAtATime(async () => {
    const userIds = new Set([...running()].map(({ client }) => client.user.id))
    if (userIds.size === 0) return
    try {
      const out = new Set(await deprovisionedAmong([...userIds]))
      isAway = false
      for (const exchange of running()) {
        const { client } = exchange
        if (out.has(client.user.id)) exchange.breakOff(keyRefused('The user of this API key is disabled', factsOf(client)))
      }
    } catch (error) {
      if (!isAway) onAway(error)
      isAway = true
    }
  })

  function next() {
    return clock.setTimer(() => {
      void look()
      timer = next()
    }, INTERVAL_MS)
  }
  let timer = next()

  return { look, close: () => timer.cancel() }
}
