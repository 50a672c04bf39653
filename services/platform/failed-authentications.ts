import { LRUCache } from 'lru-cache'
import { parseAddress } from './network/addresses.ts'
import type { Clock } from './clock.ts'

export interface FailedAuthenticationsOptions {
  clock: Clock
  /** How many a client address may have within the window. */
  max: number
  windowMs: number
  maxAddresses?: number
}

export interface FailedAuthentications {
  /** Counts one. Returns the ms until the address may fail again, once it had its share; null while it has some left. */
  count: (address: string) => number | null
  /** Takes back one that was counted before it was known how it ends. */
  takeBack: (address: string) => void
  /** What count returns, without counting one. */
  isSpent: (address: string) => number | null
}

interface Window {
  endsAt: number
  failures: number
}

/**
 * Failed authentications by client address, in memory: what each replica sees. An address that makes room for others
 * starts anew, so that memory stays bounded whatever comes.
 */
export function createFailedAuthentications(options: FailedAuthenticationsOptions): FailedAuthentications {
  const { clock, max, windowMs, maxAddresses = 10_000 } = options
  const windows = new LRUCache<string, Window>({ max: maxAddresses })

  /** Null when there is none, or it is over. */
  function openWindow(name: string): Window | null {
    const window = windows.get(name)
    return window === undefined || window.endsAt <= clock.uptime() ? null : window
  }

  return {
    count(address) {
      const name = networkOf(address)
      const now = clock.uptime()
      let window = openWindow(name)
      if (window === null) {
        window = { endsAt: now + windowMs, failures: 0 }
        windows.set(name, window)
      }
      window.failures++
      return window.failures > max ? window.endsAt - now : null
    },
    takeBack(address) {
      const window = openWindow(networkOf(address))
      if (window !== null && window.failures > 0) window.failures--
    },
    isSpent(address) {
      const window = openWindow(networkOf(address))
      return window !== null && window.failures >= max ? window.endsAt - clock.uptime() : null
    }
  }
}

/** Whoever has one IPv6 address has the 2^64 of its network. */
function networkOf(name: string): string {
  const address = parseAddress(name)
  if (address === null) return name
  const bytes = address.toByteArray()
  return bytes.length === 4 ? address.toString() : `${Buffer.from(bytes.slice(0, 8)).toString('hex')}/64`
}
