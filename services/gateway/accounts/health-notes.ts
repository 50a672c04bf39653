import type { Logger } from 'pino'
import type { AccountRecord } from '../../resources/records/accounts.ts'
import type { AccountHealth, HealthChange } from './account-health.ts'
import { isNextTry, type HealthStore, type RecordContext } from './health-store.ts'

/** Which account, for the log and the record. */
export interface NamedAccount {
  id: string
  name: string
}

/** Logs, stores and announces what changed about an account, or its peers, and why. */
export type NoteHealth = (account: NamedAccount, changes: HealthChange[], context: RecordContext) => void

export interface HealthNotesOptions {
  health: Pick<AccountHealth, 'forget' | 'replace' | 'noteNewCredential'>
  store: Pick<HealthStore, 'record' | 'isPending'>
  /** The accounts as they were last read. */
  known: () => readonly NamedAccount[]
  log: Pick<Logger, 'warn' | 'error'>
}

/** Keeps what this process knows of the accounts' health and what the database says of it in step. */
export function createHealthNotes({ health, store, known, log }: HealthNotesOptions) {
  /** The credentials as they were last read. */
  let sealed = new Map<string, Buffer>()

  const noteHealth: NoteHealth = (account, changes, context) => {
    // What becomes of an origin is told of all its accounts.
    for (const [id, those] of Map.groupBy(changes, ({ accountId }) => accountId)) {
      const peer = id === account.id ? account : known().find((record) => record.id === id)
      note(peer?.name ?? `account ${id}`, those, context)
    }
  }

  function note(name: string, changes: readonly HealthChange[], { actor, exchangeId }: RecordContext): void {
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

  /** What the database says holds, unless this process knows something newer that the read may have missed. */
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
    noteHealth(record, health.noteNewCredential(record.id), { actor: 'sluice', exchangeId: null })
  }

  return { noteHealth, learn }
}
