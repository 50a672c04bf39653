import { BlockList, isIP } from 'node:net'

/** Where clouds keep the credentials of the machine: never an upstream or a proxy. */
const FORBIDDEN = new BlockList()
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4')
FORBIDDEN.addAddress('100.100.100.200', 'ipv4')
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6')
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6')

const FORBIDDEN_NAMES = new Set(['metadata.google.internal', 'metadata.goog'])

/** Whether a host, an address with or without brackets or a name, is link-local or a metadata service. */
export function isForbiddenHost(host: string): boolean {
  const bare = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
  const version = isIP(bare)
  if (version === 0) return FORBIDDEN_NAMES.has(bare)
  return FORBIDDEN.check(bare, version === 4 ? 'ipv4' : 'ipv6')
}
