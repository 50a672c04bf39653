import { credentialOf } from '../support/gateway.ts'

/** An account of the soak, as both sides know it. */
export interface SoakAccount {
  name: string
  type: 'api-key' | 'oauth' | 'setup-token'
  concurrency: number
  priority: number
  groups: string[]
  /** The only user it serves; null = everybody. */
  owner: string | null
  /** The models it is set up for; null = all. */
  models: readonly string[] | null
  /** The model that the upstream sometimes forbids it. */
  forbids: string | null
}

export interface SoakUser {
  email: string
  concurrency: number
  /** So many clients ask all the time. */
  clients: number
  keys: { key: string; group: string }[]
}

export const OPUS = 'claude-opus-4-6'
export const SONNET = 'claude-sonnet-4-5'
export const HAIKU = 'claude-haiku-4-5'
export const MODELS: readonly [string, ...string[]] = [OPUS, SONNET, SONNET, HAIKU]

export const SUBSCRIPTION_GROUP = 'team'
const BOTH = ['default', SUBSCRIPTION_GROUP]
const OWNER = 'owner@example.com'

export const ACCOUNTS: readonly SoakAccount[] = [
  account('key-a', 'api-key', { concurrency: 6, priority: 10 }),
  account('key-b', 'api-key', { concurrency: 4, priority: 10, forbids: OPUS }),
  account('key-c', 'api-key', { concurrency: 4, priority: 20, groups: ['default'] }),
  account('sign-in-shared', 'oauth', { concurrency: 4, priority: 20 }),
  account('sign-in-owned', 'oauth', { concurrency: 3, priority: 5, owner: OWNER }),
  account('setup', 'setup-token', { concurrency: 3, priority: 30, models: [SONNET, HAIKU] })
]

export const USERS: readonly SoakUser[] = [
  user(OWNER, 6, 7, ['default', SUBSCRIPTION_GROUP]),
  user('second@example.com', 6, 8, ['default', 'default']),
  user('third@example.com', 5, 7, [SUBSCRIPTION_GROUP, 'default']),
  user('fourth@example.com', 0, 5, ['default', 'default', SUBSCRIPTION_GROUP])
]

/** Every timer is short, so that much happens. What the oracle has to know of them is here as a number. */
export const TIMES = {
  maxAttempts: 3,
  cooldownMinMs: 300,
  cooldownMaxMs: 4000,
  cooldownUnnamedMs: 900,
  overloadCooldownMs: 1600,
  breakerFailures: 3,
  breakerOpenMs: 1000,
  headersTimeoutMs: 1500,
  idleTimeoutMs: 1200,
  startTimeoutMs: 20_000,
  /** Of requests that don't stream, as they name it. */
  clientTimeoutS: 4
}

export const SETTINGS = {
  LOG_LEVEL: 'error',
  DRAIN_DELAY_MS: '0',
  DRAIN_TIMEOUT_MS: '10000',
  QUEUE_EXTRA: '50',
  MAX_ATTEMPTS: String(TIMES.maxAttempts),
  COOLDOWN_MIN_MS: String(TIMES.cooldownMinMs),
  COOLDOWN_MAX_MS: String(TIMES.cooldownMaxMs),
  COOLDOWN_UNNAMED_MS: String(TIMES.cooldownUnnamedMs),
  OVERLOAD_COOLDOWN_MS: String(TIMES.overloadCooldownMs),
  BREAKER_FAILURES: String(TIMES.breakerFailures),
  BREAKER_OPEN_MS: String(TIMES.breakerOpenMs),
  UPSTREAM_HEADERS_TIMEOUT_MS: String(TIMES.headersTimeoutMs),
  UPSTREAM_IDLE_TIMEOUT_MS: String(TIMES.idleTimeoutMs),
  START_TIMEOUT_MS: String(TIMES.startTimeoutMs),
  AFFINITY_WAIT_MS: '300',
  CACHE_FRESH_MS: '1000',
  SETTLE_INTERVAL_MS: '200'
}

/** The accounts that are set up to serve the user's request. */
export function accountsFor(email: string, group: string, model: string): SoakAccount[] {
  return ACCOUNTS.filter(
    ({ groups, owner, models }) => groups.includes(group) && (owner ?? email) === email && (models?.includes(model) ?? true)
  )
}

/** What the upstream and its token endpoint first knew of a sign-in. */
export const firstTokens = (name: string) => ({
  accessToken: `sk-ant-oat01-first-of-${name}`,
  refreshToken: `sk-ant-ort01-first-of-${name}`
})

/** The declarative file. */
export function declared(upstreamUrl: string) {
  return {
    groups: [
      { name: 'default', kind: 'balance', rate_multiplier: '1.5' },
      { name: SUBSCRIPTION_GROUP, kind: 'subscription', monthly_limit_usd: '1000000' }
    ],
    accounts: ACCOUNTS.map(({ name, type, concurrency, priority, groups, owner, models }) => ({
      name,
      type,
      concurrency,
      priority,
      groups,
      base_url: upstreamUrl,
      credentials: declaredCredentials(name, type),
      ...(models === null ? {} : { allowed_models: models }),
      ...(type === 'api-key' ? {} : owner === null ? { shared: true } : { owner })
    })),
    users: USERS.map(({ email, concurrency, keys }) => ({
      email,
      concurrency,
      balance_usd: '1000000',
      keys: keys.map(({ key, group }, index) => ({ name: `key ${index + 1}`, key, group })),
      ...(keys.some(({ group }) => group === SUBSCRIPTION_GROUP)
        ? { subscriptions: [{ group: SUBSCRIPTION_GROUP, days: 30 }] }
        : {})
    }))
  }
}

function declaredCredentials(name: string, type: SoakAccount['type']) {
  if (type === 'api-key') return { api_key: credentialOf(name) }
  if (type === 'setup-token') return { access_token: credentialOf(name) }
  const { accessToken, refreshToken } = firstTokens(name)
  return { access_token: accessToken, refresh_token: refreshToken, expires_at: String(Date.now() + 60_000) }
}

function account(
  name: string,
  type: SoakAccount['type'],
  changes: Pick<SoakAccount, 'concurrency' | 'priority'> & Partial<SoakAccount>
): SoakAccount {
  return { name, type, groups: BOTH, owner: null, models: null, forbids: null, ...changes }
}

function user(email: string, concurrency: number, clients: number, groups: string[]): SoakUser {
  const name = email.split('@')[0]
  const keys = groups.map((group, index) => ({ key: `sk-sluice-soak-${name}-${index + 1}-${group}`, group }))
  return { email, concurrency, clients, keys }
}
