import { Agent, request } from 'undici'
import type { Clock } from '../../platform/clock.ts'
import { guardedLookup, type HostRules } from '../../platform/network/host-rules.ts'
import { isFields } from '../problems.ts'
import { NamedError } from '../../platform/named-error.ts'

/** The issuer could not be reached, or sent nothing usable; it may be temporary. No message repeats what it sent. */
export class IssuerAwayError extends NamedError {}

/** The document at the issuer's address names another issuer: its keys are not this issuer's. */
export class IssuerMismatchError extends NamedError {}

/** The public keys that an issuer signs with, as it publishes them (RFC 7517). */
export interface PublishedKeys {
  keys: Record<string, unknown>[]
}

interface IssuerDocumentsOptions {
  clock: Clock
  hosts: HostRules
  /** For one document. */
  timeoutMs?: number
}

export interface IssuerDocuments {
  /** Rejects with IssuerAwayError or IssuerMismatchError. */
  readKeys: (issuer: string) => Promise<PublishedKeys>
  close: () => Promise<void>
}

const TIMEOUT_MS = 5000
const MAX_BYTES = 512 * 1024
const MAX_KEYS = 200
/** Keys that verify signatures but cannot create them. */
const PUBLIC_TYPES: readonly unknown[] = ['RSA', 'EC', 'OKP']

/**
 * Fetches issuers' keys: by OpenID Connect Discovery, whose document must name the issuer, then from the address in it. No
 * redirect is followed, and the host rules of upstreams apply, so that a rule reaches nothing that an account could not.
 */
export function createIssuerDocuments(options: IssuerDocumentsOptions): IssuerDocuments {
  const { clock, hosts, timeoutMs = TIMEOUT_MS } = options
  const dispatcher = new Agent({
    allowH2: false,
    connections: 2,
    connect: { timeout: timeoutMs, rejectUnauthorized: true, lookup: guardedLookup(hosts) }
  })

  async function readDocument(url: URL): Promise<Record<string, unknown>> {
    const problem = hosts.problemOf(url.hostname)
    if (problem !== null) throw new IssuerAwayError(`${url.hostname} ${problem}`)
    const deadline = new AbortController()
    const timer = clock.setTimer(
      () => deadline.abort(new IssuerAwayError(`${url.host} took longer than ${timeoutMs} ms`)),
      timeoutMs
    )
    try {
      return await readWithin(url, deadline.signal)
    } catch (cause) {
      if (cause instanceof IssuerAwayError) throw cause
      throw new IssuerAwayError(`${url.host} could not be read`, { cause })
    } finally {
      timer.cancel()
    }
  }

  async function readWithin(url: URL, signal: AbortSignal): Promise<Record<string, unknown>> {
    const { statusCode, body } = await request(url, { dispatcher, signal, headers: { accept: 'application/json' } })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // Leaving the loop closes the connection.
      if (bytes > MAX_BYTES) throw new IssuerAwayError(`${url.host} sent more than ${MAX_BYTES} bytes`)
      chunks.push(chunk)
    }
    if (statusCode !== 200) throw new IssuerAwayError(`${url.host} responded with status ${statusCode}`)
    const document: unknown = JSON.parse(Buffer.concat(chunks).toString())
    if (!isFields(document)) throw new IssuerAwayError(`${url.host} sent no JSON object`)
    return document
  }

  return {
    async readKeys(issuer) {
      const metadata = await readDocument(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
      if (metadata['issuer'] !== issuer) throw new IssuerMismatchError('its discovery document names another issuer')
      const { keys } = await readDocument(keysUrl(issuer, metadata['jwks_uri']))
      if (!Array.isArray(keys)) throw new IssuerAwayError('its key document has no keys')
      const usable = keys.filter((key: unknown) => isFields(key) && PUBLIC_TYPES.includes(key['kty']))
      return { keys: usable.slice(0, MAX_KEYS) as PublishedKeys['keys'] }
    },
    close: () => dispatcher.destroy()
  }
}

/** An issuer reached over TLS must not lead to an address without it. */
function keysUrl(issuer: string, text: unknown): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null
  const allowed = issuer.startsWith('http:') ? ['http:', 'https:'] : ['https:']
  if (url === null || !allowed.includes(url.protocol)) throw new IssuerAwayError('its discovery document names no key document')
  return url
}
