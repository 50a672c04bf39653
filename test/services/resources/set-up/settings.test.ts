import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseEnv } from 'node:util'
import { readSettings, settingReferences, SettingsError } from '../../../../services/resources/set-up/settings.ts'

const EXAMPLE = readFileSync(new URL('../../../../.env.example', import.meta.url), 'utf8')
const SECRET = '5f2b8c1e9d7a4630b1c2d3e4f50617285f2b8c1e9d7a4630b1c2d3e4f5061728'
const OTHER_SECRET = 'vT3q8Zs1bJ0m5yKpXw7NcRfUhGdEaL2i4oVt6QxY9BA='

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings(env)
  } catch (error) {
    assert(error instanceof SettingsError)
    return error.problems
  }
  return []
}

test('an empty environment gives the documented defaults', () => {
  const settings = readSettings({})
  assert.equal(settings.host, '0.0.0.0')
  assert.equal(settings.port, 8080)
  assert.equal(settings.databaseUrl, null)
  assert.equal(settings.anthropicBaseUrl, 'https://api.anthropic.com')
  assert.equal(settings.journalMaxBytes, 1024 ** 3)
  assert.equal(settings.drainTimeoutMs, 900_000)
  assert.equal(settings.trustProxy, false)
  assert.deepEqual(settings.unknownModelPrice, { input: '5', output: '25' })
})

test('an empty or blank variable counts as unset', () => {
  assert.equal(readSettings({ PORT: '', DATABASE_URL: ' ' }).port, 8080)
})

test('values are read into their types', () => {
  const settings = readSettings({
    PORT: '0',
    DATABASE_URL: 'postgres://sluice:pw@db/sluice',
    SLUICE_SECRET_KEY: `${SECRET}, ${OTHER_SECRET}`,
    SCIM_TOKEN: `${SECRET}, ${OTHER_SECRET}`,
    JOURNAL_MAX_BYTES: '512MiB',
    MAX_BUFFERED_BYTES: '67108864',
    TRUST_PROXY: '10.0.0.0/8, loopback',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:4010/',
    UNKNOWN_MODEL_PRICE: '0.25/1.25'
  })
  assert.equal(settings.port, 0)
  assert.deepEqual(settings.secretKeys, [SECRET, OTHER_SECRET])
  assert.deepEqual(settings.scimTokens, [SECRET, OTHER_SECRET])
  assert.equal(settings.journalMaxBytes, 512 * 2 ** 20)
  assert.equal(settings.maxBufferedBytes, 67_108_864)
  assert.deepEqual(settings.trustProxy, ['10.0.0.0/8', 'loopback'])
  assert.equal(settings.anthropicBaseUrl, 'http://127.0.0.1:4010')
  assert.deepEqual(settings.unknownModelPrice, { input: '0.25', output: '1.25' })
})

