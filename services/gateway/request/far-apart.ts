import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { Clock } from '../../platform/clock.ts'
import { wideNetworkOf } from '../../platform/network/addresses.ts'

interface Place {
  family: 'ipv4' | 'ipv6'
  network: string
  /** The last address there. */
  address: string
  /** When it was last seen, by the uptime. */
  at: number
}

interface Track {
  /** The latest first. */
  places: Place[]
  toldAt: number
}

const WITHIN_MS = 10 * 60_000
const TOLD_EVERY_MS = 60 * 60_000
const MOST_SIGN_INS = 10_000
/** Use from more networks at once has been reported long before. */
const MOST_PLACES = 6

/** Two addresses, in networks that are far apart. */
export type FarApart = readonly [here: string, there: string]

/**
 * Watches from where sign-ins are used, as seen by this process. The returned function is called with each use. It returns what
 * to report when a sign-in is used alternately from two networks within ten minutes, at most once an hour: one machine is not in
 * both. Somebody who only moves, such as from an office to a train, does not come back that soon. IPv4 and IPv6 are watched
 * separately, since a machine with both uses both.
 */
export function watchNetworks(clock: Pick<Clock, 'uptime'>): (signInId: string, address: string) => FarApart | null {
  const tracks = new LRUCache<string, Track>(atMost(MOST_SIGN_INS))

  function trackOf(signInId: string): Track {
    const known = tracks.get(signInId)
    if (known !== undefined) return known
    const track: Track = { places: [], toldAt: -Infinity }
    tracks.set(signInId, track)
    return track
  }

  return (signInId, address) => {
    const now = clock.uptime()
    const track = trackOf(signInId)
    const [last] = track.places
    // The usual case, decided without parsing the address.
    if (last?.address === address) {
      last.at = now
      return null
    }
    const here = wideNetworkOf(address)
    if (here === null) return null
    const before = track.places.find(({ network }) => network === here.network)
    const there = track.places.find(({ family }) => family === here.family)
    const isBack = before !== undefined && before !== there && now - before.at <= WITHIN_MS
    track.places = [{ ...here, address, at: now }, ...track.places.filter((place) => place !== before)].slice(0, MOST_PLACES)
    if (!isBack || there === undefined || now - track.toldAt < TOLD_EVERY_MS) return null
    track.toldAt = now
    return [address, there.address]
  }
}
