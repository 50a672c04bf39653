import type { Desired, DesiredProxy } from './declarative-schema.ts'
import { proxyName } from '../../platform/network/proxy-url.ts'

/**
 * Whether an account's `proxy` is a URL rather than the name of a proxy. A malformed URL counts too: as a name it would be shown,
 * with its password.
 */
export function isProxyUrl(text: string): boolean {
  return text.includes('://') || /^(https?|socks\w*):/i.test(text) || /:.*@/.test(text)
}

/** The name of the proxy that an account's `proxy` refers to. One given by its URL is named after it, without the password. */
export function declaredProxyName(text: string): string {
  return isProxyUrl(text) ? proxyName(text) : text
}

/** The proxies in a file: those of its list, and those that accounts give by URL, each once. */
export function declaredProxies({ proxies = [], accounts = [] }: Desired): DesiredProxy[] {
  const urls = accounts.flatMap(({ proxy }) => (proxy !== undefined && isProxyUrl(proxy) ? [proxy] : []))
  return [...proxies, ...new Map(urls.map((url) => [proxyName(url), { name: proxyName(url), url }])).values()]
}
