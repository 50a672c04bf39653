import type { Values } from '../definition.ts'
import type { StoredAccountState } from '../accounts/states.ts'

/** A row as the planner sees it. */
export interface Stored<State> {
  id: string
  state: State
}

/** The content of the database, in the terms of a declarative file. */
export interface CurrentState {
  groups: Stored<GroupState>[]
  proxies: Stored<ProxyState>[]
  accounts: Stored<StoredAccountState>[]
  users: Stored<UserState>[]
  /** Keys created by hand, which are those that a file describes. */
  keys: Stored<KeyState>[]
  /** The names of the others, each after its user's e-mail address. */
  madeKeys: ReadonlySet<string>
  subscriptions: Stored<SubscriptionState>[]
  workloadRules: Stored<WorkloadRuleState>[]
  teams: Stored<TeamState>[]
  /** The names of teams that were deleted. */
  removedTeams: ReadonlySet<string>
  /** Those whose time is not over, also if somebody has ended them. */
  raises: Stored<RaiseState>[]
  /** Opening balances by e-mail address, in nano-dollars; 0 when none was booked. */
  openings: Map<string, bigint>
}

export type GroupState = Values

/** The URL is null when it cannot be opened. */
export type ProxyState = Values

export type UserState = Values

/** The user is an e-mail address; `key` of a stored key is the hash. */
export type KeyState = Values

/** The user is an e-mail address. */
export type SubscriptionState = Values

/** The same. */
export type WorkloadRuleState = Values

/** Members are their e-mail addresses. */
export type TeamState = Values

/** The team is its name, the user an e-mail address, or null for the pool. */
export type RaiseState = Values
