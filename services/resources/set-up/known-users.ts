import type { CurrentState } from './apply-states.ts'
import type { Desired } from './declarative-schema.ts'

/** The e-mail addresses of the users that there will be. */
export const knownUsers = (current: CurrentState, { users = [] }: Desired): ReadonlySet<string> =>
  new Set([...current.users.map(({ state }) => String(state['email'])), ...users.map(({ email }) => email)])
