import { shellWord } from './shell-word.ts'

/** How a client reaches Sluice. */
export interface Connection {
  /** Without a slash or `/v1` at its end. */
  baseUrl: string
  /** The client key, or words that stand for it. */
  key: string
}

/** What a reader types as the address of Sluice: null where it is no address that a client could use. */
export function readBaseUrl(text: string): string | null {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol)) return null
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null
  // Clients put /v1 behind it by themselves.
  return url.href.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '')
}

/**
 * Where clients are likely to reach Sluice.
 *
 * @param root where the API of the console is
 * @param port of the clients, if it is another than the console’s
 */
export function guessBaseUrl(root: string, port: number | null): string {
  const url = new URL(root)
  if (port === null) return url.href.replace(/\/+$/, '')
  url.port = String(port)
  return url.origin
}

/** The environment of Claude Code. */
const claudeCodeEnv = ({ baseUrl, key }: Connection): Record<string, string> => ({
  ANTHROPIC_BASE_URL: baseUrl,
  ANTHROPIC_AUTH_TOKEN: key,
  CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1'
})

const linesOf = (env: Record<string, string>, line: (name: string, value: string) => string) =>
  Object.entries(env).map(([name, value]) => line(name, value))

/** For a POSIX shell. */
export const claudeCodeShell = (to: Connection) =>
  [...linesOf(claudeCodeEnv(to), (name, value) => `export ${name}=${shellWord(value)}`), 'claude'].join('\n')

/** For PowerShell, where two single quotes in a string stand for one. */
export const claudeCodePowerShell = (to: Connection) =>
  [...linesOf(claudeCodeEnv(to), (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`), 'claude'].join('\n')

/** For `~/.claude/settings.json`, where it stays. */
export const claudeCodeSettings = (to: Connection) => JSON.stringify({ env: claudeCodeEnv(to) }, null, 2)

export const typeScriptLines = ({ baseUrl, key }: Connection) =>
  [
    "import Anthropic from '@anthropic-ai/sdk'",
    '',
    `const client = new Anthropic({ baseURL: ${JSON.stringify(baseUrl)}, apiKey: ${JSON.stringify(key)} })`
  ].join('\n')

export const pythonLines = ({ baseUrl, key }: Connection) =>
  [
    'import anthropic',
    '',
    `client = anthropic.Anthropic(base_url=${JSON.stringify(baseUrl)}, api_key=${JSON.stringify(key)})`
  ].join('\n')

/** @param model its ID, of one that the key may use */
export const curlLine = ({ baseUrl, key }: Connection, model: string) =>
  [
    `curl -sS ${shellWord(`${baseUrl}/v1/messages`)}`,
    `-H ${shellWord(`x-api-key: ${key}`)}`,
    `-H 'anthropic-version: 2023-06-01'`,
    `-H 'content-type: application/json'`,
    `-d ${shellWord(JSON.stringify({ model, max_tokens: 20, messages: [{ role: 'user', content: 'Say hello.' }] }))}`
  ].join(' \\\n  ')

/** What CC Switch asks for what is left: the same as in docs/clients.md. */
const USAGE_SCRIPT = `({
  request: { url: '{{baseUrl}}/v1/usage', method: 'GET', headers: { Authorization: 'Bearer {{apiKey}}' } },
  extractor: (response) => (response.plans ?? { isValid: false, invalidMessage: response.error?.message })
})`

/** In minutes. */
const USAGE_INTERVAL = '30'

/** Of the UTF-8 bytes: `btoa` alone refuses what is not Latin. */
const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

/** CC Switch refuses to ask for usage over plain http, except on its own machine. */
const mayAskUsage = (baseUrl: string) => {
  const { protocol, hostname } = new URL(baseUrl)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/**
 * The link that has CC Switch add Sluice as a provider of Claude Code, with the key in it.
 *
 * @param name shown there
 */
export function ccSwitchLink(to: Connection, name: string): string {
  const link = new URLSearchParams({
    resource: 'provider',
    app: 'claude',
    name,
    endpoint: to.baseUrl,
    apiKey: to.key,
    config: base64(JSON.stringify({ env: claudeCodeEnv(to) })),
    configFormat: 'json'
  })
  if (mayAskUsage(to.baseUrl)) {
    link.set('usageEnabled', 'true')
    link.set('usageScript', base64(USAGE_SCRIPT))
    link.set('usageAutoInterval', USAGE_INTERVAL)
  }
  // Not every reader of such links takes + for a space.
  return `ccswitch://v1/import?${link.toString().replaceAll('+', '%20')}`
}
