import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { misnamedSettings } from '../../../../services/resources/set-up/misnamed-settings.ts'
import { settingReferences } from '../../../../services/resources/set-up/settings.ts'

const NAMES = settingReferences.map(({ name }) => name)
const environment = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'x']))
const meantBy = (name: string) => misnamedSettings({ [name]: 'x' })[0]?.meant ?? null

test('a name that looks like a setting is told with the nearest one', () => {
  for (const [name, meant] of [
    ['MAX_BODY_BYTE', 'MAX_BUFFERED_BYTES'],
    ['MAX_BODY_BYTES', 'MAX_BUFFERED_BYTES'],
    ['MAX_BUFFERD_BYTES', 'MAX_BUFFERED_BYTES'],
    ['QUEUE_TIMEOUT', 'QUEUE_TIMEOUT_MS'],
    ['KEEP_ALIVE_MS', 'KEEPALIVE_MS'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['log_level', 'LOG_LEVEL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['ANTHROPIC_API_KEYS', 'ANTHROPIC_API_KEY'],
    ['SLUICE_ADMIN_TOKE', 'SLUICE_ADMIN_TOKEN'],
    ['SLUICE_DATA_DIR', 'DATA_DIR'],
    ['SLUICE_DATABASE_URL', 'DATABASE_URL'],
    ['CONNECT_TIMEOUT_MS', 'UPSTREAM_CONNECT_TIMEOUT_MS'],
    ['UPSTREAM_IDLE_TIMEOUT', 'UPSTREAM_IDLE_TIMEOUT_MS']
  ] as const) {
    assert.equal(meantBy(name), meant, name)
  }
})

test('settings, and what else stands in environments, are no matter', () => {
  const others =
    'PATH HOME USER SHELL PWD OLDPWD LANG LC_ALL TERM TZ HOSTNAME LOGNAME MAIL EDITOR SHLVL _ TMPDIR XDG_DATA_DIRS XDG_DATA_HOME ' +
    'NODE_ENV NODE_OPTIONS NODE_EXTRA_CA_CERTS NODE_COMPILE_CACHE SSL_CERT_FILE HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy no_proxy ' +
    'npm_config_cache npm_config_loglevel npm_lifecycle_event npm_package_name INIT_CWD DEBUG CI GITHUB_TOKEN SECRET_KEY ADMIN_TOKEN ' +
    'ANTHROPIC_AUTH_TOKEN ANTHROPIC_MODEL ANTHROPIC_ADMIN_KEY ANTHROPIC_CUSTOM_HEADERS CLAUDE_CODE_MAX_OUTPUT_TOKENS OPENAI_API_KEY ' +
    'PGHOST PGPORT PGUSER POST HOSTS SPORT DATABASE_USER DATABASE_PASSWORD POSTGRES_URL TEST_DATABASE_URL TEST_REDIS_URL ' +
    'REDIS_HOST REDIS_PASSWORD REQUEST_TIMEOUT_MS API_TIMEOUT_MS MCP_TIMEOUT BASH_DEFAULT_TIMEOUT_MS BASH_MAX_TIMEOUT_MS ' +
    'MAX_LOG_BYTES OTEL_EXPORTER_OTLP_ENDPOINT AWS_REGION DEV_KEY ' +
    'ANTHROPIC_API_KEY_2 ANTHROPIC_API_KEY2 ANTHROPIC_API_KEY_B LISTEN_FDS INVOCATION_ID JOURNAL_STREAM MAINPID NOTIFY_SOCKET'
  assert.deepEqual(misnamedSettings(environment([...NAMES, ...others.split(' ')])), [])
})

test('nor is what Kubernetes says of services, whatever they are called', () => {
  const word = fc.constantFrom('SLUICE', 'ADMIN', 'DATA', 'REDIS', 'DATABASE', 'OIDC', 'WEBHOOK', 'METRICS', 'HEADLESS')
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 65_535 }), (words, port) => {
      const service = words.join('_')
      const ofPort = ['', '_PROTO', '_PORT', '_ADDR'].map((end) => `_PORT_${port}_TCP${end}`)
      const ends = ['_SERVICE_HOST', '_SERVICE_PORT', '_SERVICE_PORT_HTTP', '_PORT', ...ofPort]
      assert.deepEqual(misnamedSettings(environment(ends.map((end) => `${service}${end}`))), [])
    })
  )
})
