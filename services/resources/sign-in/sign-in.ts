import { hash, randomBytes } from 'node:crypto'
import { conflict, withOperatorLock, record, unknownId, type Operator } from '../admin/operator-changes.ts'
import type { Clock } from '../../platform/clock.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import type { DatabaseShare } from '../../platform/database/database-share.ts'
import { inTransaction } from '../../platform/database/queryable.ts'
import {
  createSession,
  endSession,
  endSessionOf,
  endSessionsOf,
  findPassword,
  findPerson,
  listSessions,
  setPassword,
  type OpenSession,
  type Person,
  type SessionPerson,
  type SignInMethod,
  type UserPerson
} from '../records/sign-in-sessions.ts'
import { dropIdentitiesOf } from '../records/sign-in-identities.ts'
import { endSignInsOf } from '../records/sign-ins.ts'
import { users } from '../users/definition.ts'
import { findRow } from '../rows.ts'
import type { FailedAuthentications } from '../../platform/failed-authentications.ts'
import type { Passwords } from './passwords.ts'

interface SignInOptions {
  pool: DatabaseShare
  clock: Clock
  passwords: Passwords
  /** Counts failures by client address. */
  failures: FailedAuthentications
  /** Counts failures by e-mail address, possibly from many clients. */
  failuresOfUsers: FailedAuthentications
  sessionTtlMs: number
}

export interface SignedIn {
  /** For the person's cookie: only its hash is stored. */
  token: string
  person: Person
}

export interface SignIn {
  /** Rejects with 401 whatever was wrong, 429 after too many failures. */
  withPassword: (context: Operator, email: string, password: string) => Promise<SignedIn>
  /** For a user whom a provider has vouched for. */
  begin: (context: Operator, userId: string, method: SignInMethod) => Promise<SignedIn>
  /** Null when the token is no longer valid. */
  personOf: (token: string) => Promise<SessionPerson | null>
  end: (token: string) => Promise<void>
  /** The person's open sessions, the newest first; `token` is of the current one. */
  sessionsOf: (person: UserPerson, token: string) => Promise<OpenSession[]>
  /** Ends one of them; resolves to whether it was the current one. Rejects with 404. */
  endOne: (context: Operator, person: UserPerson, token: string, id: string) => Promise<boolean>
  /** Rejects with 401 when the old password is wrong. Ends all other sessions of the person. */
  changePassword: (context: Operator, person: UserPerson, token: string, change: PasswordChange) => Promise<void>
  /** Sets the password of a user and ends their sessions. Rejects with 404. */
  setPassword: (context: Operator, userId: string, password: string) => Promise<void>
  /** Ends all sessions of a user, and signs out all their tools. Returns how many. Rejects with 404. */
  signOut: (context: Operator, userId: string) => Promise<{ sessions: number; signIns: number }>
  /**
   * Unlinks a user from the providers, and ends their sessions: whoever next signs in with their address is linked to them.
   * Returns how many identities. Rejects with 404.
   */
  unlink: (context: Operator, userId: string) => Promise<number>
}

export interface PasswordChange {
  current: string
  next: string
}

const TOKEN_BYTES = 32

export const hashOfToken = (token: string) => hash('sha256', token, 'buffer')

/** The counter of failures takes a colon for part of an IPv6 address. */
const nameOf = (email: string) => email.toLowerCase().replaceAll(':', ' ')

const refused = () => new GatewayError(401, 'authentication_error', 'the e-mail address or the password is wrong')

const tooManyTries = (retryAfterMs: number) =>
  new GatewayError(429, 'rate_limit_error', 'Too many failed sign-in attempts', { retryAfterS: retryAfterMs / 1000 })

