import { createAddressCheck, parseAddress, translated } from './addresses.ts'

/** Where clouds keep the credentials of the machine, and where nobody is: never an upstream or a proxy, whatever the settings allow. */
const isForbidden = createAddressCheck([
  '169.254.0.0/16',
  '100.100.100.200', // Alibaba Cloud
  '168.63.129.16', // Azure: metadata, DNS and DHCP
  '192.0.0.192', // Oracle Cloud
  '224.0.0.0/4', // multicast
  '255.255.255.255',
  'fe80::/10',
  'fd00:ec2::/32', // Amazon
  'fd20:ce::254', // Google
  'ff00::/8' // multicast
])

/** A network's own translator (RFC 8215) may put an IPv4 address at the end. */
const isOfOwnTranslator = createAddressCheck(['64:ff9b:1::/48'])

const FORBIDDEN_NAMES = new Set(['metadata.google.internal', 'metadata.goog'])

/** Whether a host, an address with or without brackets or a name, is link-local, multicast or a metadata service. */
export function isForbiddenHost(host: string): boolean {
  const bare = host.toLowerCase().replace(/\.$/, '')
  const address = parseAddress(bare)
  if (address === null) return FORBIDDEN_NAMES.has(bare)
  if (isForbidden(address.toString()) || isForbidden(translated(address).toString())) return true
  const end = address.toByteArray().slice(-4).join('.')
  return isOfOwnTranslator(address.toString()) && isForbidden(end)
}

/**
 * The IPv4 address that a translator makes of an IPv6 one (NAT64, 6to4, Teredo …): that is what is reached. All else as it is.
 */
export function withoutTranslation(address: string): string {
  const parsed = parseAddress(address)
  return parsed === null ? address : translated(parsed).toString()
}
