import type { CredentialRecords, StoredCredentials } from '../../resources/records/account-credentials.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import type { Clock } from '../../platform/clock.ts'
import { openCredentials, signInEnded, tokensFingerprint, type OauthTokens } from '../../resources/accounts/credentials.ts'
import type { RefreshedCredentials, RefreshedCredentialsFolder } from './refreshed-credentials.ts'
import { plainReason } from './upstream-error.ts'

/** Tokens that the token endpoint issued in place of others. */
export interface Rotation extends RefreshedCredentials {
  tokens: OauthTokens
  /** It would survive the process. */
  isDurable: boolean
}

interface RotationsOptions {
  records: Pick<CredentialRecords, 'store'>
  secretBox: SecretBox
  spill: RefreshedCredentialsFolder
  holder: string
  clock: Pick<Clock, 'now'>
  log: KeeperLog
}

export interface KeeperLog {
  warn: (fields: object, message: string) => void
  error: (fields: object, message: string) => void
}

/** The rotations not stored yet, at most one per account. */
interface Rotations {
  get: (accountId: string) => Rotation | null
  /** Keeps a rotation on disk and in memory; resolves to it, durable or not. */
  add: (rotation: Omit<Rotation, 'isDurable'>) => Promise<Rotation>
  /**
   * To be called with the account's lease: stores the rotation in place of what it replaces. If something else is stored by now,
   * that is newer, and the rotation is dropped. An account set to `error` meanwhile, because others found the replaced tokens
   * spent, is put to work again. `busy` = it was just changed: look again. Rejects when the database does, or when the stored
   * credentials cannot be opened.
   */
  settle: (rotation: Rotation, onRecord: StoredCredentials) => Promise<'stored' | 'dropped' | 'busy'>
  drop: (rotation: Rotation) => Promise<void>
  /** Those that an earlier run of the process left. */
  recover: () => Promise<Rotation[]>
}

export function createRotations({ records, secretBox, spill, holder, clock, log }: RotationsOptions): Rotations {
  const pending = new Map<string, Rotation>()

  async function drop({ accountId, accountName }: Rotation): Promise<void> {
    pending.delete(accountId)
    try {
      await spill.remove(accountId)
    } catch (error) {
      // It replaces nothing that is stored, so the next start will discard it.
      log.warn({ account: accountName, err: error }, 'a file with renewed credentials could not be removed')
    }
  }

  function toRotation(refreshed: RefreshedCredentials): Rotation | null {
    const { accountName, sealed } = refreshed
    try {
      const credentials = openCredentials(secretBox, accountName, 'oauth', sealed)
      if (credentials.type !== 'oauth' || credentials.tokens === null) return null
      return { ...refreshed, tokens: credentials.tokens, isDurable: true }
    } catch (error) {
      log.error({ account: accountName, err: error }, 'refreshed credentials not stored yet cannot be decrypted')
      return null
    }
  }

  return {
    get: (accountId) => pending.get(accountId) ?? null,

    async add(given) {
      const rotation = { ...given, isDurable: false }
      pending.set(given.accountId, rotation)
      try {
        await spill.write(given)
        rotation.isDurable = true
      } catch (error) {
        log.error({ account: given.accountName, err: error }, 'renewed credentials could not be written to the data folder')
      }
      return rotation
    },

    async settle(rotation, onRecord) {
      if (!isReplacedBy(rotation, onRecord, secretBox)) {
        await drop(rotation)
        return 'dropped'
      }
      const { accountId, accountName, sealed } = rotation
      const mistakenError = plainReason(signInEnded(accountName))
      const stored = await records.store(accountId, holder, {
        replaced: onRecord.sealed,
        next: sealed,
        mistakenError,
        at: clock.now()
      })
      if (stored === null) return 'busy'
      if (stored === 'back')
        log.warn({ account: accountName }, 'a sign-in believed ended works again: its refreshed tokens are stored')
      await drop(rotation)
      return 'stored'
    },

    drop,

    async recover() {
      const { refreshed, unreadable } = await spill.readAll()
      for (const path of unreadable) log.error({ path }, 'a file with renewed credentials is not readable')
      const rotations = refreshed.map(toRotation).filter((rotation) => rotation !== null)
      for (const rotation of rotations) pending.set(rotation.accountId, rotation)
      return rotations
    }
  }
}

/**
 * Throws as openCredentials does: what cannot be opened may be the replaced tokens, sealed again with a key that is missing here.
 */
function isReplacedBy(rotation: Rotation, { type, name, sealed }: StoredCredentials, secretBox: SecretBox): boolean {
  if (type !== 'oauth' || name !== rotation.accountName) return false
  const credentials = openCredentials(secretBox, name, type, sealed)
  const tokens = credentials.type === 'oauth' ? credentials.tokens : null
  return tokens !== null && tokensFingerprint(tokens) === rotation.replaces
}
