import {
  anyText,
  bytes,
  clientSecret,
  commandServer,
  databaseUrl,
  foreignSecret,
  hostName,
  integer,
  issuerUrl,
  oidcRedirectUrl,
  oidcRoles,
  yesOrNo,
  InvalidSetting,
  keyPrefix,
  milliseconds,
  oneOf,
  ownSecret,
  ownSecrets,
  redisUrls,
  secretKeys,
  tokenPrices,
  privateNetworks,
  clientsUrl,
  publicUrl,
  trustedProxies,
  upstreamUrl,
  webhookSecrets,
  webUrl,
  zeroOr,
  type SettingReader
} from './setting-values.ts'
import { brakesSetting } from '../brakes/brakes-setting.ts'
import { NamedError } from '../../platform/named-error.ts'

interface SettingDefinition<T> {
  name: string
  /** As it would be written in the environment; null when there is none. */
  default: string | null
  meaning: string
  read: (text: string) => T
}

function setting<T>(name: string, defaultText: string, read: SettingReader<T>, meaning: string): SettingDefinition<T> {
  return { name, default: defaultText, meaning, read }
}

/** A setting without a default: null when it isn't set. */
function optional<T>(name: string, read: SettingReader<T>, meaning: string): SettingDefinition<T | null> {
  return { name, default: null, meaning, read }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const MIB = 2 ** 20

/** Every setting: its default and its meaning, which .env.example and the README repeat. */
const SETTINGS = {
  host: setting('HOST', '0.0.0.0', hostName, 'Address to listen on.'),
  port: setting('PORT', '8080', integer(0, 65_535), 'Port to listen on; 0 takes any free one.'),
  adminPort: optional(
    'ADMIN_PORT',
    integer(0, 65_535),
    'Separate port for the admin API, the console and /metrics, which are then no longer served on PORT; /metrics needs no token there. 0 takes any free one.'
  ),
  adminHost: setting('ADMIN_HOST', '127.0.0.1', hostName, 'Address that ADMIN_PORT listens on.'),
  tlsCert: optional(
    'TLS_CERT',
    anyText,
    'File with the TLS certificate, then its chain, PEM; PORT and ADMIN_PORT then serve https. Read again when it changes.'
  ),
  tlsKey: optional('TLS_KEY', anyText, 'File with its private key, PEM, without a passphrase. Needed with TLS_CERT.'),
  publicUrl: optional(
    'PUBLIC_URL',
    publicUrl,
    'Where browsers reach the console, without /console, e.g. https://sluice.example.com or, below a path, https://example.com/sluice.'
  ),
  clientsUrl: optional(
    'CLIENTS_URL',
    clientsUrl,
    'Where clients reach Sluice, without /v1, for the lines that the console shows with a key and as what tokens of jobs must be for; without it, where the console is, on PORT.'
  ),
  databaseUrl: optional(
    'DATABASE_URL',
    databaseUrl,
    'Postgres to use; without it Sluice runs an embedded PostgreSQL in DATA_DIR.'
  ),
  redisUrls: optional(
    'REDIS_URL',
    redisUrls,
    'Redis through which replicas share slots; needs DATABASE_URL. Separate the nodes of a Redis Cluster by commas.'
  ),
  redisKeyPrefix: setting('REDIS_KEY_PREFIX', 'sluice', keyPrefix, 'Prefix of all Redis keys.'),
  dataDir: setting('DATA_DIR', './data', anyText, 'Folder for the journal, the embedded database and generated secrets.'),
  secretKeys: optional(
    'SLUICE_SECRET_KEY',
    secretKeys,
    'Encrypts stored credentials: 32 bytes, hex or base64. Comma-separated for rotation: the first encrypts, all decrypt. Required with DATABASE_URL, else generated.'
  ),
  adminToken: optional(
    'SLUICE_ADMIN_TOKEN',
    ownSecret,
    'Bearer token of the admin API; without it only the sluice command on this machine may use it.'
  ),
  scimTokens: optional(
    'SCIM_TOKEN',
    ownSecrets,
    'Bearer token with which an identity provider manages users by SCIM 2.0 at /scim/v2; several separated by commas, for rotation. None = no SCIM.'
  ),
  commandServer: optional(
    'SLUICE_URL',
    commandServer,
    'For the `sluice` command: the server it talks to, with SLUICE_ADMIN_TOKEN; `local` = the database; none = the server on the same DATA_DIR.'
  ),
  configFile: optional('SLUICE_CONFIG', anyText, 'Declarative file (see docs) applied at each start.'),
  anthropicApiKey: optional(
    'ANTHROPIC_API_KEY',
    foreignSecret,
    'On the first start with an empty database: the upstream account to create, with a group, a user and a client key.'
  ),
  anthropicBaseUrl: setting(
    'ANTHROPIC_BASE_URL',
    'https://api.anthropic.com',
    upstreamUrl,
    'Upstream of accounts without a base_url; without /v1.'
  ),
  oauthTokenUrl: setting(
    'ANTHROPIC_OAUTH_TOKEN_URL',
    'https://platform.claude.com/v1/oauth/token',
    webUrl,
    'Where accounts of type oauth get and renew their tokens.'
  ),
  oauthAuthorizeUrl: setting(
    'ANTHROPIC_OAUTH_AUTHORIZE_URL',
    'https://claude.ai/oauth/authorize',
    webUrl,
    'Where `sluice accounts login` sends the owner of an account to sign in.'
  ),
  privateUpstreams: setting(
    'PRIVATE_UPSTREAMS',
    'none',
    privateNetworks,
    'Private networks allowed for accounts, proxies and issuers: none, all, or comma-separated addresses and networks. ANTHROPIC_BASE_URL is always allowed.'
  ),
  oauthTimeoutMs: setting('OAUTH_TIMEOUT_MS', '15000', milliseconds(1), 'Longest time a request for tokens may take.'),
  logLevel: setting('LOG_LEVEL', 'info', oneOf(...LOG_LEVELS), `Least severe level to log: ${LOG_LEVELS.join(', ')}.`),
  trustProxy: setting(
    'TRUST_PROXY',
    'none',
    trustedProxies,
    'Whose X-Forwarded-* headers to trust: none, true (everybody), a number of hops, or addresses and networks separated by commas.'
  ),
  authFailuresMax: setting(
    'AUTH_FAILURES_MAX',
    '100',
    integer(1, 1_000_000),
    'Invalid keys or admin tokens an address may send in a window before it gets 429; valid ones still pass.'
  ),
  authFailuresWindowMs: setting('AUTH_FAILURES_WINDOW_MS', '60000', milliseconds(1), 'Length of that window.'),
  signInFailuresMax: setting(
    'SIGN_IN_FAILURES_MAX',
    '10',
    integer(1, 1_000_000),
    'Failed sign-ins of an address within AUTH_FAILURES_WINDOW_MS (of a user: five times as many) before further ones get 429.'
  ),
  sessionTtlMs: setting('SESSION_TTL_MS', '43200000', milliseconds(1000), 'How long a sign-in lasts.'),
  oidcIssuer: optional(
    'OIDC_ISSUER',
    issuerUrl,
    'OpenID provider for sign-in; none = passwords only. Needs OIDC_CLIENT_ID and OIDC_REDIRECT_URL.'
  ),
  oidcClientId: optional('OIDC_CLIENT_ID', anyText, 'OAuth client ID of Sluice at the provider.'),
  oidcClientSecret: optional('OIDC_CLIENT_SECRET', clientSecret, 'OAuth client secret; none for a public client.'),
  oidcRedirectUrl: optional(
    'OIDC_REDIRECT_URL',
    oidcRedirectUrl,
    'Redirect URL: the public address of Sluice, with /me/v1/oidc/callback.'
  ),
  oidcScopes: setting('OIDC_SCOPES', 'openid email profile', anyText, 'Scopes to request, separated by spaces.'),
  oidcGroupsClaim: setting('OIDC_GROUPS_CLAIM', 'groups', anyText, 'Claim that lists a user’s groups.'),
  oidcRoles: optional(
    'OIDC_ROLES',
    oidcRoles,
    'Role of each group, as group=role separated by commas, * for everybody; none = roles are set in Sluice.'
  ),
  oidcCreateUsers: setting(
    'OIDC_CREATE_USERS',
    'false',
    yesOrNo,
    'Create a user on first sign-in; false rejects unknown users.'
  ),
  oidcUnstatedEmails: setting(
    'OIDC_UNSTATED_EMAILS',
    'false',
    yesOrNo,
    'Accept ID tokens without email_verified; only for a provider that verifies every address but omits the claim.'
  ),
  maxConnections: setting(
    'MAX_CONNECTIONS',
    '10000',
    integer(1, 1_000_000),
    'Maximum number of open connections per port; more are closed at once.'
  ),
  drainDelayMs: setting(
    'DRAIN_DELAY_MS',
    '10000',
    milliseconds(),
    'After SIGTERM: how long new requests are still served; half as long when there are none.'
  ),
  drainTimeoutMs: setting(
    'DRAIN_TIMEOUT_MS',
    '900000',
    milliseconds(),
    'After SIGTERM: how long running streams may continue.'
  ),
  queueExtra: setting(
    'QUEUE_EXTRA',
    '20',
    integer(0, 1_000_000),
    "How many requests of a user may wait beyond the user's slots, and as many more of sessions that have none yet."
  ),
  brakes: setting(
    'BRAKES',
    'identical_turns=10,identical_action=warn',
    brakesSetting,
    'What stops keys that run away, where they say nothing else: part=value with commas between them, or none; see docs/brakes.md.'
  ),
  queueTimeoutMs: setting('QUEUE_TIMEOUT_MS', '60000', milliseconds(), 'Longest wait for a slot.'),
  pingIntervalMs: setting('PING_INTERVAL_MS', '5000', milliseconds(1), 'How often a waiting stream is pinged.'),
  keepAliveMs: setting(
    'KEEPALIVE_MS',
    '25000',
    milliseconds(),
    'A stream is pinged when its upstream has been silent for this long; 0 = never.'
  ),
  leaseTtlMs: setting('LEASE_TTL_MS', '30000', milliseconds(100), 'How soon the slots of a dead process are free again.'),
  affinityWaitMs: setting(
    'AFFINITY_WAIT_MS',
    '2000',
    milliseconds(),
    "How long a request waits for its session's busy account before it takes another."
  ),
  affinityTtlMs: setting(
    'AFFINITY_TTL_MS',
    '3600000',
    milliseconds(1),
    'How long an unused session stays bound to its account.'
  ),
  startTimeoutMs: setting(
    'START_TIMEOUT_MS',
    '240000',
    milliseconds(1),
    'Longest time from arrival to the first upstream byte of a stream.'
  ),
  upstreamConnectTimeoutMs: setting(
    'UPSTREAM_CONNECT_TIMEOUT_MS',
    '10000',
    milliseconds(1),
    'Longest time to connect to the upstream.'
  ),
  upstreamHeadersTimeoutMs: setting(
    'UPSTREAM_HEADERS_TIMEOUT_MS',
    '300000',
    milliseconds(1),
    "Longest wait for a stream's response headers; other requests name their own timeout or get 600000."
  ),
  upstreamIdleTimeoutMs: setting(
    'UPSTREAM_IDLE_TIMEOUT_MS',
    '240000',
    milliseconds(1),
    'Longest silence inside an upstream stream.'
  ),
  clientStallTimeoutMs: setting(
    'CLIENT_STALL_TIMEOUT_MS',
    '300000',
    milliseconds(1),
    'A connection whose client reads nothing for this long is closed.'
  ),
  // The largest body, 32 MiB, passes within five minutes on an uplink of 0.9 Mbit/s.
  bodyTimeoutMs: setting(
    'BODY_TIMEOUT_MS',
    '300000',
    milliseconds(1),
    'Longest time a client may take to send its request body.'
  ),
  maxAttempts: setting('MAX_ATTEMPTS', '3', integer(1, 100), 'How many accounts are tried for one request.'),
  overloadCooldownMs: setting(
    'OVERLOAD_COOLDOWN_MS',
    '600000',
    milliseconds(1),
    'Cooldown of an account after a 529; half-way through, one request probes it. The last available account gets none.'
  ),
  cooldownMinMs: setting('COOLDOWN_MIN_MS', '5000', milliseconds(1), 'Shortest cooldown after a 429.'),
  cooldownMaxMs: setting('COOLDOWN_MAX_MS', '28800000', milliseconds(1), 'Longest cooldown after a 429.'),
  cooldownUnnamedMs: setting('COOLDOWN_UNNAMED_MS', '300000', milliseconds(1), 'Cooldown when the upstream names no end.'),
  breakerFailures: setting(
    'BREAKER_FAILURES',
    '5',
    integer(1, 1000),
    'Server errors and broken connections in a row that start a cooldown.'
  ),
  breakerOpenMs: setting(
    'BREAKER_OPEN_MS',
    '30000',
    milliseconds(1),
    'How long that lasts before one request probes the account; doubled each time that fails, up to OVERLOAD_COOLDOWN_MS.'
  ),
  originProbeMs: setting(
    'ORIGIN_PROBE_MS',
    '10000',
    milliseconds(1),
    'How long an unreachable origin is avoided before one request probes it, for all its accounts.'
  ),
  cooldownProbeMs: setting(
    'REST_PROBE_MS',
    '900000',
    milliseconds(1),
    'Longer cooldowns are probed by one request at this interval: a limit may end early.'
  ),
  utilizationThreshold: setting(
    'UTILIZATION_THRESHOLD',
    '95',
    integer(1, 1000),
    'Accounts that have used more than this percentage of a usage window are used last.'
  ),
  traceRetentionDays: setting(
    'TRACE_RETENTION_DAYS',
    '7',
    integer(0, 400),
    'How many days the decisions made for each request are kept; 0 keeps none.'
  ),
  usageRetentionDays: setting(
    'USAGE_RETENTION_DAYS',
    '400',
    zeroOr(40, 36_500),
    'How many days usage events are kept, in whole months, at least 40; 0 keeps all. Balances and summaries stay.'
  ),
  maintenanceIntervalMs: setting(
    'MAINTENANCE_INTERVAL_MS',
    '3600000',
    // A quarter more must still fit a timer.
    integer(1, 1_000_000_000),
    'How often partitions are created ahead and old ones dropped, give or take a quarter.'
  ),
  usageDrainMs: setting(
    'USAGE_DRAIN_MS',
    '0',
    milliseconds(),
    'After a client hangs up: how long to keep reading from the upstream for its exact usage; 0 aborts at once.'
  ),
  webhookUrl: optional(
    'WEBHOOK_URL',
    webUrl,
    'URL that receives usage events, budget alerts and warnings of keys that expire; none = no webhook.'
  ),
  webhookSecrets: optional(
    'WEBHOOK_SECRET',
    webhookSecrets,
    'Signing secret: whsec_ and base64; several separated by commas. Needed with WEBHOOK_URL.'
  ),
  webhookTimeoutMs: setting('WEBHOOK_TIMEOUT_MS', '10000', milliseconds(1), 'How long the receiver may take to respond.'),
  webhookIntervalMs: setting(
    'WEBHOOK_INTERVAL_MS',
    '1000',
    milliseconds(1),
    'Polling interval for events to retry, or left by another process.'
  ),
  webhookRetryMinMs: setting(
    'WEBHOOK_RETRY_MIN_MS',
    '5000',
    milliseconds(1),
    'First retry delay of an event; doubled each time.'
  ),
  webhookRetryMaxMs: setting('WEBHOOK_RETRY_MAX_MS', '3600000', milliseconds(1), 'Longest retry delay.'),
  webhookKeepMs: setting('WEBHOOK_KEEP_MS', '259200000', milliseconds(1), 'How long an event is retried before it is dropped.'),
  journalMaxBytes: setting(
    'JOURNAL_MAX_BYTES',
    '1GiB',
    bytes(MIB),
    'Unsettled usage kept on disk before new requests get 503.'
  ),
  maxBufferedBytes: setting(
    'MAX_BUFFERED_BYTES',
    '512MiB',
    bytes(MIB),
    'Memory for request bodies, and for decoding them, before new requests get 503.'
  ),
  cacheFreshMs: setting(
    'CACHE_FRESH_MS',
    '10000',
    milliseconds(),
    'How long values read from the database stay fresh; an announced change is read at once.'
  ),
  cacheStaleMs: setting(
    'CACHE_STALE_MS',
    '900000',
    milliseconds(),
    'How long they are used while the database is unavailable.'
  ),
  settleIntervalMs: setting(
    'SETTLE_INTERVAL_MS',
    '1000',
    milliseconds(1),
    'How often usage moves from the journal to the database.'
  ),
  settleDrainMs: setting(
    'SETTLE_DRAIN_MS',
    '10000',
    milliseconds(),
    'At shutdown: how long the rest of the usage may take to reach the database; what is left waits in the journal.'
  ),
  journalSyncMs: setting(
    'JOURNAL_SYNC_MS',
    '200',
    milliseconds(),
    'How often the journal is synced to disk, which bounds what a power cut loses.'
  ),
  progressIntervalMs: setting(
    'PROGRESS_INTERVAL_MS',
    '5000',
    milliseconds(1),
    "How often a running stream's usage so far is written to the journal."
  ),
  unknownModelPrice: setting(
    'UNKNOWN_MODEL_PRICE',
    '5/25',
    tokenPrices,
    'USD per million input/output tokens for models that are not in the price book.'
  )
} satisfies Record<string, SettingDefinition<unknown>>

/** Durations are milliseconds (`…Ms`), sizes bytes; a setting that is not set and has no default is null. */
export type Settings = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['read']> }

