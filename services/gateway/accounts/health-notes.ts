import type { Logger } from 'pino'
import type { AccountRecord } from '../../resources/records/accounts.ts'
import type { AccountDirectory } from './account-directory.ts'
import type { AccountHealth, HealthChange } from './account-health.ts'
import { isNextTry, type HealthStore, type RecordContext } from './health-store.ts'
import { verdict } from './verdicts.ts'

/** The account, for the log and the audit log. */
interface NamedAccount {
  id: string
  name: string
}

/** Logs, stores and announces what changed about an account, or its peers, and why. */
type NoteHealth = (account: NamedAccount, changes: HealthChange[], context: RecordContext) => void

interface HealthNotesOptions {
  health: Pick<AccountHealth, 'forget' | 'replace' | 'noteNewCredential'>
  store: Pick<HealthStore, 'record' | 'isPending' | 'flush'>
  /** The accounts as they were last read. */
  known: () => readonly NamedAccount[]
  log: Pick<Logger, 'warn' | 'error'>
}

export interface HealthNotes {
  note: NoteHealth
  /**
   * Takes over what the database has, except where this process knows something newer that the read, begun at `readAt`, may have
   * missed.
   */
  learn: (records: readonly AccountRecord[], readAt: number) => void
  /** Resolves when everything noted so far is stored. */
  stored: () => Promise<void>
}

interface SignInEndingsOptions {
  find: AccountDirectory['find']
  health: Pick<AccountHealth, 'report'>
  note: NoteHealth
}

/** Sets the status `error` on an account whose sign-in has ended. Never rejects. */
export function createSignInEndings({ find, health, note }: SignInEndingsOptions) {
  return async (accountId: string, reason: string): Promise<void> => {
    const account = await find(accountId).catch(() => null)
    if (account === null) return
    const context = { headers: null, isLastUsable: false, holder: '' }
    const changes = health.report(accountId, '', verdict('credential refused', reason), context)
    note(account, changes, { actor: 'sluice', exchangeId: null })
  }
}

/** Keeps the health known to this process and the one in the database in step. */
export function createHealthNotes({ health, store, known, log }: HealthNotesOptions): HealthNotes {
  /** The credentials as last read. */
  let sealed = new Map<string, Buffer>()

  const note: NoteHealth = (account, changes, context) => {
    // What happens to an origin is reported for all its accounts.
    for (const [id, those] of Map.groupBy(changes, ({ accountId }) => accountId)) {
      const peer = id === account.id ? account : known().find((record) => record.id === id)
      noteOne(peer?.name ?? `account ${id}`, those, context)
    }
  }

  function noteOne(name: string, changes: readonly HealthChange[], { actor, exchangeId }: RecordContext): void {
    store.record(name, changes, { actor, exchangeId })
    for (const change of changes) {
      if (isNextTry(change)) continue
      if (change.type === 'error') log.error({ account: name, reason: change.reason, actor }, 'an account is in error')
      else if (change.type === 'cooldown') {
        const { before, after } = change
        log.warn({ account: name, before, after, actor, exchange: exchangeId }, 'an account cooldown changed')
      }
    }
  }

  function learn(records: readonly AccountRecord[], readAt: number): void {
    health.forget(records.map(({ id }) => id))
    for (const record of records) {
      if (!store.isPending(record.id, readAt)) health.replace(record.id, record)
      const before = sealed.get(record.id)
      if (before !== undefined && !before.equals(record.credentials)) noteNewCredential(record)
    }
    sealed = new Map(records.map(({ id, credentials }) => [id, credentials]))
  }

  /** Another process may have renewed a sign-in just after this one could not. */
  function noteNewCredential(record: AccountRecord): void {
    note(record, health.noteNewCredential(record.id), { actor: 'sluice', exchangeId: null })
  }

  return { note, learn, stored: () => store.flush() }
}
