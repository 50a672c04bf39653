import type { IncomingHttpHeaders } from 'node:http'

/** A key is secret whatever its length; a fixed header's shorter value hardly is, and may be part of any word. */
const KEY_NAMES = ['authorization', 'x-api-key']
const SHORTEST_SECRET = 8

/**
 * An error as a client may read it: where the upstream quotes the account's credential, it is replaced by asterisks of the same
 * length.
 */
export function withoutCredential(
  response: { headers: IncomingHttpHeaders; body: Buffer },
  credential: Readonly<Record<string, string>>
): { headers: IncomingHttpHeaders; body: Buffer } {
  const secrets = secretsIn(credential)
  if (!secrets.some((secret) => response.body.includes(secret) || JSON.stringify(response.headers).includes(secret)))
    return response
  const masked = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '*'.repeat(secret.length)), text)
  const headers = Object.entries(response.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(masked) : masked(value ?? '')
  ])
  return {
    headers: Object.fromEntries(headers) as IncomingHttpHeaders,
    // One character per byte, whatever the bytes are.
    body: Buffer.from(masked(response.body.toString('latin1')), 'latin1')
  }
}

/** As they are and as escaped in JSON, the longest first: one may be part of another. */
function secretsIn(credential: Readonly<Record<string, string>>): string[] {
  const values = Object.entries(credential)
    .filter(([name, value]) => KEY_NAMES.includes(name) || value.length >= SHORTEST_SECRET)
    .map(([, value]) => value.replace(/^(?:bearer|basic) +(?=.{8})/i, ''))
  const spelt = values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])
  return [...new Set(spelt)].toSorted((a, b) => b.length - a.length)
}
