import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../platform/clock.ts'

/** How one family of clients last identified itself, e.g. `user-agent`, `x-app`, `x-stainless-os`. */
export interface HeaderProfile {
  headers: Readonly<Record<string, string>>
  /** When a client last identified itself so, in epoch ms. */
  seenAt: number
}

export interface HeaderProfiles {
  /**
   * Remembers how the client identifies itself, and returns the headers that the account sends: those of the newest client of the
   * same family in place of its own. Headers about the request itself, and all others, stay as they are.
   */
  observeAndApply: (accountId: string, client: IncomingHttpHeaders) => IncomingHttpHeaders
  /** Takes over the stored profiles, except where newer ones are known here. */
  load: (accountId: string, family: string, profile: HeaderProfile) => void
}

interface HeaderProfilesOptions {
  clock: Clock
  /** The profiles to store; at most once in 10 minutes for each family of an account. */
  onChange: (accountId: string, family: string, profile: HeaderProfile) => void
}

interface Known {
  profile: HeaderProfile
  /** When it was last stored, in epoch ms; -Infinity = never. */
  savedUptime: number
}

/**
 * The headers that identify the client and its platform. Other `x-stainless-…` headers are about one request: its timeout, its
 * retries.
 */
const IDENTITY_HEADERS = [
  'user-agent',
  'x-app',
  'x-stainless-arch',
  'x-stainless-async',
  'x-stainless-lang',
  'x-stainless-os',
  'x-stainless-package-version',
  'x-stainless-runtime',
  'x-stainless-runtime-version'
]

/** Real values are shorter, and printable; other clients are left alone. */
const REMEMBERED_VALUE = /^[\x20-\x7e]{1,256}$/

/** Real accounts see a handful; a client that invents names must not fill the memory. */
export const MAX_FAMILIES = 20

/** A version unused for this long no longer counts as the newest: a team may go back to an older one. */
export const FORGOTTEN_AFTER_MS = 7 * 86_400_000

/** What a crash loses is learnt again from the next client. */
const SAVE_INTERVAL_MS = 600_000

/** A family seen within this time is kept when there are too many. */
const SETTLED_MS = 3_600_000

/** The header profiles of all accounts that have them on. */
export function createHeaderProfiles({ clock, onChange }: HeaderProfilesOptions): HeaderProfiles {
  const accounts = new Map<string, Map<string, Known>>()

  function familiesOf(accountId: string): Map<string, Known> {
    const families = accounts.get(accountId) ?? new Map<string, Known>()
    accounts.set(accountId, families)
    return families
  }

  /** False when too many families are in use. */
  function makeRoom(families: Map<string, Known>, now: number): boolean {
    if (families.size < MAX_FAMILIES) return true
    const [oldest] = [...families].sort(([, a], [, b]) => a.profile.seenAt - b.profile.seenAt)
    return oldest !== undefined && oldest[1].profile.seenAt < now - SETTLED_MS && families.delete(oldest[0])
  }

  return {
    observeAndApply(accountId, client) {
      const seen = identityOf(client)
      if (seen === null) return client
      const families = familiesOf(accountId)
      const now = clock.now()
      const profile = { headers: seen.headers, seenAt: now }
      let known = families.get(seen.family)
      if (known === undefined) {
        if (!makeRoom(families, now)) return client
        known = { profile, savedUptime: -Infinity }
        families.set(seen.family, known)
      }
      if (!isNewer(profile, known.profile)) return withIdentity(client, known.profile.headers)
      known.profile = profile
      const uptime = clock.uptime()
      if (uptime - known.savedUptime >= SAVE_INTERVAL_MS) {
        known.savedUptime = uptime
        onChange(accountId, seen.family, profile)
      }
      return client
    },

    load(accountId, family, profile) {
      const families = familiesOf(accountId)
      const known = families.get(family)
      if (known === undefined) {
        if (makeRoom(families, clock.now())) families.set(family, { profile, savedUptime: clock.uptime() })
      } else if (isNewer(profile, known.profile)) known.profile = profile
    }
  }
}

/** By the version, then by the time; see FORGOTTEN_AFTER_MS. */
function isNewer(profile: HeaderProfile, known: HeaderProfile): boolean {
  if (profile.seenAt > known.seenAt + FORGOTTEN_AFTER_MS) return true
  const difference = compareVersions(versionOf(profile.headers), versionOf(known.headers))
  return difference === 0 ? profile.seenAt >= known.seenAt : difference > 0
}

/**
 * How a client identifies itself; null when it doesn't. Its family is the product its user-agent begins with, without the version
 * (`claude-cli`, `Anthropic/JS`), and the language of its SDK.
 */
function identityOf(client: IncomingHttpHeaders): { family: string; headers: Record<string, string> } | null {
  const headers: Record<string, string> = {}
  for (const name of IDENTITY_HEADERS) {
    const value = client[name]
    if (value === undefined) continue
    if (typeof value !== 'string' || !REMEMBERED_VALUE.test(value)) return null
    headers[name] = value
  }
  const name = (headers['user-agent'] ?? '').replace(/ .*$/, '').replace(/\/v?\d.*$/, '')
  if (name === '') return null
  return { family: `${name} ${headers['x-stainless-lang'] ?? ''}`.trim(), headers }
}

/** `2.1.330` of `claude-cli/2.1.330 (external, cli)` and `1.8.0` of `Anthropic/JS 1.8.0`; empty when there is none. */
function versionOf({ 'user-agent': userAgent = '' }: HeaderProfile['headers']): number[] {
  const version = /[/ ]v?(\d{1,9}(?:\.\d{1,9}){0,7})/.exec(userAgent)?.[1]
  return version === undefined ? [] : version.split('.').map(Number)
}

function compareVersions(a: number[], b: number[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    if (part !== other) return part - other
  }
  return a.length - b.length
}

/** All headers at once: half of one client and half of another would match neither. */
function withIdentity(client: IncomingHttpHeaders, identity: HeaderProfile['headers']): IncomingHttpHeaders {
  const headers = { ...client }
  for (const name of IDENTITY_HEADERS) delete headers[name]
  return { ...headers, ...identity }
}