/** Signs people in and keeps their sessions. Roles and disabling apply at once: each request looks the session up. */
export function createSignIn({ pool, clock, passwords, failures, failuresOfUsers, sessionTtlMs }: SignInOptions): SignIn {
  /** Failures use up later tries, whoever makes them; nobody is locked out for longer than the window. */
  async function unlessTooMany<T>(address: string | null, email: string, work: () => Promise<T | null>): Promise<T> {
    const [from, as] = [address ?? 'nowhere', nameOf(email)]
    // Counted before the outcome is known; otherwise many could be tried in parallel while one password is checked.
    const [fromMs, asMs] = await Promise.all([failures.count(from), failuresOfUsers.count(as)])
    const takeBack = () => {
      failures.takeBack(from)
      failuresOfUsers.takeBack(as)
    }
    const retryAfterMs = fromMs ?? asMs
    if (retryAfterMs !== null) {
      takeBack()
      throw tooManyTries(retryAfterMs)
    }
    const result = await work().catch((error: unknown) => {
      takeBack()
      throw error
    })
    if (result === null) throw refused()
    takeBack()
    return result
  }

  async function begin(context: Operator, userId: string, method: SignInMethod): Promise<SignedIn> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    const now = clock.now()
    const person = await inTransaction(pool, async (db) => {
      await createSession(db, {
        tokenHash: hashOfToken(token),
        userId,
        method,
        createdAt: now,
        expiresAt: now + sessionTtlMs,
        clientAddress: context.origin.clientAddress,
        userAgent: context.origin.userAgent
      })
      const found = await findPerson(db, hashOfToken(token), now)
      if (found === null) throw refused()
      await record(db, { ...context, actor: found.name }, 'person.signed_in', `user ${found.name}`, { method })
      return found
    })
    return { token, person }
  }

  return {
    begin,

    async withPassword(context, email, password) {
      const userId = await unlessTooMany(context.origin.clientAddress, email, async () => {
        const stored = await findPassword(pool, email)
        const isRight = await passwords.verify(password, stored?.hash ?? null)
        return isRight && stored !== null ? stored.userId : null
      })
      return await begin(context, userId, 'password')
    },

    personOf: (token) => findPerson({ query: pool.queryAtOnce }, hashOfToken(token), clock.now()),

    end: (token) => endSession(pool, hashOfToken(token)),

    sessionsOf: ({ userId }, token) => listSessions(pool, userId, { tokenHash: hashOfToken(token), now: clock.now() }),

    endOne: (context, { userId, email }, token, id) =>
      inTransaction(pool, async (db) => {
        const ended = await endSessionOf(db, userId, id)
        if (ended === null) throw unknownId('session', id)
        await record(db, context, 'person.session_ended', `user ${email}`, {})
        return ended.equals(hashOfToken(token))
      }),

    async changePassword(context, { userId, email }, token, { current, next }) {
      await unlessTooMany(context.origin.clientAddress, email, async () => {
        const stored = await findPassword(pool, email)
        return (await passwords.verify(current, stored?.hash ?? null)) ? true : null
      })
      const hashed = await passwords.hash(next)
      await inTransaction(pool, async (db) => {
        await setPassword(db, userId, hashed)
        await endSessionsOf(db, userId, hashOfToken(token))
        await record(db, context, 'user.password_changed', `user ${email}`, {})
      })
    },

    async setPassword(context, userId, password) {
      const hashed = await passwords.hash(password)
      await withOperatorLock(context, async (db) => {
        const user = await findRow(db, users, userId)
        if (user === null) throw unknownId('user', userId)
        if (user.kind !== 'person')
          throw conflict(`${user.email} is a service user, which has no password: its owner manages its keys`)
        await setPassword(db, userId, hashed)
        const sessionsEnded = await endSessionsOf(db, userId)
        await record(db, context, 'user.password_set', `user ${user.email}`, { sessions_ended: sessionsEnded })
      })
    },

    signOut: (context, userId) =>
      withOperatorLock(context, async (db) => {
        const user = await findRow(db, users, userId)
        if (user === null) throw unknownId('user', userId)
        const sessions = await endSessionsOf(db, userId)
        const signIns = await endSignInsOf(db, userId, clock.now())
        await record(db, context, 'user.signed_out', `user ${user.email}`, {
          sessions_ended: sessions,
          sign_ins_ended: signIns
        })
        return { sessions, signIns }
      }),

    unlink: (context, userId) =>
      withOperatorLock(context, async (db) => {
        const user = await findRow(db, users, userId)
        if (user === null) throw unknownId('user', userId)
        const unlinked = await dropIdentitiesOf(db, userId)
        const sessionsEnded = await endSessionsOf(db, userId)
        await record(db, context, 'user.unlinked', `user ${user.email}`, {
          identities: unlinked,
          sessions_ended: sessionsEnded
        })
        return unlinked
      })
  }
}
