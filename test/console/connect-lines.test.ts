import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ccSwitchLink, claudeCodeShell, curlLine, guessBaseUrl, readBaseUrl } from '../../console/parts/connect-lines.ts'

const TO = { baseUrl: 'https://sluice.example.com', key: 'sk-sluice-abc' }

test('Claude Code gets its three variables, for a shell', () => {
  assert.equal(
    claudeCodeShell(TO),
    [
      'export ANTHROPIC_BASE_URL=https://sluice.example.com',
      'export ANTHROPIC_AUTH_TOKEN=sk-sluice-abc',
      'export CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1',
      'claude'
    ].join('\n')
  )
})

test('clients are where the console is, or on a port of their own beside it', () => {
  assert.equal(guessBaseUrl('https://example.com/tools/sluice/', null), 'https://example.com/tools/sluice')
  assert.equal(guessBaseUrl('http://10.0.0.1:9090/', 8080), 'http://10.0.0.1:8080')
})

test('what a shell would read otherwise is quoted', () => {
  assert.match(claudeCodeShell({ ...TO, key: "it's $HOME" }), /TOKEN='it'\\''s \$HOME'/)
  assert.match(curlLine(TO, 'claude-opus-5-5'), /-H 'x-api-key: sk-sluice-abc' \\\n/)
})

test('the address of clients is without /v1, which they put behind it, and without what no client could use', () => {
  assert.equal(readBaseUrl(' https://Sluice.example.com/v1/ '), 'https://sluice.example.com')
  assert.equal(readBaseUrl('http://10.0.0.1:8080/tools/sluice/'), 'http://10.0.0.1:8080/tools/sluice')
  for (const wrong of [
    'sluice.example.com',
    'ftp://example.com',
    'https://me:pw@example.com',
    'https://example.com/?a=1',
    ''
  ]) {
    assert.equal(readBaseUrl(wrong), null, wrong)
  }
})

test('the link of CC Switch says all that CC Switch reads, also with a name in any script', () => {
  const url = new URL(ccSwitchLink(TO, 'Sluice (schlüssel 🔑)'))
  assert.equal(`${url.protocol}//${url.host}${url.pathname}`, 'ccswitch://v1/import')
  assert.doesNotMatch(url.search, /\+/)
  const { config, usageScript, ...rest } = Object.fromEntries(url.searchParams)
  assert.deepEqual(rest, {
    resource: 'provider',
    app: 'claude',
    name: 'Sluice (schlüssel 🔑)',
    endpoint: 'https://sluice.example.com',
    apiKey: 'sk-sluice-abc',
    configFormat: 'json',
    usageEnabled: 'true',
    usageAutoInterval: '30'
  })
  const { env } = JSON.parse(Buffer.from(config!, 'base64').toString('utf8')) as { env: Record<string, string> }
  assert.equal(env['CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY'], '1')
  assert.match(Buffer.from(usageScript!, 'base64').toString('utf8'), /\{\{baseUrl\}\}\/v1\/usage/)
})

test('usage is not asked for over plain http, which CC Switch refuses, except on its own machine', () => {
  assert.doesNotMatch(ccSwitchLink({ ...TO, baseUrl: 'http://sluice.example.com' }, 'a'), /usage/)
  assert.match(ccSwitchLink({ ...TO, baseUrl: 'http://127.0.0.1:8080' }, 'a'), /usageEnabled=true/)
})
