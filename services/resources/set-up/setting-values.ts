import { isPlaceholderSecret } from './placeholder-secrets.ts'
import { parseSecretKey, SecretKeyInvalidError } from '../../platform/secrets.ts'
import type { RoleMapping } from '../sign-in/oidc-roles.ts'
import { parseAddress, parseRange, rangeProblem } from '../../platform/network/addresses.ts'
import { baseUrlProblem, normalBaseUrl, wholeUrl } from './base-url.ts'
import { NamedError } from '../../platform/named-error.ts'

/** Turns the text of a setting into its value. Throws InvalidSetting. */
export type SettingReader<T> = (text: string) => T

/** What is wrong with a setting and what to do, as the end of a sentence that starts with its name. */
export class InvalidSetting extends NamedError {}

/** Node's timers fire at once for a longer delay. */
const MAX_TIMER_MS = 2 ** 31 - 1
const MIN_SECRET_CHARACTERS = 16

export const anyText: SettingReader<string> = (text) => text

export function milliseconds(min = 0): SettingReader<number> {
  return integerOf('a whole number of milliseconds', min, MAX_TIMER_MS)
}

export function integer(min: number, max: number): SettingReader<number> {
  return integerOf('a whole number', min, max)
}

/** 0, or a number that is not too small. */
export function zeroOr(min: number, max: number): SettingReader<number> {
  return (text) => (text === '0' ? 0 : integerOf('0, or a whole number', min, max)(text))
}

function integerOf(what: string, min: number, max: number): SettingReader<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidSetting(`must be ${what} from ${min} to ${max}, not ${JSON.stringify(text)}`)
  }
}

const BYTES_PER_UNIT: Record<string, number> = { '': 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 }

/** Bytes, plain or with a binary unit: 1073741824, 512MiB, 1GiB. */
export function bytes(min: number): SettingReader<number> {
  return (text) => {
    const [, digits, unit] = /^(\d{1,15}) ?([kmgt]ib)?$/i.exec(text) ?? []
    const value = digits === undefined ? Number.NaN : Number(digits) * (BYTES_PER_UNIT[unit?.toLowerCase() ?? ''] ?? Number.NaN)
    if (value >= min && Number.isSafeInteger(value)) return value
    throw new InvalidSetting(
      `must be a number of bytes such as 1073741824, 512MiB or 1GiB, at least ${min}, not ${JSON.stringify(text)}`
    )
  }
}

export function oneOf<const T extends string>(...choices: T[]): SettingReader<T> {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text)
    if (choice !== undefined) return choice
    throw new InvalidSetting(`must be one of ${choices.join(', ')}, not ${JSON.stringify(text)}`)
  }
}

export const hostName: SettingReader<string> = (text) => {
  if (parseAddress(text) !== null || /^[\w.-]+$/.test(text)) return text
  throw new InvalidSetting('must be an address or a host name alone, without scheme or port, e.g. 0.0.0.0')
}

export const upstreamUrl: SettingReader<string> = (text) => {
  const problem = baseUrlProblem(text)
  if (problem !== null) throw new InvalidSetting(problem)
  return normalBaseUrl(text)
}

/** The complete address of an HTTP service. */
export const webUrl: SettingReader<string> = (text) => {
  const url = wholeUrl(text, ['http:', 'https:'])
  if (url === null) {
    throw new InvalidSetting('must be an http:// or https:// URL, e.g. https://example.com/oauth/token (write @ in it as %40)')
  }
  if (url.username !== '' || url.password !== '') throw new InvalidSetting('must not contain a user name or password')
  return url.href
}

/** The base URL given to clients. */
export const clientsUrl: SettingReader<string> = (text) => {
  const url = publicUrl(text)
  if (url.endsWith('/v1')) throw new InvalidSetting('must not end in /v1, which clients put behind it themselves')
  return url
}

/** Without a slash at its end. */
export const publicUrl: SettingReader<string> = (text) => {
  const url = wholeUrl(text, ['http:', 'https:'])
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new InvalidSetting('must be an http:// or https:// URL without query, e.g. https://sluice.example.com')
  }
  return url.href.replace(/\/+$/, '')
}

