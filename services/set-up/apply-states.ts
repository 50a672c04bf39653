import { normalBaseUrl } from './base-url.ts'
import type { DesiredAccount, DesiredGroup, DesiredKey, DesiredSubscription, DesiredUser } from './declarative-schema.ts'
import { formatUsd, parseUsd } from '../prices/money.ts'
import type { AccountValues } from '../records/accounts.ts'
import type { GroupValues } from '../records/groups.ts'
import type { SubscriptionValues } from '../records/subscriptions.ts'
import type { UserValues } from '../records/users.ts'
import { hashClientKey } from '../secrets.ts'

/** A row as the planner sees it. */
export interface Stored<State> {
  id: string
  state: State
}

/** What the database says, in the terms of a declarative file. */
export interface CurrentState {
  groups: Stored<GroupState>[]
  accounts: Stored<AccountState>[]
  users: Stored<UserState>[]
  keys: Stored<KeyState>[]
  subscriptions: Stored<SubscriptionState>[]
  /** Opening balances by e-mail address, in nano-dollars; 0 where none was entered. */
  openings: Map<string, bigint>
}

export type GroupState = GroupValues

export interface AccountState extends Omit<AccountValues, 'type' | 'credentials' | 'error'> {
  /** Null when it is to stay, or cannot be opened. */
  apiKey: string | null
  groups: string[]
}

export interface UserState extends UserValues {
  email: string
}

export interface KeyState {
  email: string
  name: string
  group: string
  /** The key itself where the file gives it. */
  key: string | null
  /** SHA-256 in hex; null when the key is yet to be generated. */
  hash: string | null
  /** Epoch milliseconds; null = never. */
  expiresAt: number | null
  status: 'active' | 'disabled'
}

export interface SubscriptionState extends SubscriptionValues {
  email: string
  group: string
}

/** Secrets show that they changed and nothing else. */
export interface FieldChange {
  /** As in the declarative file. */
  field: string
  from: string
  to: string
}

const DAY_MS = 24 * 60 * 60 * 1000

export function wantedGroup(desired: DesiredGroup, stored: GroupState | undefined): GroupState {
  const nano = (text: string | undefined) => (text === undefined ? null : parseUsd(text))
  return {
    name: desired.name,
    kind: desired.kind,
    status: desired.status ?? stored?.status ?? 'active',
    rateMultiplier: decimal(desired.rate_multiplier ?? '1'),
    limits: {
      day: nano(desired.daily_limit_usd),
      week: nano(desired.weekly_limit_usd),
      month: nano(desired.monthly_limit_usd)
    },
    windowAnchor: desired.window_anchor ?? 'first-use',
    timeZone: desired.time_zone ?? 'UTC',
    allowedModels: desired.allowed_models ?? null,
    modelMapping: {}
  }
}

export function groupDifferences(from: GroupState, to: GroupState): FieldChange[] {
  const fields = (state: GroupState) => ({
    kind: state.kind,
    status: state.status,
    rate_multiplier: decimal(state.rateMultiplier),
    daily_limit_usd: limitText(state.limits.day),
    weekly_limit_usd: limitText(state.limits.week),
    monthly_limit_usd: limitText(state.limits.month),
    window_anchor: state.windowAnchor,
    time_zone: state.timeZone,
    allowed_models: state.allowedModels === null ? 'all' : setText(state.allowedModels)
  })
  return differences(fields(from), fields(to))
}

export function wantedAccount(desired: DesiredAccount, stored: AccountState | undefined): AccountState {
  const apiKey = desired.credentials.api_key
  const isRepaired = stored?.status === 'error' && stored.apiKey !== apiKey
  return {
    name: desired.name,
    apiKey,
    baseUrl: desired.base_url === undefined ? null : normalBaseUrl(desired.base_url),
    groups: desired.groups ?? ['default'],
    concurrency: desired.concurrency ?? 5,
    priority: desired.priority ?? 50,
    modelMapping: desired.model_mapping ?? {},
    allowedModels: null,
    ownerId: null,
    shared: false,
    headerProfile: false,
    proxyId: null,
    status: desired.status ?? (isRepaired ? 'active' : (stored?.status ?? 'active')),
    schedulable: desired.schedulable ?? stored?.schedulable ?? true
  }
}

