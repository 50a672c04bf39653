import { BlockList, isIP } from 'node:net'

interface Network {
  address: string
  family: 'ipv4' | 'ipv6'
  prefix: number
}

/** An address, or a network such as 10.0.0.0/8; null when the text is neither. */
export function parseNetwork(text: string): Network | null {
  const [address = '', length, ...rest] = text.split('/')
  const bits = isIP(address) === 4 ? 32 : 128
  const isLength = length === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(length) && Number(length) <= bits)
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0 || !isLength) return null
  const prefix = length === undefined ? bits : Number(length)
  const plain = unmapped(address)
  if (bits === 32 || plain === null) return { address, family: bits === 32 ? 'ipv4' : 'ipv6', prefix }
  return prefix < 96 ? { address, family: 'ipv6', prefix } : { address: plain, family: 'ipv4', prefix: prefix - 96 }
}

/** The IPv4 address inside an IPv6 one such as ::ffff:10.1.2.3, in whatever way that is written; null when there is none. */
function unmapped(address: string): string | null {
  if (isIP(address) !== 6 || address.includes('%')) return null
  const normal = new URL(`http://[${address}]`).hostname
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(normal) ?? []
  if (high === undefined || low === undefined) return null
  return [high, low].flatMap((half) => [Number.parseInt(half, 16) >> 8, Number.parseInt(half, 16) & 255]).join('.')
}

/** Tells whether an address is one of these or in one of these networks. What is no address is in none. */
export function createAddressCheck(networks: readonly string[]): (address: string) => boolean {
  // One list of both would take every IPv4 address for a part of ::/0.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const text of networks) {
    const network = parseNetwork(text)
    if (network !== null) lists[network.family].addSubnet(network.address, network.prefix, network.family)
  }
  return (address) => {
    const [plain = ''] = address.split('%') // an interface's name after a link-local address
    const inner = unmapped(plain)
    if (inner !== null) return lists.ipv4.check(inner, 'ipv4')
    if (isIP(plain) === 4) return lists.ipv4.check(plain, 'ipv4')
    return isIP(plain) === 6 && lists.ipv6.check(plain, 'ipv6')
  }
}
