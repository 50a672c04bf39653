import { createLocalJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { Clock } from '../../platform/clock.ts'
import { IssuerAwayError, type IssuerDocuments } from './issuer-documents.ts'
import { NamedError } from '../../platform/named-error.ts'

/** The issuer lists no such key, as far as known. It is asked again after `retryAfterMs`; null when it was just asked. */
export class UnknownKeyError extends NamedError {
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('signed with a key that the issuer does not list')
    this.retryAfterMs = retryAfterMs
  }
}

interface IssuerKeysOptions {
  documents: Pick<IssuerDocuments, 'readKeys'>
  clock: Pick<Clock, 'uptime'>
}

export interface IssuerKeys {
  /** The key that a token of the issuer says it is signed with. Rejects with UnknownKeyError, IssuerAwayError or IssuerMismatchError. */
  find: (issuer: string, header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>
}

/** How long they are used without asking again … */
const FRESH_MS = 10 * 60_000
/** … and how long while the issuer is away: after that, withdrawn keys must no longer be trusted. */
const STALE_MS = 60 * 60_000
/** An issuer is asked no more often than this, whatever tokens come. */
const GAP_MS = 5000
const MAX_ISSUERS = 100

interface Issuer {
  known: { find: ReturnType<typeof createLocalJWKSet>; readAt: number } | null
  reading: Promise<void> | null
  failed: { error: unknown; at: number } | null
}

/** Caches the keys of issuers. A token with an unknown key makes the issuer be asked again, since issuers rotate keys. */
export function createIssuerKeys({ documents, clock }: IssuerKeysOptions): IssuerKeys {
  const issuers = new LRUCache<string, Issuer>(atMost(MAX_ISSUERS))

  function issuerOf(url: string): Issuer {
    const issuer = issuers.get(url) ?? { known: null, reading: null, failed: null }
    issuers.set(url, issuer)
    return issuer
  }

  /** One fetch at a time, shared by all callers. Rejects at once if one has just failed. */
  async function read(url: string, issuer: Issuer): Promise<void> {
    if (issuer.failed !== null && clock.uptime() - issuer.failed.at < GAP_MS) throw issuer.failed.error
    issuer.reading ??= readNow(url, issuer).finally(() => {
      issuer.reading = null
    })
    await issuer.reading
  }

  async function readNow(url: string, issuer: Issuer): Promise<void> {
    try {
      const find = createLocalJWKSet(await documents.readKeys(url))
      issuer.known = { find, readAt: clock.uptime() }
      issuer.failed = null
    } catch (error) {
      issuer.failed = { error, at: clock.uptime() }
      throw error
    }
  }

  const ageOf = ({ known }: Issuer) => (known === null ? Infinity : clock.uptime() - known.readAt)

  async function bringUpToDate(url: string, issuer: Issuer): Promise<void> {
    if (ageOf(issuer) <= FRESH_MS) return
    try {
      await read(url, issuer)
    } catch (error) {
      if (!(error instanceof IssuerAwayError) || ageOf(issuer) > STALE_MS) throw error
    }
  }

  return {
    async find(url, header, token) {
      const issuer = issuerOf(url)
      await bringUpToDate(url, issuer)
      const found = await lookUp(issuer, header, token)
      if (found !== null) return found
      const leftMs = GAP_MS - ageOf(issuer)
      if (leftMs > 0) throw new UnknownKeyError(leftMs)
      await read(url, issuer)
      const renewed = await lookUp(issuer, header, token)
      if (renewed === null) throw new UnknownKeyError(GAP_MS)
      return renewed
    }
  }
}

async function lookUp({ known }: Issuer, header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey | null> {
  try {
    return (await known?.find(header, token)) ?? null
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return null
    throw error
  }
}