/** Where the `sluice` command finds its server: the address above `/admin/v1`, or none when it uses the database itself. */
export const commandServer: SettingReader<'local' | URL> = (text) => {
  if (text === 'local') return text
  const url = wholeUrl(text, ['http:', 'https:'])
  if (url === null) {
    throw new InvalidSetting('must be the http:// or https:// URL of a server, e.g. https://sluice.example.com, or local')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidSetting('must not contain a user name or password: the token is SLUICE_ADMIN_TOKEN')
  }
  if (url.search !== '' || url.hash !== '') throw new InvalidSetting('must not contain a query or fragment')
  return url
}

const IN_A_PASSWORD = 'in a password, write / as %2F, ? as %3F, # as %23 and @ as %40'

/** The URL may contain a password, so no message repeats it. */
export const databaseUrl: SettingReader<string> = (text) => {
  const url = wholeUrl(text, ['postgres:', 'postgresql:'])
  const hasHost = url !== null && (url.hostname !== '' || url.searchParams.has('host'))
  if (hasHost && url.hash === '' && !url.pathname.slice(1).includes('/')) return text
  throw new InvalidSetting(`must be a Postgres URL: postgres://user:password@host:5432/database (${IN_A_PASSWORD})`)
}

/** One Redis, or the nodes of a cluster. The URLs may contain passwords, so no message repeats them. */
export const redisUrls: SettingReader<readonly string[]> = (text) => {
  const urls = text.split(',').map((url) => url.trim())
  if (urls.every(isRedisUrl)) return urls
  throw new InvalidSetting(
    `must be a Redis URL, or several separated by commas: redis://user:password@host:6379 (${IN_A_PASSWORD}, and , as %2C)`
  )
}

/** A path is allowed only if it is the number of a database. */
function isRedisUrl(text: string): boolean {
  const url = wholeUrl(text, ['redis:', 'rediss:'])
  return url !== null && url.hostname !== '' && url.hash === '' && /^(\/\d{0,5})?$/.test(url.pathname)
}

/** Braces would change which shard of a Redis Cluster a key belongs to. */
export const keyPrefix: SettingReader<string> = (text) => {
  if (/^[\w.:-]{1,64}$/.test(text)) return text
  throw new InvalidSetting('must be 1 to 64 letters, digits, dots, colons, dashes and underscores')
}

/** A secret that this installation chose for itself. */
export const ownSecret: SettingReader<string> = (text) => {
  if (isPlaceholderSecret(text)) throw new InvalidSetting('is a placeholder: generate one with `openssl rand -hex 32`')
  if (text.length < MIN_SECRET_CHARACTERS) {
    throw new InvalidSetting(
      `must have at least ${MIN_SECRET_CHARACTERS} characters: generate one with \`openssl rand -hex 32\``
    )
  }
  if (!isHeaderSafe(text)) throw new InvalidSetting('must be printable ASCII without spaces')
  return text
}

/** The same, or several separated by commas, each equally valid. */
export const ownSecrets: SettingReader<readonly string[]> = (text) => text.split(',').map((secret) => ownSecret(secret.trim()))

/** Keys of the secret box separated by commas, the newest first. */
export const secretKeys: SettingReader<readonly string[]> = (text) => {
  const keys = text.split(',').map((key) => secretKey(key.trim()))
  if (new Set(keys).size < keys.length) throw new InvalidSetting('names one key twice: list each once, the newest first')
  return keys
}

function secretKey(text: string): string {
  if (isPlaceholderSecret(text)) throw new InvalidSetting('is a placeholder: generate a key with `openssl rand -hex 32`')
  try {
    parseSecretKey(text)
    return text
  } catch (error) {
    if (!(error instanceof SecretKeyInvalidError)) throw error
    throw new InvalidSetting('must be 32 bytes as hex or base64: generate a key with `openssl rand -hex 32`', { cause: error })
  }
}

/** A secret issued by somebody else, who chose its length. */
export const foreignSecret: SettingReader<string> = (text) => {
  if (isPlaceholderSecret(text)) throw new InvalidSetting('is a placeholder: set the key that the Anthropic Console gave you')
  if (!isHeaderSafe(text)) throw new InvalidSetting('must be printable ASCII without spaces: was it pasted with a line break?')
  return text
}

/** A value issued by a provider. */
export const clientSecret: SettingReader<string> = (text) => {
  if (isPlaceholderSecret(text)) throw new InvalidSetting('is a placeholder: set the one that the provider gave you')
  if (!isHeaderSafe(text)) throw new InvalidSetting('must be printable ASCII without spaces: was it pasted with a line break?')
  return text
}