export function accountDifferences(from: AccountState, to: AccountState): FieldChange[] {
  const fields = (state: AccountState) => ({
    base_url: state.baseUrl ?? 'none',
    groups: setText(state.groups),
    concurrency: String(state.concurrency),
    priority: String(state.priority),
    model_mapping: mappingText(state.modelMapping),
    status: state.status,
    schedulable: String(state.schedulable)
  })
  return [...secretDifference('credentials', from.apiKey, to.apiKey), ...differences(fields(from), fields(to))]
}

export function wantedUser(desired: DesiredUser, stored: UserState | undefined): UserState {
  return {
    email: desired.email,
    role: desired.role ?? 'user',
    status: desired.status ?? stored?.status ?? 'active',
    concurrency: desired.concurrency ?? 5
  }
}

export function userDifferences(from: UserState, to: UserState): FieldChange[] {
  const fields = (state: UserState) => ({ role: state.role, status: state.status, concurrency: String(state.concurrency) })
  return differences(fields(from), fields(to))
}

export function wantedKey(email: string, desired: DesiredKey, stored: KeyState | undefined): KeyState {
  return {
    email,
    name: desired.name,
    group: desired.group ?? 'default',
    key: desired.key ?? null,
    hash: desired.key === undefined ? (stored?.hash ?? null) : hashClientKey(desired.key).toString('hex'),
    expiresAt: desired.expires_at === undefined ? null : Date.parse(desired.expires_at),
    status: desired.status ?? stored?.status ?? 'active'
  }
}

export function keyDifferences(from: KeyState, to: KeyState): FieldChange[] {
  const fields = (state: KeyState) => ({
    group: state.group,
    expires_at: state.expiresAt === null ? 'never' : instantText(state.expiresAt),
    status: state.status
  })
  return [...secretDifference('key', from.hash, to.hash), ...differences(fields(from), fields(to))]
}

/** Applied once more it is not prolonged: its start stays, and with it its end. */
export function wantedSubscription(
  email: string,
  desired: DesiredSubscription,
  stored: SubscriptionState | undefined,
  now: number
): SubscriptionState {
  const startsAt = desired.starts_at === undefined ? (stored?.startsAt ?? now) : Date.parse(desired.starts_at)
  return {
    email,
    group: desired.group,
    status: desired.status ?? stored?.status ?? 'active',
    startsAt,
    expiresAt: startsAt + desired.days * DAY_MS
  }
}

export function subscriptionDifferences(from: SubscriptionState, to: SubscriptionState): FieldChange[] {
  const fields = (state: SubscriptionState) => ({
    status: state.status,
    starts_at: instantText(state.startsAt),
    expires_at: instantText(state.expiresAt)
  })
  return differences(fields(from), fields(to))
}

function differences(from: Record<string, string>, to: Record<string, string>): FieldChange[] {
  return Object.entries(to)
    .filter(([field, text]) => from[field] !== text)
    .map(([field, text]) => ({ field, from: from[field] ?? 'none', to: text }))
}

function secretDifference(field: string, from: string | null, to: string | null): FieldChange[] {
  return from === to ? [] : [{ field, from: '(secret)', to: '(changed)' }]
}

function decimal(text: string): string {
  return formatUsd(parseUsd(text))
}

function limitText(nano: bigint | null): string {
  return nano === null ? 'none' : formatUsd(nano)
}

function setText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.toSorted().join(', ')
}

function mappingText(mapping: Record<string, string>): string {
  const entries = Object.entries(mapping).map(([requested, actual]) => `${requested} → ${actual}`)
  return setText(entries)
}

function instantText(instant: number): string {
  return new Date(instant).toISOString()
}
