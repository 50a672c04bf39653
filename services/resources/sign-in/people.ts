import type { Clock } from '../../platform/clock.ts'
import type { Connectable } from '../../platform/database/queryable.ts'
import { createFailedAuthentications, type SharedFailures } from '../../platform/failed-authentications.ts'
import { createConsoleLinks, type ConsoleLinks } from './console-links.ts'
import { createPasswords } from './passwords.ts'
import { createSignIn, type SignIn } from './sign-in.ts'

interface PeopleOptions {
  pool: Connectable
  clock: Clock
  config: { sessionTtlMs: number; signInFailuresMax: number; authFailuresWindowMs: number }
  /** Where replicas count failed tries together; null without a Redis. */
  sharedFailures: () => SharedFailures | null
}

/** How many may fail for one e-mail address, for each that may from one client: fewer, and anybody could keep anybody out with few tries. */
const FAILURES_OF_USERS = 5

/** All ways in but the OpenID provider's; they count failed tries of one client together. */
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
