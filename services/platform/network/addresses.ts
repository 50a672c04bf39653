import ipaddr from 'ipaddr.js'

export type Address = ipaddr.IPv4 | ipaddr.IPv6

/**
 * An address as people write it: four decimal numbers, or IPv6, with or without brackets and zone. Null for anything else, such as
 * names, and numbers that some systems read as an address. One of IPv4 inside IPv6 (`::ffff:10.1.2.3`) is the one of IPv4.
 */
export function parseAddress(text: string): Address | null {
  const [bare = ''] = text.replace(/^\[(.*)\]$/, '$1').split('%')
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare)
  return ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare) : null
}

/** Its 4 or 16 bytes, as it is written: one of IPv4 inside IPv6 has 16. Null for what is no address. */
export function addressBytes(text: string): number[] | null {
  if (ipaddr.IPv6.isValid(text)) return ipaddr.IPv6.parse(text).toByteArray()
  return parseAddress(text)?.toByteArray() ?? null
}

/** In which networks of IPv6 an address holds one of IPv4, and from which byte on. */
const TRANSLATED: readonly { network: [ipaddr.IPv6, number]; at: number; isInverted?: boolean }[] = [
  { network: [ipaddr.IPv6.parse('::ffff:0:0:0'), 96], at: 12 }, // IPv4-translated (RFC 2765)
  { network: [ipaddr.IPv6.parse('64:ff9b::'), 96], at: 12 }, // NAT64 (RFC 6052)
  { network: [ipaddr.IPv6.parse('2002::'), 16], at: 2 }, // 6to4
  { network: [ipaddr.IPv6.parse('2001::'), 32], at: 12, isInverted: true }, // Teredo: the client
  { network: [ipaddr.IPv6.parse('::'), 96], at: 12 } // IPv4-compatible
]

/** The IPv4 address that a translator makes of an IPv6 one: that is what is reached. All else as it is. */
export function translated(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address
  const found = TRANSLATED.find(({ network: [prefix, bits] }) => address.match(prefix, bits))
  // Not :: and ::1, which are this machine.
  if (found === undefined || ['unspecified', 'loopback'].includes(address.range())) return address
  const bytes = address.toByteArray().slice(found.at, found.at + 4)
  return new ipaddr.IPv4(found.isInverted === true ? bytes.map((byte) => byte ^ 255) : bytes)
}

/** An address, or a network such as 10.0.0.0/8; null when the text is neither. A network of IPv4 inside IPv6 is one of IPv4. */
export function parseRange(text: string): [Address, number] | null {
  const [address = '', length, ...rest] = text.split('/')
  if (rest.length > 0 || /[%[\]]/.test(address)) return null
  const isV6 = ipaddr.IPv6.isValid(address)
  const given = isV6 ? ipaddr.IPv6.parse(address) : parseAddress(address)
  if (given === null) return null
  const bits = isV6 ? 128 : 32
  if (length !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(length)) return null
  const prefix = length === undefined ? bits : Number(length)
  if (prefix > bits) return null
  return given instanceof ipaddr.IPv6 && given.isIPv4MappedAddress() && prefix >= 96
    ? [given.toIPv4Address(), prefix - 96]
    : [given, prefix]
}

/** A network whose address has bits behind the prefix, as `10.0.0.5/8` has, is the network, `10.0.0.0/8`; all else as it is. */
export function withoutStrayBits(text: string): string {
  const range = parseRange(text)
  if (range === null || !text.includes('/')) return text
  const [address, prefix] = range
  const Kind = address instanceof ipaddr.IPv4 ? ipaddr.IPv4 : ipaddr.IPv6
  const network = Kind.networkAddressFromCIDR(`${address.toString()}/${prefix}`)
  return network.toString() === address.toString() ? text : `${network.toString()}/${prefix}`
}

/** Why a text is no address or network, as the rest of a sentence; null for one. */
export function rangeProblem(text: string): string | null {
  if (parseRange(text) === null) return `must be an address or a network such as 10.0.0.0/8, not ${JSON.stringify(text)}`
  const network = withoutStrayBits(text)
  if (network === text) return null
  return `must not have bits behind the prefix, as ${text} has: write ${network} for the network, or ${text.replace(/\/.*/, '')} for the address`
}

/** Tells whether an address is one of these or in one of these networks. What is no address is in none. */
export function createAddressCheck(networks: readonly string[]): (address: string) => boolean {
  const ranges = networks.map(parseRange).filter((range) => range !== null)
  return (text) => {
    const address = parseAddress(text)
    return address !== null && ranges.some(([network, bits]) => isWithin(address, network, bits))
  }
}

function isWithin(address: Address, network: Address, bits: number): boolean {
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits)
  return network instanceof ipaddr.IPv6 && address.match(network, bits)
}

const PRIVATE: readonly string[] = ['private', 'loopback', 'linkLocal', 'carrierGradeNat', 'uniqueLocal', 'unspecified']

/**
 * The network that an address is in, roughly as providers have them: /16 of IPv4, /32 of IPv6. All private networks of a family are one.
 * Null for what is no address.
 */
export function wideNetworkOf(text: string): { family: 'ipv4' | 'ipv6'; network: string } | null {
  const address = parseAddress(text)
  if (address === null) return null
  const family = address.kind()
  if (PRIVATE.includes(address.range())) return { family, network: `private ${family}` }
  const [Kind, bits] = address instanceof ipaddr.IPv4 ? [ipaddr.IPv4, 16] : [ipaddr.IPv6, 32]
  return { family, network: `${Kind.networkAddressFromCIDR(`${address.toString()}/${bits}`).toString()}/${bits}` }
}
