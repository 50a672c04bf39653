import type { Dispatcher } from 'undici'
import { wordsOf } from '../../platform/error-words.ts'
import { pause, type Clock, type Timer } from '../../platform/clock.ts'
import type { ProxyUrl } from '../../platform/network/proxy-url.ts'
import type { CredentialRecords, StoredCredentials } from '../../resources/records/account-credentials.ts'
import type { AccountType, ApiKeyAuth } from '../../resources/records/accounts.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import {
  authorizationHeaders,
  openCredentials,
  refreshFingerprint,
  sealCredentials,
  signInEnded,
  tokensFingerprint,
  type AccountCredentials,
  type OauthTokens
} from '../../resources/accounts/credentials.ts'
import { createLearntTokens } from './learnt-tokens.ts'
import { InvalidGrantError, type OauthClient } from './oauth-client.ts'
import type { RefreshedCredentialsFolder } from './refreshed-credentials.ts'
import { createRotations, type KeeperLog, type Rotation } from './rotations.ts'
import { NamedError } from '../../platform/named-error.ts'

/**
 * An account has no usable credential now. The message is for the operator. All requests that hit the same fault get the same
 * error.
 */
export class CredentialUnavailableError extends NamedError {
  /** `ended` = only its owner can fix it, by signing in; `failed` = it may be temporary. */
  readonly kind: 'ended' | 'failed'

