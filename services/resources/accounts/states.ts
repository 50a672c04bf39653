import type { AccountCredentials } from './credentials.ts'
import { declaredCredentials, isFromDeclared, signedOut } from '../set-up/declared-credentials.ts'
import { textOf, wantedValues, type Values } from '../definition.ts'
import { accounts, type DesiredAccount } from './definition.ts'

/** An account in the terms of a plan. Where credentials are to stay, the wanted state has the stored ones. */
export type StoredAccountState = Values & {
  name: string
  type: DesiredAccount['type']
  status: string
  shared: boolean
  /** Null when they cannot be opened. */
  credentials: AccountCredentials | null
}

/** The account that an entry asks for. */
export function wantedAccount(desired: DesiredAccount, stored: StoredAccountState | undefined): StoredAccountState {
  const wanted = wantedValues(accounts, desired, stored) as StoredAccountState
  const credentials = wantedCredentials(desired, stored)
  const isRepaired = stored?.status === 'error' && stored.credentials !== credentials
  return {
    ...wanted,
    credentials,
    auth: desired.type === 'api-key' ? wanted['auth'] : null,
    status: desired.status ?? (isRepaired ? 'active' : wanted.status)
  }
}

/** The stored credentials stay while the file still says what they were declared from: they may have been renewed since. */
function wantedCredentials(desired: DesiredAccount, stored: StoredAccountState | undefined): AccountCredentials | null {
  const declared = declaredCredentials(desired)
  if (stored !== undefined && stored.type === desired.type) {
    const { credentials } = stored
    if (declared === null || (credentials !== null && isFromDeclared(credentials, declared))) return credentials
  }
  return declared ?? (desired.type === 'api-key' ? null : signedOut(desired.type))
}

/** The names of the fixed headers. */
export const headersText = ({ credentials }: StoredAccountState) =>
  textOf({}, credentials?.type === 'api-key' ? Object.keys(credentials.headers) : [])
