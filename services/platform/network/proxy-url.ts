import { isIPv6 } from 'node:net'
import { isForbiddenHost } from './forbidden-hosts.ts'

/** An outbound proxy. Holds its password: of it only `name`, and where it listens, may be shown or logged. */
export interface ProxyUrl {
  protocol: 'http:' | 'https:' | 'socks5:'
  /** A host name in lower case, or an IP address without brackets. */
  host: string
  port: number
  /** Null when the proxy asks for none. */
  credentials: { username: string; password: string } | null
  /** The URL without its password. */
  name: string
  /** The one spelling of the whole URL, password and all: equal for proxies that are the same. */
  href: string
}

const DEFAULT_PORTS: Record<ProxyUrl['protocol'], number> = { 'http:': 80, 'https:': 443, 'socks5:': 1080 }

/** The user name and the password of a SOCKS5 proxy have their length in one byte each (RFC 1929). */
const MAX_SOCKS_CREDENTIAL_BYTES = 255

/**
 * What is wrong with a proxy's URL, as the end of a sentence that starts with its name; null when nothing is. Repeats
 * nothing of the URL. Private and loopback addresses are allowed: that is where proxies live.
 */
export function proxyUrlProblem(text: string): string | null {
  const url = /^[a-z0-9]+:\/\/[^\s\\]+$/i.test(text) ? URL.parse(text) : null
  if (url === null || !isProxyProtocol(url.protocol)) {
    return 'must be an http://, https:// or socks5:// URL, e.g. socks5://user:password@proxy.example:1080'
  }
  if (/[?#]/.test(text) || !['', '/'].includes(url.pathname)) {
    return 'must end after the host and the port (in a password, write / as %2F, ? as %3F and # as %23)'
  }
  const host = hostOf(url)
  if (host === null || url.port === '0') return 'must name a host that can be connected to'
  if (isForbiddenHost(host)) return 'must not be at a link-local or metadata address'
  return credentialsProblem(url)
}

/** Only for what has no `proxyUrlProblem`; throws for anything else, without repeating it. */
export function parseProxyUrl(text: string): ProxyUrl {
  const problem = proxyUrlProblem(text)
  if (problem !== null) throw new Error(`The URL of a proxy ${problem}`)
  const url = new URL(text)
  const protocol = url.protocol as ProxyUrl['protocol']
  const host = hostOf(url) ?? ''
  const port = url.port === '' ? DEFAULT_PORTS[protocol] : Number(url.port)
  const address = authorityOf(host, port)
  const { username, password } = url
  const [user, login] = username === '' ? ['', ''] : [`${username}@`, `${username}:${password}@`]
  return {
    protocol,
    host,
    port,
    credentials: username === '' ? null : { username: decodeURIComponent(username), password: decodeURIComponent(password) },
    name: `${protocol}//${user}${address}`,
    href: `${protocol}//${login}${address}`
  }
}

/** The name of a proxy that is given by its URL only: the URL without its password. */
export function proxyName(text: string): string {
  return parseProxyUrl(text).name
}

/** `host:port`, with the brackets that an IPv6 address has there. */
export function authorityOf(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}

function isProxyProtocol(protocol: string): protocol is ProxyUrl['protocol'] {
  return Object.hasOwn(DEFAULT_PORTS, protocol)
}

/** Null when there is none. The URL parser checks and spells the hosts of the schemes it knows; socks5 is not among them. */
function hostOf({ hostname }: URL): string | null {
  const host = hostname === '' ? null : (URL.parse(`http://${hostname}`)?.hostname ?? null)
  return host === null || host === '' ? null : host.replace(/^\[(.*)\]$/, '$1')
}

function credentialsProblem({ protocol, username, password }: URL): string | null {
  const user = decoded(username)
  const pass = decoded(password)
  if (user === null || pass === null) return 'must have each % of its user name and password written as %25'
  if (user === '' && pass !== '') return 'must have a user name before its password'
  if (/\p{Cc}/u.test(user + pass)) return 'must have no control characters in its user name and password'
  if (protocol !== 'socks5:' && user.includes(':')) return 'must have a user name without a colon'
  if (protocol === 'socks5:' && [user, pass].some((part) => Buffer.byteLength(part) > MAX_SOCKS_CREDENTIAL_BYTES)) {
    return `must have a user name and a password of at most ${MAX_SOCKS_CREDENTIAL_BYTES} bytes each`
  }
  return null
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
