import { BlockList, isIP, isIPv6 } from 'node:net'

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
  const address = withoutTranslation(bare)
  const version = isIP(address)
  if (version === 0) return FORBIDDEN_NAMES.has(bare)
  return FORBIDDEN.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/**
 * The IPv4 address that a translator makes of an IPv6 one (NAT64 of RFC 6052, 6to4, IPv4-compatible): that is what is reached. All
 * else as it is.
 */
export function withoutTranslation(address: string): string {
  if (!isIPv6(address) || address.includes('%')) return address
  const groups = groupsOf(address)
  const areZero = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0)
  if (groups[0] === 0x64 && groups[1] === 0xff9b && areZero(2, 6)) return ipv4Of(groups.slice(6))
  if (groups[0] === 0x2002) return ipv4Of(groups.slice(1, 3))
  // Not :: and ::1, which are this machine.
  return areZero(0, 6) && groups[6] !== 0 ? ipv4Of(groups.slice(6)) : address
}

const ipv4Of = (halves: readonly number[]) => halves.flatMap((half) => [half >> 8, half & 255]).join('.')

/** All eight; `::` stands for as many zeros as are missing. The URL parser spells an IPv4 address at the end in hex. */
function groupsOf(address: string): number[] {
  const [before = [], after = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))))
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}
