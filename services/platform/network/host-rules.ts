import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { createAddressCheck, parseAddress } from './addresses.ts'
import { isForbiddenHost, withoutTranslation } from './forbidden-hosts.ts'
import { NamedError } from '../named-error.ts'

/** Where upstreams and proxies may be. Problems are ends of a sentence that begins with the host. */
export interface HostRules {
  /** What is wrong with a host, an address with or without brackets or a name; null when nothing is, or that shows when it is connected to. */
  problemOf: (host: string) => string | null
  /** What is wrong with an address that a name leads to. */
  problemOfAddress: (name: string, address: string) => string | null
}

interface AllowedHosts {
  /** Networks in which they may be although they are private. */
  networks: 'all' | readonly string[]
  /** Named by the operator's own settings, so allowed wherever they are. */
  own: readonly string[]
}

/**
 * Networks that the internet does not reach: what is there trusts whoever can connect. All that IANA's registries of special-purpose
 * addresses call not globally reachable, but what is forbidden anyway.
 */
const PRIVATE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
  '::/127',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fec0::/10'
]
const isPrivate = createAddressCheck(PRIVATE)

const isLocal = (name: string) => name === 'localhost' || name.endsWith('.localhost')

const bare = (host: string) =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')

/** Whether a host, as an address with or without brackets or as `localhost`, is known to be where the internet does not reach. */
export const isPrivateHost = (host: string): boolean => isLocal(bare(host)) || isPrivate(withoutTranslation(bare(host)))

export function createHostRules({ networks, own }: AllowedHosts): HostRules {
  const isAllowed = networks === 'all' ? () => true : createAddressCheck(networks)
  const ownHosts = new Set(own.map(bare))

  function problemOfBare(host: string): string | null {
    if (isForbiddenHost(host)) return 'is a link-local or metadata address'
    const address = isLocal(host) ? '127.0.0.1' : withoutTranslation(host)
    if (parseAddress(address) === null || !isPrivate(address) || isAllowed(address)) return null
    return 'is in a private network, which PRIVATE_UPSTREAMS does not allow'
  }

  function problemOf(host: string): string | null {
    const name = bare(host)
    return ownHosts.has(name) && !isForbiddenHost(name) ? null : problemOfBare(name)
  }

  return {
    problemOf,
    problemOfAddress: (name, address) =>
      ownHosts.has(bare(name)) && !isForbiddenHost(address) ? null : problemOfBare(bare(address))
  }
}

interface HostSettings {
  privateUpstreams: 'all' | readonly string[]
  anthropicBaseUrl: string
  oauthTokenUrl: string
}

export const hostRulesOf = ({ privateUpstreams, anthropicBaseUrl, oauthTokenUrl }: HostSettings) =>
  createHostRules({
    networks: privateUpstreams,
    own: [anthropicBaseUrl, oauthTokenUrl].map((url) => new URL(url).hostname)
  })

/** Public ones only. */
export const PUBLIC_HOSTS = createHostRules({ networks: [], own: [] })

export class ForbiddenHostError extends NamedError {}

/** Resolves a name when it is connected to, and refuses one that leads to where nothing may be meanwhile. */
export function guardedLookup(rules: HostRules, lookup: LookupFunction = systemLookup): LookupFunction {
  return (name, options, callback) => {
    lookup(name, options, (error, found: string | LookupAddress[], family) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found]
      const problems = error === null ? addresses.map((address) => rules.problemOfAddress(name, address)) : []
      const problem = problems.find((text) => text !== null)
      callback(problem === undefined ? error : new ForbiddenHostError(`${name} ${problem}`), found, family)
    })
  }
}
