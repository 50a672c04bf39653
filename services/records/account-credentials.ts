import type { AccountType } from './accounts.ts'
import type { Queryable } from './queryable.ts'

export interface StoredCredentials {
  name: string
  type: AccountType
  /** Sealed; each time they are stored the bytes differ. */
  sealed: Buffer
}

/**
 * The credentials of accounts, and the right to renew them: a lease that one holder has at a time, and that ends by itself.
 * Every call is one statement.
 */
export interface CredentialRecords {
  /** Null when another holder has the lease, or there is no such account. A holder may claim again what it has. */
  claim: (accountId: string, holder: string, leaseMs: number) => Promise<StoredCredentials | null>
  /** Null when there is no such account. */
  read: (accountId: string) => Promise<StoredCredentials | null>
  /** Puts `next` in place of `replaced` and ends the lease. False when it is not the holder's, or others are stored by now. */
  store: (accountId: string, holder: string, replaced: Buffer, next: Buffer) => Promise<boolean>
  release: (accountId: string, holder: string) => Promise<void>
}

const FIELDS = 'name, type, credentials as sealed'

export function createCredentialRecords(db: Queryable): CredentialRecords {
  return {
    async claim(accountId, holder, leaseMs) {
      // The clock is the database's own, read once the row is ours to look at: holders' clocks may differ.
      const { rows } = await db.query<StoredCredentials>(
        `update accounts set refresh_holder = $2, refresh_until = clock_timestamp() + $3 * interval '1 millisecond'
         where id = $1 and (refresh_until is null or refresh_until <= clock_timestamp() or refresh_holder = $2)
         returning ${FIELDS}`,
        [accountId, holder, leaseMs]
      )
      return rows[0] ?? null
    },

    async read(accountId) {
      const { rows } = await db.query<StoredCredentials>(`select ${FIELDS} from accounts where id = $1`, [accountId])
      return rows[0] ?? null
    },

    async store(accountId, holder, replaced, next) {
      const { rowCount } = await db.query(
        `update accounts set credentials = $4, refresh_holder = null, refresh_until = null
         where id = $1 and refresh_holder = $2 and credentials = $3`,
        [accountId, holder, replaced, next]
      )
      return rowCount === 1
    },

    async release(accountId, holder) {
      await db.query('update accounts set refresh_holder = null, refresh_until = null where id = $1 and refresh_holder = $2', [
        accountId,
        holder
      ])
    }
  }
}
