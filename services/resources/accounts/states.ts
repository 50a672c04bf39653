import type { AccountCredentials } from './credentials.ts'
import { declaredCredentials, isFromDeclared, signedOut } from '../set-up/declared-credentials.ts'
import { textOf, wantedValues, type Values } from '../definition.ts'
import { accounts, type DesiredAccount } from './definition.ts'

/** What a plan knows of an account. What is wanted has the very credentials that are stored where these are to stay. */
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

/** What is stored stays as long as the file says what it said when that was declared: it may have been renewed since. */
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
