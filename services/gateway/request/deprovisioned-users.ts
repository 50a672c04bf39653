import type { Clock } from '../../platform/clock.ts'
import { keyRefused } from '../../platform/gateway-errors.ts'
import { oneAtATime } from '../../platform/one-at-a-time.ts'
import { factsOf } from './client-recognition.ts'
import type { Exchange } from './exchange.ts'

interface DeprovisionedUsersOptions {
  clock: Pick<Clock, 'setTimer'>
  /** What runs at the time. */
  running: () => Iterable<Exchange>
  /** Which of these users nothing is to be done for any more. */
  deprovisionedAmong: (userIds: readonly string[]) => Promise<readonly string[]>
  /** It could not be looked up, and will be again. */
  onAway: (error: unknown) => void
}

interface DeprovisionedUsers {
  /** Ends what runs for users whom the identity provider wants out. */
  look: () => Promise<void>
  close: () => void
}

/**
 * A request that was read slowly, or a notice that was lost, must not keep anybody in: what runs is looked through at this interval,
 * whatever is heard in between.
 */
const INTERVAL_MS = 2000

/** Ends, on each replica, the requests that run for people whom the identity provider has taken out. */
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