const REFUSED: [name: string, value: string, reason: RegExp][] = [
  ['HOST', 'http://0.0.0.0', /without scheme/],
  ['SCIM_TOKEN', `${SECRET},short`, /at least 16 characters/],
  ['PORT', '70000', /from 0 to 65535/],
  ['PORT', '80a', /whole number/],
  ['SLUICE_SECRET_KEY', 'changeme-changeme-changeme', /placeholder/],
  ['SLUICE_SECRET_KEY', `${SECRET},${SECRET}`, /twice/],
  ['SLUICE_SECRET_KEY', `${SECRET},`, /32 bytes/],
  ['SLUICE_SECRET_KEY', 'correct horse battery staple', /32 bytes as hex or base64/],
  ['SLUICE_ADMIN_TOKEN', 'your-admin-token-here', /placeholder/],
  ['SLUICE_ADMIN_TOKEN', 'xxxxxxxxxxxxxxxxxxxxxxxx', /placeholder/],
  ['SLUICE_ADMIN_TOKEN', '<generate a long token>', /placeholder/],
  ['SLUICE_ADMIN_TOKEN', 'a1b2c3d4e5', /16 characters/],
  ['SLUICE_ADMIN_TOKEN', 'zq81 2lmn 38dk 4jf9', /printable/],
  ['ANTHROPIC_API_KEY', 'sk-ant-api03-...', /placeholder/],
  ['ANTHROPIC_API_KEY', 'sk-ant-xxxxxxxx', /placeholder/],
  ['ANTHROPIC_BASE_URL', 'https://api.anthropic.com/v1/', /\/v1/],
  ['ANTHROPIC_BASE_URL', 'api.anthropic.com', /http/],
  ['ANTHROPIC_BASE_URL', 'https://me:pw@proxy.example', /password/],
  ['CLIENTS_URL', 'https://sluice.example.com/v1/', /\/v1/],
  ['LOG_LEVEL', 'verbose', /fatal, error, warn/],
  ['TRUST_PROXY', '10.0.0.0/40', /hops/],
  ['TRUST_PROXY', 'loopback,10.0.0.5/8', /write 10\.0\.0\.0\/8 for the network/],
  ['PRIVATE_UPSTREAMS', '192.168.1.1/16', /write 192\.168\.0\.0\/16 for the network/],
  ['QUEUE_TIMEOUT_MS', '60s', /milliseconds/],
  ['QUEUE_TIMEOUT_MS', '-1', /milliseconds/],
  ['DRAIN_TIMEOUT_MS', '2147483648', /2147483647/],
  ['PING_INTERVAL_MS', '0', /from 1/],
  ['MAX_ATTEMPTS', '0', /from 1/],
  ['JOURNAL_MAX_BYTES', '1GB', /1GiB/],
  ['USAGE_RETENTION_DAYS', '39', /0, or a whole number from 40/],
  ['CACHE_STALE_MS', '5', /CACHE_FRESH_MS/],
  ['UNKNOWN_MODEL_PRICE', '5', /5\/25/],
  ['REDIS_URL', 'http://redis', /must be a Redis URL/],
  ['REDIS_URL', 'redis://redis', /needs DATABASE_URL/],
  ['REDIS_KEY_PREFIX', 'a{b}', /letters, digits/],
  ['ADMIN_PORT', '8080', /must not be PORT/]
]

for (const [name, value, reason] of REFUSED) {
  test(`${name}=${value} is refused with what to do`, () => {
    const problems = problemsOf({ [name]: value })
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', reason)
    assert(problems[0]?.startsWith(name))
  })
}

test('all problems are reported at once', () => {
  const problems = problemsOf({
    PORT: 'x',
    LOG_LEVEL: 'y',
    CACHE_STALE_MS: 'z',
    REDIS_URL: 'r',
    DATABASE_URL: 'postgres://db/s'
  })
  assert.deepEqual(
    problems.map((problem) => problem.split(/[ :]/)[0]),
    ['PORT', 'REDIS_URL', 'LOG_LEVEL', 'CACHE_STALE_MS', 'SLUICE_SECRET_KEY']
  )
})

test('a database of its own needs a secret key that outlives the container', () => {
  assert.match(problemsOf({ DATABASE_URL: 'postgres://db/sluice' })[0] ?? '', /SLUICE_SECRET_KEY must be set/)
})

test('a database other than Postgres is refused', () => {
  const problems = problemsOf({ DATABASE_URL: 'mysql://db/sluice', SLUICE_SECRET_KEY: SECRET })
  assert.deepEqual(problems, [
    'DATABASE_URL must be a Postgres URL: postgres://user:password@host:5432/database (in a password, write / as %2F, ? as %3F, # as %23 and @ as %40)'
  ])
})

test('no message repeats a secret', () => {
  const secrets = {
    SLUICE_SECRET_KEY: 'short1',
    SLUICE_ADMIN_TOKEN: 'short2',
    ANTHROPIC_API_KEY: 'sk-ant-pasted key3',
    DATABASE_URL: 'postgre://user:hidden4@db/s'
  }
  const text = problemsOf(secrets).join('\n')
  assert.equal(text.split('\n').length, 4)
  for (const secret of ['short1', 'short2', 'key3', 'hidden4']) assert(!text.includes(secret), text)
})

const CANARY = 'canary-5e1d07'

