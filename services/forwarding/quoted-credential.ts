import type { IncomingHttpHeaders } from 'node:http'

/** An error as a client may read it: where the upstream quotes the account's credential, asterisks of the same length stand. */
export function withoutCredential(
  answer: { headers: IncomingHttpHeaders; body: Buffer },
  credential: Record<string, string>
): { headers: IncomingHttpHeaders; body: Buffer } {
  const secrets = Object.values(credential).map((value) => value.replace(/^Bearer /, ''))
  if (!secrets.some((secret) => answer.body.includes(secret) || JSON.stringify(answer.headers).includes(secret))) return answer
  const masked = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '*'.repeat(secret.length)), text)
  const headers = Object.entries(answer.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(masked) : masked(value ?? '')
  ])
  return {
    headers: Object.fromEntries(headers) as IncomingHttpHeaders,
    // One character a byte, whatever the bytes are.
    body: Buffer.from(masked(answer.body.toString('latin1')), 'latin1')
  }
}