interface SettingReference {
  key: keyof Settings
  name: string
  default: string | null
  meaning: string
}

/** All settings in their documented order. */
export const settingReferences: readonly SettingReference[] = (Object.keys(SETTINGS) as (keyof Settings)[]).map((key) => {
  const { name, default: defaultText, meaning } = SETTINGS[key]
  return { key, name, default: defaultText, meaning }
})

/** Parses the value of the setting with that name. Throws InvalidSetting. */
export function readSettingText(name: string, text: string): unknown {
  const definition = Object.values(SETTINGS).find((setting) => setting.name === name)
  if (definition === undefined) throw new Error(`there is no setting ${name}`)
  return definition.read(text)
}

/** All problems of the settings, one line each. No line repeats a secret. */
export class SettingsError extends NamedError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** Reads the settings from environment variables; an empty variable counts as unset. Throws SettingsError naming all problems. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const problems: string[] = []
  const values = Object.entries(SETTINGS).map(([key, definition]) => [key, readSetting(definition, env, problems)])
  // A value is of its definition's type, or missing because a problem was noted.
  const settings = Object.fromEntries(values) as Partial<Settings>
  problems.push(...contradictions(env, settings))
  if (problems.length > 0) throw new SettingsError(problems)
  return settings as Settings
}

function readSetting(definition: SettingDefinition<unknown>, env: NodeJS.ProcessEnv, problems: string[]): unknown {
  const text = textOf(env, definition.name) ?? definition.default
  if (text === null) return null
  try {
    return definition.read(text)
  } catch (error) {
    if (!(error instanceof InvalidSetting)) throw error
    problems.push(`${definition.name} ${error.message}`)
    return undefined
  }
}

