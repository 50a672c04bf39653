import type { Clock } from '../../platform/clock.ts'
import type { DatabaseShare } from '../../platform/database/database-share.ts'
import { createFailedAuthentications, type SharedFailures } from '../../platform/failed-authentications.ts'
import { createConsoleLinks, type ConsoleLinks } from './console-links.ts'
import { createPasswords } from './passwords.ts'
import { createSignIn, type SignIn } from './sign-in.ts'

interface PeopleOptions {
  pool: DatabaseShare
  clock: Clock
  config: { sessionTtlMs: number; signInFailuresMax: number; authFailuresWindowMs: number }
  /** The Redis in which replicas count failures together; null without one. */
  sharedFailures: () => SharedFailures | null
}

/**
 * How many failures one e-mail address may have for each that one client may have: with fewer, anybody could lock anybody out
 * with a few tries.
 */
const FAILURES_OF_USERS = 5

/** All ways to sign in except OpenID; they share the count of one client's failures. */
export function createPeople({ pool, clock, config, sharedFailures: shared }: PeopleOptions): {
  people: SignIn
  consoleLinks: ConsoleLinks
} {
  const { sessionTtlMs, signInFailuresMax: max, authFailuresWindowMs: windowMs } = config
  const failures = createFailedAuthentications({ clock, kind: 'sign-in', max, windowMs, shared })
  const ofUsers = { clock, kind: 'sign-in-as', max: FAILURES_OF_USERS * max, windowMs, shared }
  const common = { pool, clock, sessionTtlMs, failures }
  return {
    consoleLinks: createConsoleLinks(common),
    people: createSignIn({
      ...common,
      passwords: createPasswords(),
      failuresOfUsers: createFailedAuthentications(ofUsers)
    })
  }
}
