import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'

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

  return {
    count(address) {
      const name = networkOf(address)
      const now = clock.now()
      let window = windows.get(name)
      if (window === undefined || window.endsAt <= now) {
        window = { endsAt: now + windowMs, failures: 0 }
        windows.set(name, window)
      }
      window.failures++
      return window.failures > max ? window.endsAt - now : null
    }
  }
}

/** Whoever has one IPv6 address has the 2^64 of its network. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail] = address.split('%', 1)[0]!.split('::', 2)
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':')
    while (groups.length + rest.length < 8) groups.push('0')
    groups.push(...rest)
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}