function textOf(env: NodeJS.ProcessEnv, name: string): string | null {
  const text = env[name]?.trim() ?? ''
  return text === '' ? null : text
}

function contradictions(env: NodeJS.ProcessEnv, settings: Partial<Settings>): string[] {
  const { cacheFreshMs, cacheStaleMs, cooldownMinMs, cooldownMaxMs } = settings
  const problems: string[] = []
  if (textOf(env, 'DATABASE_URL') !== null && textOf(env, 'SLUICE_SECRET_KEY') === null) {
    problems.push(
      'SLUICE_SECRET_KEY must be set with DATABASE_URL: the one in DATA_DIR/secret-key for data of an embedded database; ' +
        'for a new database generate one with `openssl rand -hex 32` and keep it'
    )
  }
  if ((settings.redisUrls ?? null) !== null && textOf(env, 'DATABASE_URL') === null) {
    problems.push('REDIS_URL needs DATABASE_URL: replicas that share slots must share their records too')
  }
  if (cacheFreshMs !== undefined && cacheStaleMs !== undefined && cacheStaleMs < cacheFreshMs) {
    problems.push('CACHE_STALE_MS must not be less than CACHE_FRESH_MS: raise it, or lower the other')
  }
  if (cooldownMinMs !== undefined && cooldownMaxMs !== undefined && cooldownMaxMs < cooldownMinMs) {
    problems.push('COOLDOWN_MAX_MS must not be less than COOLDOWN_MIN_MS: raise it, or lower the other')
  }
  if (textOf(env, 'OIDC_ISSUER') !== null) {
    for (const name of ['OIDC_CLIENT_ID', 'OIDC_REDIRECT_URL']) {
      if (textOf(env, name) === null) problems.push(`${name} must be set with OIDC_ISSUER: docs/sign-in.md says to what`)
    }
  }
  if (textOf(env, 'WEBHOOK_URL') !== null && textOf(env, 'WEBHOOK_SECRET') === null) {
    problems.push('WEBHOOK_SECRET must be set with WEBHOOK_URL: generate one with `echo whsec_$(openssl rand -base64 32)`')
  }
  for (const [name, other] of [
    ['TLS_CERT', 'TLS_KEY'],
    ['TLS_KEY', 'TLS_CERT']
  ] as const) {
    if (textOf(env, name) !== null && textOf(env, other) === null) {
      problems.push(`${other} must be set with ${name}: one is of no use without the other`)
    }
  }
  const { port, adminPort = null } = settings
  if (adminPort !== null && adminPort !== 0 && adminPort === port) {
    problems.push('ADMIN_PORT must not be PORT: give it another one, or unset it')
  }
  return problems
}