const LEAKY_WEB_URLS = [
  'https:/u:pw@x',
  'https:u:pw@x',
  'https:///u:pw@x',
  'https://u:pw@x',
  'https://u:1/pw@x',
  'https://u:1?pw@x',
  'u:pw@x'
]
const CALLBACK = '/me/v1/oidc/callback'
/** With a password in a part of it that is shown, or is used for something else. */
const LEAKY_URLS: Record<string, string[]> = {
  REDIS_URL: [
    'redis:/u:pw@x',
    'redis:u:pw@x',
    'redis:///u:pw@x',
    'redis:////u:pw@x',
    'redis://u:pw',
    'redis://u:1/pw@x',
    'redis://u:1?pw@x',
    'redis://u:1#pw@x',
    'redis://u:a pw@x',
    'redis:\\\\u:pw@x',
    'redis://h,redis:/u:pw@x',
    'redis://u:1,pw@x',
    'unix:/u:pw@x',
    'u:pw@x'
  ],
  DATABASE_URL: [
    'postgres:/u:pw@x/d',
    'postgres:u:pw@x/d',
    'postgres:///u:pw@x/d',
    'postgres://u:1/pw@x/d',
    'postgres://u:1?pw@x/d',
    'postgres://u:1#pw@x/d',
    'postgres://u:a pw@x/d',
    'postgres://u:pw@/d',
    'u:pw@x/d'
  ],
  ANTHROPIC_BASE_URL: LEAKY_WEB_URLS,
  ANTHROPIC_OAUTH_TOKEN_URL: LEAKY_WEB_URLS,
  ANTHROPIC_OAUTH_AUTHORIZE_URL: LEAKY_WEB_URLS,
  WEBHOOK_URL: LEAKY_WEB_URLS,
  SLUICE_URL: LEAKY_WEB_URLS,
  OIDC_ISSUER: [...LEAKY_WEB_URLS, 'https://login.example.com?secret=pw'],
  OIDC_REDIRECT_URL: [`https://u:pw@x${CALLBACK}`, `https:/u:pw@x${CALLBACK}`, `https://u:1/pw@x${CALLBACK}`]
}

for (const [name, values] of Object.entries(LEAKY_URLS)) {
  for (const value of values) {
    test(`${name}=${value} is refused, and the password not repeated`, () => {
      const problems = problemsOf({ SLUICE_SECRET_KEY: SECRET, [name]: value.replace('pw', CANARY) })
      const text = problems.join('\n')
      assert.ok(text.includes(`${name} must`), text)
      assert.ok(!text.includes(CANARY), text)
    })
  }
}

test('URLs with passwords that are written right are taken as they are', () => {
  for (const [name, value] of [
    ['REDIS_URL', 'rediss://default:a%2Fb%40c@redis.example:6380/3'],
    ['REDIS_URL', 'redis://[::1]:6379,redis://b'],
    ['DATABASE_URL', 'postgresql://u:p%40w@a.example:5432/d?sslmode=require'],
    ['DATABASE_URL', 'postgres:///d?host=/run/postgresql'],
    ['WEBHOOK_URL', 'https://hooks.example/a/b?token=1']
  ] as const) {
    const problems = problemsOf({ SLUICE_SECRET_KEY: SECRET, DATABASE_URL: 'postgres://db/s', [name]: value })
    assert.deepEqual(
      problems.filter((problem) => problem.startsWith(`${name} `) && !problem.includes('WEBHOOK_SECRET')),
      []
    )
  }
})

test('secrets that only look plain are accepted', () => {
  for (const SLUICE_ADMIN_TOKEN of ['test-admin-token-1', '0123456789abcdef', 'our-team-secret-9f3k2', SECRET]) {
    assert.equal(readSettings({ SLUICE_ADMIN_TOKEN }).adminToken, SLUICE_ADMIN_TOKEN)
  }
})

test('.env.example has every setting, commented out, with its default and its meaning', () => {
  for (const { name, default: defaultText, meaning } of settingReferences) {
    assert(EXAMPLE.includes(`\n# ${meaning}\n# ${name}=${defaultText ?? ''}\n`), name)
  }
})

test('.env.example has no setting that the server does not know, and gives the defaults when uncommented', () => {
  const env = parseEnv(EXAMPLE.replaceAll(/^# (?=[A-Z_]+=)/gm, ''))
  assert.deepEqual(Object.keys(env).toSorted(), settingReferences.map(({ name }) => name).toSorted())
  assert.deepEqual(readSettings(env), readSettings({}))
})
