import type { AccountType } from './accounts.ts'
import { appendAudit } from './audit-log.ts'
import { inTransaction, type Connectable } from '../../platform/database/queryable.ts'

export interface StoredCredentials {
  name: string
  type: AccountType
  /** Sealed; the bytes differ each time they are stored. */
  sealed: Buffer
  /** The fingerprint of the refresh token that the token endpoint has refused for good; null when there is none. */
  spent: string | null
}

/** A rotation to be stored. */
interface StoredRotation {
  /** What it replaces, as claimed. */
  replaced: Buffer
  next: Buffer
  /** The account's error if the replaced sign-in was wrongly taken for ended. */
  mistakenError: string
  /** Epoch milliseconds. */
  at: number
}

/**
 * The credentials of accounts, and the right to renew them: a lease held by one holder at a time, which expires by itself. Every
 * call is one statement, or one transaction.
 */
export interface CredentialRecords {
  /** Null when another holder has the lease, or there is no such account. A holder may claim its own lease again. */
  claim: (accountId: string, holder: string, leaseMs: number) => Promise<StoredCredentials | null>
  /** Null when there is no such account. */
  read: (accountId: string) => Promise<StoredCredentials | null>
  /**
   * Stores the rotation and ends the lease; `back` when that put an account to work again. Null when the holder does not have the
   * lease, or others are stored by now.
   */
  store: (accountId: string, holder: string, rotation: StoredRotation) => Promise<'stored' | 'back' | null>
  /**
   * Notes that the claimed refresh token is used up. False when the holder does not have the lease, or others are stored by now.
   */
  noteSpent: (accountId: string, holder: string, claimed: Buffer, spent: string) => Promise<boolean>
  release: (accountId: string, holder: string) => Promise<void>
}

const FIELDS = 'name, type, credentials as sealed, refresh_spent as spent'

/** The holder has the lease, and nobody has stored others meanwhile. */
const IS_HELD = 'id = $1 and refresh_holder = $2 and credentials = $3'

export function createCredentialRecords(db: Connectable): CredentialRecords {
  return {
    async claim(accountId, holder, leaseMs) {
      // Uses the database's clock, read once the row is locked: holders' clocks may differ.
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

    async store(accountId, holder, { replaced, next, mistakenError, at }) {
      return await inTransaction(db, async (client) => {
        const { rows } = await client.query<{ name: string; isMistaken: boolean }>(
          `select name, status = 'error' and error is not distinct from $4 as "isMistaken" from accounts where ${IS_HELD} for update`,
          [accountId, holder, replaced, mistakenError]
        )
        const [held] = rows
        if (held === undefined) return null
        await client.query(
          `update accounts set credentials = $2, refresh_holder = null, refresh_until = null, refresh_spent = null,
             status = case when $3 then 'active' else status end, error = case when $3 then null else error end
           where id = $1`,
          [accountId, next, held.isMistaken]
        )
        if (!held.isMistaken) return 'stored'
        await appendAudit(client, {
          at,
          actor: 'sluice',
          action: 'account.error_cleared',
          subject: `account ${held.name}`,
          detail: {
            before: 'error',
            error: mistakenError,
            reason: 'its tokens had been renewed before, and are on record now'
          },
          exchangeId: null
        })
        return 'back'
      })
    },

    async noteSpent(accountId, holder, claimed, spent) {
      const { rowCount } = await db.query(`update accounts set refresh_spent = $4 where ${IS_HELD}`, [
        accountId,
        holder,
        claimed,
        spent
      ])
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
