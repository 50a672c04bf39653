import { randomBytes } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import { inTransaction, type Connectable } from '../../platform/database/queryable.ts'
import type { FailedAuthentications } from '../../platform/failed-authentications.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { record, type Operator } from '../admin/operator-changes.ts'
import { createConsoleLink, takeConsoleLink } from '../records/console-links.ts'
import { createSession } from '../records/sign-in-sessions.ts'
import { hashOfToken } from './sign-in.ts'

interface ConsoleLinksOptions {
  pool: Connectable
  clock: Clock
  /** Counts addresses that tried an invalid code. */
  failures: FailedAuthentications
  sessionTtlMs: number
}

export interface ConsoleLinks {
  /** Creates a code that signs its holder in as the operator: once, within ten minutes. */
  make: (context: Operator) => Promise<{ code: string; expiresAt: number }>
  /**
   * Starts an operator's session and returns its token. Rejects with 401 for a code that is used up, expired or unknown, 429
   * after too many failures.
   */
  redeem: (context: Operator, code: string) => Promise<string>
}

const TTL_MS = 10 * 60_000
const SECRET_BYTES = 32

const secret = () => randomBytes(SECRET_BYTES).toString('base64url')

/** The name under which changes of a session begun with a link are recorded: `console:root` for a link that `cli:root` made. */
const operatorOf = (madeBy: string) => `console:${madeBy.replace(/^cli:/, '')}`

/** Links that let the operator of a new installation into the console, where nobody has a password yet. */
export function createConsoleLinks({ pool, clock, failures, sessionTtlMs }: ConsoleLinksOptions): ConsoleLinks {
  return {
    async make(context) {
      const code = secret()
      const expiresAt = clock.now() + TTL_MS
      await inTransaction(pool, async (db) => {
        await createConsoleLink(db, { codeHash: hashOfToken(code), madeBy: context.actor, expiresAt })
        await record(db, context, 'console_link.created', 'console', {})
      })
      return { code, expiresAt }
    },

    async redeem(context, code) {
      const from = context.origin.clientAddress ?? 'nowhere'
      const retryAfterMs = await failures.count(from)
      if (retryAfterMs !== null) {
        failures.takeBack(from)
        throw new GatewayError(429, 'rate_limit_error', 'Too many failed sign-in attempts', {
          retryAfterS: retryAfterMs / 1000
        })
      }
      const token = secret()
      const now = clock.now()
      const isGood = await inTransaction(pool, async (db) => {
        const madeBy = await takeConsoleLink(db, hashOfToken(code), now)
        if (madeBy === null) return false
        const operator = operatorOf(madeBy)
        await createSession(db, {
          tokenHash: hashOfToken(token),
          operator,
          method: 'link',
          clientAddress: context.origin.clientAddress,
          userAgent: context.origin.userAgent,
          createdAt: now,
          expiresAt: now + sessionTtlMs
        })
        await record(db, { ...context, actor: operator }, 'person.signed_in', 'console', { method: 'link', link_of: madeBy })
        return true
      })
      if (!isGood) {
        throw new GatewayError(
          401,
          'authentication_error',
          'this link was used before or has expired: sluice console prints a new one'
        )
      }
      failures.takeBack(from)
      return token
    }
  }
}
