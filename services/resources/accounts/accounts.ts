import { isInForce, type AccountWindow, type Cooldown } from './cooldowns.ts'
import { fixedHeaderNames, openCredentials, sealCredentials, type AccountCredentials } from './credentials.ts'
import { parseProxyUrl } from '../../platform/network/proxy-url.ts'
import { removeCooldowns } from '../records/account-health.ts'
import { raiseVersion, setAccountGroups, type AccountType } from '../records/accounts.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import { isProxyUrl } from '../set-up/declared-proxies.ts'
import type { FieldChange, Values } from '../definition.ts'
import type { Resource } from '../resource.ts'
import { assignmentsOf, insertRow, listRows, updateRow, type Row } from '../rows.ts'
import { accounts } from './definition.ts'
import { accountProblems } from './problems.ts'
import type { StoredAccountState } from './states.ts'
import { toTime, toTimeOrNull } from '../../platform/timestamps.ts'

/** The accounts that requests are sent to. */
export const accountResource: Resource<typeof accounts> = {
  definition: accounts,
  problems: accountProblems,
  hostsOf: ({ base_url: baseUrl, proxy }) => [
    ...(typeof baseUrl === 'string' ? [{ field: 'base_url', host: new URL(baseUrl).hostname }] : []),
    ...(typeof proxy === 'string' && isProxyUrl(proxy) ? [{ field: 'proxy', host: parseProxyUrl(proxy).host }] : [])
  ],
  isUsed: (name) => `account ${name} is in use`
}

interface View {
  now: number
  secretBox: SecretBox
  /** Why its secrets cannot be read. */
  problem: string | null
}

/** A cooldown as the operator sees it. */
export const cooldownReport = ({ kind, scope, reason, since, until, probeAt }: Cooldown) => ({
  kind,
  scope: scope === '' ? null : scope,
  reason,
  since: toTime(since),
  until: toTime(until),
  probe_at: toTimeOrNull(probeAt)
})

/** An account as the operator sees it: no secret. */
export function accountResponse(row: Row, { now, secretBox, problem }: View): Row {
  const { name, type, headers, cooldowns, windows, error } = row as Row & {
    name: string
    type: AccountType
    headers: Buffer
    cooldowns: Cooldown[]
    windows: AccountWindow[]
    error: string | null
  }
  return {
    ...row,
    cooldowns: cooldowns.filter(isInForce(now)).map(cooldownReport),
    windows: windows.map(({ resetsAt, seenAt, ...window }) => ({
      ...window,
      resets_at: toTimeOrNull(resetsAt),
      seen_at: toTime(seenAt)
    })),
    error: error ?? problem,
    headers: fixedHeaderNames(secretBox, { name, type, credentials: headers })
  }
}

/** All of them in the terms of a plan. */
export async function listAccountStates(
  db: Queryable,
  secretBox: SecretBox
): Promise<{ id: string; state: StoredAccountState }[]> {
  return (await listRows(db, accounts, accounts.fields)).map((row) => ({
    id: row.id,
    state: { ...row, credentials: openStored(row as never, secretBox) } as unknown as StoredAccountState
  }))
}

/** Null for credentials that cannot be opened: the file's are then a change that repairs them. */
function openStored(
  { name, type, credentials }: { name: string; type: AccountType; credentials: Buffer },
  secretBox: SecretBox
): AccountCredentials | null {
  try {
    return openCredentials(secretBox, name, type, credentials)
  } catch {
    return null
  }
}

/**
 * Writes an account as planned. The gateway also writes credentials, status and error, perhaps since they were read: what the
 * file doesn't change stays as it is.
 */
export async function putAccount(
  db: Queryable,
  secretBox: SecretBox,
  { id, state, changes }: { id: string | null; state: StoredAccountState; changes: readonly FieldChange[] }
): Promise<void> {
  const groups = state['groups'] as string[]
  if (id === null) {
    const created = await insertRow(db, accounts, assignmentsOf(accounts, { ...state, credentials: seal(state, secretBox) }))
    return await setAccountGroups(db, created, groups)
  }
  const changed = new Set(changes.map(({ field }) => field))
  const isResealed = changed.has('credentials') || changed.has('headers')
  const values: Values = Object.fromEntries([...changed].map((field) => [field, state[field]]))
  if (isResealed) Object.assign(values, { credentials: seal(state, secretBox), status: state.status })
  const assignments = assignmentsOf(accounts, values)
  // The error is cleared together with the status it caused.
  if ('status' in values) assignments.push({ column: 'error', value: null })
  await updateRow(db, accounts, id, assignments)
  if (changed.has('groups')) await setAccountGroups(db, id, groups)
  if (!isResealed) return
  // Problems of the old credentials do not count against the new ones.
  await removeCooldowns(db, id)
  await raiseVersion(db, id)
}

function seal({ name, credentials }: StoredAccountState, secretBox: SecretBox): Buffer {
  if (credentials === null) throw new Error('credentials are stored where there are new ones')
  return sealCredentials(secretBox, name, credentials)
}