function isHeaderSafe(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal']

/** Whose X-Forwarded-* to believe, in Fastify's terms: nobody, everybody, the last n hops, or these networks. */
export const trustedProxies: SettingReader<boolean | number | string[]> = (text) => {
  if (['none', 'false'].includes(text)) return false
  if (text === 'true') return true
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  const expected = 'must be none, true, a number of hops, or addresses and networks, e.g. 10.0.0.0/8,loopback'
  return networksOf(text, expected, NAMED_NETWORKS)
}

function networksOf(text: string, expected: string, names: readonly string[] = []): string[] {
  const networks = text.split(',').map((network) => network.trim())
  const ranges = networks.filter((network) => !names.includes(network))
  if (ranges.some((network) => parseRange(network) === null)) throw new InvalidSetting(expected)
  const problem = ranges.map(rangeProblem).find((found) => found !== null)
  if (problem !== undefined) throw new InvalidSetting(problem)
  return networks
}

/** The URL of an OpenID provider: without TLS only on this machine. */
export const issuerUrl: SettingReader<string> = (text) => {
  const url = wholeUrl(text, ['http:', 'https:'])
  const isLocal = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) {
    throw new InvalidSetting('must be an https:// URL, e.g. https://login.example.com')
  }
  if (url.username !== '' || url.password !== '') throw new InvalidSetting('must not contain a user name or password')
  if (url.search !== '' || url.hash !== '') throw new InvalidSetting('must not have a query or a fragment')
  return text
}

const OIDC_CALLBACK = '/me/v1/oidc/callback'

export const oidcRedirectUrl: SettingReader<string> = (text) => {
  const url = wholeUrl(text, ['http:', 'https:'])
  if (url !== null && url.username === '' && url.password === '' && url.pathname.endsWith(OIDC_CALLBACK) && !/[?#]/.test(text))
    return text
  throw new InvalidSetting(
    `must be the address of this gateway with ${OIDC_CALLBACK}, e.g. https://sluice.example.com${OIDC_CALLBACK}`
  )
}

const ROLES = ['admin', 'viewer', 'user'] as const

/** `group=role` with commas between them; `*` is everybody. */
export const oidcRoles: SettingReader<readonly RoleMapping[]> = (text) =>
  text.split(',').map((pair) => {
    const at = pair.lastIndexOf('=')
    const group = pair.slice(0, at).trim()
    const role = ROLES.find((name) => name === pair.slice(at + 1).trim())
    if (at > 0 && group !== '' && role !== undefined) return { group, role }
    throw new InvalidSetting(
      'must be group=role with commas between them, e.g. sluice-admins=admin,*=user; roles are admin, viewer, user'
    )
  })

export const yesOrNo: SettingReader<boolean> = (text) => {
  if (['true', 'false'].includes(text)) return text === 'true'
  throw new InvalidSetting(`must be true or false, not ${JSON.stringify(text)}`)
}

const WEBHOOK_SECRET_BYTES = 24

/** In the format of Standard Webhooks, separated by commas; an event is signed with each. */
export const webhookSecrets: SettingReader<readonly Buffer[]> = (text) =>
  text.split(',').map((secret) => {
    const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret.trim())?.[1]
    const bytes = base64 === undefined ? null : Buffer.from(base64, 'base64')
    if (bytes !== null && bytes.length >= WEBHOOK_SECRET_BYTES && !isPlaceholderSecret(secret.trim())) return bytes
    throw new InvalidSetting(
      'must be whsec_ and at least 24 bytes in base64: generate it with `echo whsec_$(openssl rand -base64 32)`'
    )
  })

export const privateNetworks: SettingReader<'all' | string[]> = (text) => {
  if (text === 'none') return []
  if (text === 'all') return text
  return networksOf(text, 'must be none, all, or addresses and networks, e.g. 10.0.0.0/8,127.0.0.1')
}

interface PricePair {
  /** USD for a million tokens, as decimal strings. */
  input: string
  output: string
}

/** Input and output price of a million tokens: "5/25". */
export const tokenPrices: SettingReader<PricePair> = (text) => {
  const [, input, output] = /^(\d{1,9}(?:\.\d{1,6})?)\/(\d{1,9}(?:\.\d{1,6})?)$/.exec(text) ?? []
  if (input !== undefined && output !== undefined) return { input, output }
  throw new InvalidSetting(
    `must be USD for a million tokens in/out with at most 6 decimals, e.g. 5/25, not ${JSON.stringify(text)}`
  )
}