  constructor(kind: 'ended' | 'failed', message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** An account as it was read, possibly a while ago. */
export interface KeptAccount {
  id: string
  name: string
  auth?: ApiKeyAuth
  type: AccountType
  credentials: AccountCredentials
  proxy: ProxyUrl | null
}

export interface CredentialKeeperOptions {
  records: CredentialRecords
  secretBox: SecretBox
  oauth: Pick<OauthClient, 'refresh'>
  /** Leads to the token endpoint. */
  dispatcherFor: (proxy: ProxyUrl | null) => Dispatcher
  spill: RefreshedCredentialsFolder
  clock: Clock
  log: KeeperLog
  /** Identifies this process, and no other or earlier one. */
  holder: string
  /** How long before its end an access token is renewed. */
  refreshBeforeMs?: number
  /** Must be longer than the timeouts of the token endpoint and the database together. */
  leaseMs: number
  /** How often to check whether another process has renewed the tokens. */
  pollMs?: number
  /** How long to wait after a failed renewal while the token can still be used. */
  retryMs?: number
  /** The same when no usable token is left; doubled each time, up to `retryMs`. */
  urgentRetryMs?: number
  /** New tokens are on record. */
  onRefreshed: (accountId: string) => void
  /** Called again while the account stays in use. */
  onSignInEnded: (accountId: string, reason: string) => void
}

export interface CredentialKeeper {
  /** The headers that authenticate a request, with tokens renewed in time. Rejects with CredentialUnavailableError. */
  headersFor: (account: KeptAccount) => Promise<Record<string, string>>
  /** To be called after a 401. Resolves to `refreshed` when there is a new token, else to why there is none. */
  refreshAfterRefusal: (account: KeptAccount, usedAccessToken: string) => Promise<'refreshed' | CredentialUnavailableError>
  /** Renews at an operator's request, at once, even if the tokens are still good. Rejects with CredentialUnavailableError. */
  refreshNow: (account: KeptAccount) => Promise<void>
  /** Stores what an earlier run of the process could not. Await it before the accounts are used. */
  recover: () => Promise<void>
  /** Whether renewed credentials wait in the data folder for the database. */
  hasUnstored: () => Promise<boolean>
  /** Waits for renewals in progress; what is not stored by then stays in the data folder. */
  close: () => Promise<void>
}

interface Outcome {
  /** Of the tokens that a failed renewal was about, or that a successful one brought. */
  fingerprint: string
  /** When it came, by the clock's `uptime`. */
  at: number
  error: CredentialUnavailableError | null
  /** In a row, about these tokens. */
  failures: number
}

/** Short: whoever gets the account's lease before these are stored would use up the replaced token in vain. */
const LONGEST_STORE_PAUSE_MS = 5000

type IsWanted = (tokens: OauthTokens) => boolean

/** Hands out the credentials of accounts. An account's tokens are renewed by one process at a time. */
export function createCredentialKeeper(options: CredentialKeeperOptions): CredentialKeeper {
  const { records, secretBox, oauth, clock, log, holder, leaseMs } = options
  const { refreshBeforeMs = 5 * 60_000, pollMs = 200, retryMs = 30_000, urgentRetryMs = 2000 } = options
  const learnt = createLearntTokens()
  const rotations = createRotations({ records, secretBox, spill: options.spill, holder, clock, log })
  const underWay = new Map<string, Promise<OauthTokens | boolean>>()
  const outcomes = new Map<string, Outcome>()
  const storing = new Map<string, Timer>()
  /** Of the refresh token that the endpoint has refused for good, in case that could not be stored. */
  const spent = new Map<string, string>()
  let closed = false

  function newest({ id, credentials }: KeptAccount): OauthTokens | null {
    return credentials.type === 'oauth' ? learnt.newest(id, credentials.tokens) : null
  }

  function lastOutcome({ id }: KeptAccount, tokens: OauthTokens): Outcome | null {
    const outcome = outcomes.get(id)
    return outcome?.fingerprint === tokensFingerprint(tokens) ? outcome : null
  }

  /** Why these tokens must not be renewed now; null when there is no reason. */
  function knownFailure(account: KeptAccount, tokens: OauthTokens): CredentialUnavailableError | null {
    const outcome = lastOutcome(account, tokens)
    if (outcome === null || outcome.error === null) return null
    const ageMs = clock.uptime() - outcome.at
    if (outcome.error.kind === 'failed') return ageMs < retryPauseMs(outcome, tokens) ? outcome.error : null
    // The endpoint would refuse it for ever; but the account may have been enabled again.
    if (ageMs >= retryMs) {
      outcome.at = clock.uptime()
      options.onSignInEnded(account.id, outcome.error.message)
    }
    return outcome.error
  }

  const retryPauseMs = ({ failures }: Outcome, tokens: OauthTokens) =>
    isExpired(tokens) ? Math.min(urgentRetryMs * 2 ** (failures - 1), retryMs) : retryMs

  const isExpired = ({ expiresAt }: OauthTokens) => expiresAt <= clock.now()

  /** Tokens may live so briefly that they are due from the start: those are used until they expire. */
  function isDue(account: KeptAccount, tokens: OauthTokens): boolean {
    if (tokens.expiresAt - clock.now() > refreshBeforeMs) return false
    const outcome = lastOutcome(account, tokens)
    const isNew = outcome !== null && outcome.error === null && clock.uptime() - outcome.at < retryMs
    return !isNew || isExpired(tokens)
  }

  async function timelyTokens(account: KeptAccount): Promise<OauthTokens> {
    const tokens = newest(account)
    if (tokens === null) throw notSignedIn(account)
    if (!isDue(account, tokens)) return tokens
    try {
      const failure = knownFailure(account, tokens)
      if (failure !== null) throw failure
      return await renew(account, (candidate) => !isDue(account, candidate))
    } catch (error) {
      const current = newest(account) ?? tokens
      if (isEnded(error) || isExpired(current)) throw error
      return current
    }
  }

  /** Fresh tokens, from a renewal in progress or a new one. Rejects with CredentialUnavailableError. */
  async function renew(account: KeptAccount, isWanted: IsWanted): Promise<OauthTokens> {
    for (let other = underWay.get(account.id); other !== undefined; other = underWay.get(account.id)) {
      const tokens = await other
      if (typeof tokens !== 'boolean' && isWanted(tokens)) return tokens
    }
    return await alone(account.id, () => renewNoting(account, isWanted))
  }

  /** `work` does not depend on its waiters. It must not begin while other work on the account is in progress. */
  function alone<T extends OauthTokens | boolean>(accountId: string, work: () => Promise<T>): Promise<T> {
    const done = work().finally(() => underWay.delete(accountId))
    underWay.set(accountId, done)
    return done
  }

  async function renewNoting(account: KeptAccount, isWanted: IsWanted): Promise<OauthTokens> {
    try {
      const tokens = await renewUnderLease(account, isWanted)
      noteOutcome(account, tokens, null)
      return tokens
    } catch (cause) {
      const error = asUnavailable(account, cause)
      const tokens = newest(account)
      if (tokens !== null) noteOutcome(account, tokens, error)
      log.warn({ account: account.name, err: cause }, 'the sign-in of an account could not be renewed')
      if (error.kind === 'ended' && tokens !== null) options.onSignInEnded(account.id, error.message)
      throw error
    }
  }

  function noteOutcome(account: KeptAccount, tokens: OauthTokens, error: CredentialUnavailableError | null): void {
    const failures = error === null ? 0 : (lastOutcome(account, tokens)?.failures ?? 0) + 1
    outcomes.set(account.id, { fingerprint: tokensFingerprint(tokens), at: clock.uptime(), error, failures })
  }

  async function renewUnderLease(account: KeptAccount, isWanted: IsWanted): Promise<OauthTokens> {
    const giveUpAt = clock.uptime() + leaseMs + pollMs
    try {
      for (;;) {
        const claimed = await records.claim(account.id, holder, leaseMs)
        const tokens = claimed === null ? await readTokens(account) : await renewClaimed(account, claimed, isWanted)
        if (tokens !== null && (claimed !== null || isWanted(tokens))) return tokens
        if (claimed !== null) continue
        if (clock.uptime() >= giveUpAt) throw failed(account, 'another process takes too long to renew it')
        await pause(clock, pollMs)
      }
    } finally {
      // Until ours are stored, nobody else should use the tokens they replace, so the lease is kept until it expires.
      if (rotations.get(account.id) === null) await release(account.id)
    }
  }

  async function readTokens(account: KeptAccount): Promise<OauthTokens> {
    const onRecord = await records.read(account.id)
    if (onRecord !== null) return tokensOf(account, onRecord)
    await forget(account.id)
    throw failed(account, 'the account is gone')
  }

  /** The account is gone. */
  async function forget(accountId: string): Promise<void> {
    learnt.forget(accountId)
    spent.delete(accountId)
    const pending = rotations.get(accountId)
    if (pending !== null) await rotations.drop(pending)
  }

  /** Null when the stored credentials have changed since they were claimed. */
  async function renewClaimed(
    account: KeptAccount,
    claimed: StoredCredentials,
    isWanted: IsWanted
  ): Promise<OauthTokens | null> {
    const pending = rotations.get(account.id)
    if (pending !== null) {
      await settle(pending, claimed)
      return null
    }
    const tokens = tokensOf(account, claimed)
    if (isWanted(tokens)) return tokens
    const fingerprint = refreshFingerprint(tokens)
    if (claimed.spent === fingerprint || spent.get(account.id) === fingerprint)
      return await endSignIn(account, claimed, fingerprint)
    const renewed = await askForTokens(account, claimed, tokens)
    return renewed === null ? null : await keep(account, claimed, tokens, renewed)
  }

  /** Null when the stored credentials are not those that were claimed. */
  async function askForTokens(
    account: KeptAccount,
    claimed: StoredCredentials,
    tokens: OauthTokens
  ): Promise<OauthTokens | null> {
    try {
      return await oauth.refresh(tokens.refreshToken, options.dispatcherFor(account.proxy))
    } catch (error) {
      if (!(error instanceof InvalidGrantError)) throw error
      const fingerprint = refreshFingerprint(tokens)
      spent.set(account.id, fingerprint)
      return await endSignIn(account, claimed, fingerprint, error)
    }
  }

  /** No process may send this refresh token again. Null when others are stored by now: another process has renewed them. */
  async function endSignIn(
    account: KeptAccount,
    claimed: StoredCredentials,
    fingerprint: string,
    cause?: InvalidGrantError
  ): Promise<null> {
    if (!(await records.noteSpent(account.id, holder, claimed.sealed, fingerprint))) return null
    throw new CredentialUnavailableError('ended', signInEnded(claimed.name), { cause })
  }

  /** The old refresh token is void from here on. Null when somebody stored other credentials meanwhile. */
  async function keep(
    account: KeptAccount,
    claimed: StoredCredentials,
    replaced: OauthTokens,
    tokens: OauthTokens
  ): Promise<OauthTokens | null> {
    const stored = openCredentials(secretBox, claimed.name, 'oauth', claimed.sealed)
    const declared = stored.type === 'oauth' ? stored.declared : null
    const rotation = await rotations.add({
      accountId: account.id,
      accountName: claimed.name,
      replaces: tokensFingerprint(replaced),
      sealed: sealCredentials(secretBox, claimed.name, { type: 'oauth', tokens, declared }),
      tokens
    })
    if (rotation.isDurable) learnt.learn(account.id, tokens, rotation.replaces)
    try {
      return (await settle(rotation, claimed)) === 'stored' ? tokens : null
    } catch (error) {
      log.error({ account: account.name, err: error }, 'refreshed credentials could not be stored; trying again')
      storeLater(account.id, pollMs)
      if (!rotation.isDurable) throw error
      return tokens
    }
  }

  async function settle(rotation: Rotation, onRecord: StoredCredentials) {
    const result = await rotations.settle(rotation, onRecord)
    if (result === 'stored') {
      learnt.learn(rotation.accountId, rotation.tokens, rotation.replaces)
      options.onRefreshed(rotation.accountId)
    }
    return result
  }

  /** The stored tokens, or those about to replace them. They are newer than those the account was read with. */
  function tokensOf(account: KeptAccount, { name, type, sealed }: StoredCredentials): OauthTokens {
    const credentials = openCredentials(secretBox, name, type, sealed)
    if (credentials.type !== 'oauth' || credentials.tokens === null) throw notSignedIn(account)
    const pending = rotations.get(account.id)
    const isReplaced = pending?.isDurable === true && pending.replaces === tokensFingerprint(credentials.tokens)
    const tokens = isReplaced ? pending.tokens : credentials.tokens
    const known = newest(account)
    if (known !== null) learnt.learn(account.id, tokens, tokensFingerprint(known))
    return tokens
  }

  async function release(accountId: string): Promise<void> {
    try {
      await records.release(accountId, holder)
    } catch {
      // The lease expires by itself.
    }
  }

  function storeLater(accountId: string, delayMs: number): void {
    if (closed || storing.has(accountId)) return
    const timer = clock.setTimer(() => {
      storing.delete(accountId)
      void store(accountId, delayMs)
    }, delayMs)
    storing.set(accountId, timer)
  }

  /** Tries once, and goes on trying in the background. */
  async function store(accountId: string, delayMs: number): Promise<void> {
    const rotation = rotations.get(accountId)
    if (rotation === null) return
    const isDone = !underWay.has(accountId) && (await alone(accountId, () => tryStore(rotation)))
    if (!isDone) storeLater(accountId, Math.min(delayMs * 2, LONGEST_STORE_PAUSE_MS))
  }

  async function tryStore(rotation: Rotation): Promise<boolean> {
    const { accountId } = rotation
    try {
      const claimed = await records.claim(accountId, holder, leaseMs)
      if (claimed !== null) {
        const result = await settle(rotation, claimed)
        if (result === 'dropped') await release(accountId)
        return result !== 'busy'
      }
      if ((await records.read(accountId)) !== null) return false
      await forget(accountId)
      return true
    } catch (error) {
      log.warn({ account: rotation.accountName, err: error }, 'refreshed credentials are not stored yet')
      return false
    }
  }

  return {
    async headersFor(account) {
      const { credentials } = account
      const current: AccountCredentials =
        credentials.type === 'oauth' ? { ...credentials, tokens: await timelyTokens(account) } : credentials
      const headers = authorizationHeaders(current, account.auth)
      if (headers === null) throw notSignedIn(account)
      return headers
    },

    async refreshAfterRefusal(account, usedAccessToken) {
      const tokens = newest(account)
      if (tokens === null) return notSignedIn(account)
      const isWanted = (candidate: OauthTokens) => candidate.accessToken !== usedAccessToken && !isExpired(candidate)
      if (isWanted(tokens)) return 'refreshed'
      const failure = knownFailure(account, tokens)
      if (failure !== null) return failure
      try {
        await renew(account, isWanted)
        return 'refreshed'
      } catch (error) {
        return asUnavailable(account, error)
      }
    },

    async refreshNow(account) {
      if (account.type !== 'oauth') throw failed(account, `credentials of type ${account.type} cannot be renewed`)
      const tokens = newest(account)
      if (tokens === null) throw notSignedIn(account)
      const fingerprint = tokensFingerprint(tokens)
      await renew(account, (candidate) => tokensFingerprint(candidate) !== fingerprint && !isExpired(candidate))
    },

    async recover() {
      for (const { accountId, tokens, replaces } of await rotations.recover()) {
        learnt.learn(accountId, tokens, replaces)
        await store(accountId, pollMs)
      }
    },

    async hasUnstored() {
      const { refreshed, unreadable } = await options.spill.readAll()
      return refreshed.length + unreadable.length > 0
    },

    async close() {
      closed = true
      for (const timer of storing.values()) timer.cancel()
      await Promise.allSettled(underWay.values())
    }
  }
}

function failed({ name }: KeptAccount, problem: string, options?: ErrorOptions): CredentialUnavailableError {
  return new CredentialUnavailableError('failed', `the sign-in of account ${name} cannot be renewed: ${problem}`, options)
}

function notSignedIn({ name }: KeptAccount): CredentialUnavailableError {
  return new CredentialUnavailableError('ended', `not signed in yet: sluice accounts login ${name}`)
}

function asUnavailable(account: KeptAccount, cause: unknown): CredentialUnavailableError {
  if (cause instanceof CredentialUnavailableError) return cause
  return failed(account, wordsOf(cause), { cause })
}

function isEnded(error: unknown): boolean {
  return error instanceof CredentialUnavailableError && error.kind === 'ended'
}
