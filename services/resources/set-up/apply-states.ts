import { isDeepStrictEqual } from 'node:util'
import { normalBaseUrl } from './base-url.ts'
import { declaredCredentials, isFromDeclared, signedOut } from './declared-credentials.ts'
import { declaredProxyName } from './declared-proxies.ts'
import type { DesiredAccount } from './declarative-schema.ts'
import type { FieldChange, Values } from '../definition.ts'
import type { AccountCredentials } from '../accounts/credentials.ts'
import type { FixedHeaders } from '../accounts/fixed-headers.ts'
import type { AccountValues } from '../records/accounts.ts'

/** A row as the planner sees it. */
export interface Stored<State> {
  id: string
  state: State
}

/** What the database says, in the terms of a declarative file. */
export interface CurrentState {
  groups: Stored<GroupState>[]
  proxies: Stored<ProxyState>[]
  accounts: Stored<AccountState>[]
  users: Stored<UserState>[]
  keys: Stored<KeyState>[]
  subscriptions: Stored<SubscriptionState>[]
  /** Opening balances by e-mail address, in nano-dollars; 0 where none was entered. */
  openings: Map<string, bigint>
}

export type GroupState = Values

/** The URL is null when it cannot be opened. */
export type ProxyState = Values

export interface AccountState extends Omit<AccountValues, 'credentials' | 'error' | 'ownerId' | 'proxyId'> {
  /** Null when they cannot be opened. What is wanted has the very object that is stored where that is to stay. */
  credentials: AccountCredentials | null
  /** `priority` null is the account's own. */
  groups: { name: string; priority: number | null }[]
  /** The owner's e-mail address. */
  owner: string | null
  /** The proxy's name. */
  proxy: string | null
}

export type UserState = Values

/** The user is their e-mail address; of a key that is stored, `key` has the hash. */
export type KeyState = Values

/** The user is their e-mail address. */
export type SubscriptionState = Values

export function wantedAccount(desired: DesiredAccount, stored: AccountState | undefined): AccountState {
  const credentials = wantedCredentials(desired, stored)
  const storedGroups = new Map(stored?.groups.map((group) => [group.name, group]))
  const isRepaired = stored?.status === 'error' && stored.credentials !== credentials
  return {
    name: desired.name,
    type: desired.type,
    credentials,
    baseUrl: desired.base_url === undefined ? null : normalBaseUrl(desired.base_url),
    // The file knows no priorities within groups: those that were set otherwise stay.
    groups: (desired.groups ?? ['default']).map((name) => storedGroups.get(name) ?? { name, priority: null }),
    concurrency: desired.concurrency ?? 5,
    priority: desired.priority ?? 50,
    modelMapping: desired.model_mapping ?? {},
    allowedModels: desired.allowed_models ?? null,
    acceptedModels: desired.accept ?? [],
    auth: desired.auth ?? 'x-api-key',
    owner: desired.owner ?? null,
    shared: desired.shared ?? false,
    headerProfile: desired.header_profile ?? false,
    proxy: desired.proxy === undefined ? null : declaredProxyName(desired.proxy),
    status: desired.status ?? (isRepaired ? 'active' : (stored?.status ?? 'active')),
    schedulable: desired.schedulable ?? stored?.schedulable ?? true
  }
}

/** What is stored stays as long as the file says what it said when that was declared: it may have been renewed since. */
function wantedCredentials(desired: DesiredAccount, stored: AccountState | undefined): AccountCredentials | null {
  const declared = declaredCredentials(desired)
  if (stored !== undefined && stored.type === desired.type) {
    const { credentials } = stored
    if (declared === null || (credentials !== null && isFromDeclared(credentials, declared))) return credentials
  }
  return declared ?? (desired.type === 'api-key' ? null : signedOut(desired.type))
}

export const accountFields = (state: AccountState) => ({
  type: state.type,
  base_url: state.baseUrl ?? 'none',
  groups: setText(state.groups.map(({ name }) => name)),
  concurrency: String(state.concurrency),
  priority: String(state.priority),
  model_mapping: mappingText(state.modelMapping),
  allowed_models: modelsText(state.allowedModels),
  accept: state.acceptedModels.length === 0 ? 'none' : setText(state.acceptedModels),
  auth: state.auth,
  owner: state.owner ?? 'none',
  shared: String(state.shared),
  header_profile: String(state.headerProfile),
  proxy: state.proxy ?? 'none',
  status: state.status,
  schedulable: String(state.schedulable)
})

export function accountDifferences(from: AccountState, to: AccountState): FieldChange[] {
  return [...credentialsDifferences(from.credentials, to.credentials), ...differences(accountFields(from), accountFields(to))]
}

const CREDENTIALS_CHANGED: FieldChange = { field: 'credentials', from: '(secret)', to: '(changed)' }

function credentialsDifferences(from: AccountCredentials | null, to: AccountCredentials | null): FieldChange[] {
  if (from === to) return []
  if (from?.type !== 'api-key' || to?.type !== 'api-key') return [CREDENTIALS_CHANGED]
  return [...secretDifference('credentials', from.apiKey, to.apiKey), ...headersDifference(from.headers, to.headers)]
}

/** Of a header's value only that it changed. */
function headersDifference(from: FixedHeaders, to: FixedHeaders): FieldChange[] {
  if (isDeepStrictEqual(from, to)) return []
  const isChanged = (name: string) => Object.hasOwn(from, name) && from[name] !== to[name]
  const names = Object.keys(to).map((name) => (isChanged(name) ? `${name} (changed)` : name))
  return [{ field: 'headers', from: setText(Object.keys(from)), to: setText(names) }]
}

/** The names of the fixed headers. */
export const headersText = ({ credentials }: AccountState) =>
  setText(credentials?.type === 'api-key' ? Object.keys(credentials.headers) : [])

function differences(from: Record<string, string>, to: Record<string, string>): FieldChange[] {
  return Object.entries(to)
    .filter(([field, text]) => from[field] !== text)
    .map(([field, text]) => ({ field, from: from[field] ?? 'none', to: text }))
}

function secretDifference(field: string, from: string | null, to: string | null): FieldChange[] {
  return from === to ? [] : [{ field, from: '(secret)', to: '(changed)' }]
}

function setText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.toSorted().join(', ')
}

function modelsText(models: readonly string[] | null): string {
  return models === null ? 'all' : setText(models)
}

function mappingText(mapping: Record<string, string>): string {
  const entries = Object.entries(mapping).map(([requested, actual]) => `${requested} → ${actual}`)
  return setText(entries)
}
