import assert from 'node:assert/strict'
import type { Clock } from '../../platform/clock.ts'
import { planChanges, type Plan, type PlannedStep } from './apply-plan.ts'
import type { AccountState, CurrentState } from './apply-states.ts'
import type { Desired } from './declarative-schema.ts'
import type { HostRules } from '../../platform/network/host-rules.ts'
import { openCredentials, sealCredentials, type AccountCredentials } from '../accounts/credentials.ts'
import { recordSteps } from './apply-audit.ts'
import { removeCooldowns } from '../records/account-health.ts'
import type { AuditOrigin } from '../records/audit-log.ts'
import {
  countAccountChange,
  createAccount,
  listAccounts,
  setAccountGroups,
  updateAccount,
  type AccountRecord
} from '../records/accounts.ts'
import { lockGroups } from '../records/groups.ts'
import { groups as groupDefinition } from '../groups/definition.ts'
import { groupResource } from '../groups/groups.ts'
import { proxies as proxyDefinition } from '../proxies/definition.ts'
import { proxyResource } from '../proxies/proxies.ts'
import { listStored, putStored } from '../operate.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { lockSettledRows } from '../../money/records/settled-rows.ts'
import { keys as keyDefinition } from '../keys/definition.ts'
import { keyResource } from '../keys/keys.ts'
import { subscriptions as subscriptionDefinition } from '../subscriptions/definition.ts'
import { subscriptionResource } from '../subscriptions/subscriptions.ts'
import { users as userDefinition } from '../users/definition.ts'
import { listOpenings, userResource } from '../users/users.ts'
import { generateClientKey, type SecretBox } from '../../platform/secrets.ts'

export interface ApplyOptions {
  secretBox: SecretBox
  clock: Clock
  hosts: HostRules
  /** Only plan: nothing is written. */
  dryRun?: boolean
  /** Disable what the file doesn't name. */
  prune?: boolean
  /** Who is on record for it. */
  audit: { actor: string; origin: AuditOrigin | null }
}

export interface CreatedKey {
  email: string
  name: string
  key: string
}

export interface ApplyResult {
  plan: Plan
  /** Generated client keys, which are stored nowhere. */
  createdKeys: CreatedKey[]
}

/**
 * Makes the database say what `desired` says: everything or, after any failure, nothing. Two at once take turns.
 * Throws ApplyError when the file cannot be applied to this database.
 */
export async function applyDesired(pool: Connectable, desired: Desired, options: ApplyOptions): Promise<ApplyResult> {
  return await inTransaction(pool, (client) => applyWithin(client, desired, options))
}

/** The same as a part of the caller's transaction. */
export async function applyWithin(client: Queryable, desired: Desired, options: ApplyOptions): Promise<ApplyResult> {
  const { secretBox, clock, dryRun = false, prune = false } = options
  await lockGroups(client)
  const current = await readCurrentState(client, secretBox)
  const plan = await planChanges(current, desired, { prune, now: clock.now(), hosts: options.hosts })
  if (dryRun) return { plan, createdKeys: [] }
  const createdKeys = await carryOut(client, plan, current, secretBox)
  await recordSteps(client, plan, { ...options.audit, at: clock.now() })
  return { plan, createdKeys }
}

async function readCurrentState(client: Queryable, secretBox: SecretBox): Promise<CurrentState> {
  // One after the other: a transaction has one connection.
  const groups = await listStored(client, groupDefinition, secretBox)
  const proxies = await listStored(client, proxyDefinition, secretBox)
  const accounts = await listAccounts(client)
  const users = await listStored(client, userDefinition, secretBox)
  const openings = await listOpenings(client)
  const keys = await listStored(client, keyDefinition, secretBox)
  const subscriptions = await listStored(client, subscriptionDefinition, secretBox)
  return {
    groups,
    proxies,
    accounts: accounts.map((account) => ({ id: account.id, state: accountState(account, secretBox) })),
    users,
    keys,
    subscriptions,
    openings
  }
}

function accountState(account: AccountRecord, secretBox: SecretBox): AccountState {
  return {
    ...account,
    credentials: openStored(account, secretBox),
    owner: account.ownerEmail,
    proxy: account.proxy?.name ?? null,
    groups: account.groups.map(({ name, priority }) => ({ name, priority: priority === account.priority ? null : priority }))
  }
}

/** Null for what cannot be opened, for which the file's credentials are a change that mends it. */
function openStored({ name, type, credentials }: AccountRecord, secretBox: SecretBox): AccountCredentials | null {
  try {
    return openCredentials(secretBox, name, type, credentials)
  } catch {
    return null
  }
}

/** Does what a plan says, in its order, and returns the keys that were generated. */
async function carryOut(client: Queryable, plan: Plan, current: CurrentState, secretBox: SecretBox): Promise<CreatedKey[]> {
  const groupIds = new Map(current.groups.map(({ id, state }) => [String(state['name']), id]))
  const proxyIds = new Map(current.proxies.map(({ id, state }) => [String(state['name']), id]))
  const userIds = new Map(current.users.map(({ id, state }) => [String(state['email']), id]))
  const createdKeys: CreatedKey[] = []
  await lockSettledRows(client, {
    users: changedIds(plan, 'user'),
    subscriptions: changedIds(plan, 'subscription'),
    api_keys: changedIds(plan, 'key')
  })

  async function putGroup(step: StepFor<'group'>) {
    groupIds.set(step.name, await putStored(client, { secretBox }, groupResource, step))
  }

  async function putProxy(step: StepFor<'proxy'>) {
    proxyIds.set(step.name, await putStored(client, { secretBox }, proxyResource, step))
  }

  async function putAccount({ id, state, changes }: StepFor<'account'>) {
    const { groups, owner, proxy, credentials, status, schedulable, ...rest } = state
    const values = {
      ...rest,
      ownerId: owner === null ? null : idOf(userIds, owner),
      proxyId: proxy === null ? null : idOf(proxyIds, proxy)
    }
    const wantedGroups = groups.map(({ name, priority }) => ({ groupId: idOf(groupIds, name), priority }))
    if (id === null) {
      const sealed = seal(state.name, credentials)
      const created = await createAccount(client, { ...values, status, schedulable, credentials: sealed, error: null })
      return await setAccountGroups(client, created, wantedGroups)
    }
    // The gateway itself writes these too, perhaps since they were read: what the file doesn't change stays as it is.
    const changed = new Set(changes.map(({ field }) => field))
    const isResealed = changed.has('credentials') || changed.has('headers')
    await updateAccount(client, id, {
      ...values,
      ...(isResealed ? { credentials: seal(state.name, credentials) } : {}),
      // What was noted of an error goes with the status it caused.
      ...(isResealed || changed.has('status') ? { status, error: null } : {}),
      ...(changed.has('schedulable') ? { schedulable } : {})
    })
    // What was held against the old ones is not held against the new.
    if (isResealed) {
      await removeCooldowns(client, id)
      await countAccountChange(client, id)
    }
    if (changed.has('groups')) await setAccountGroups(client, id, wantedGroups)
  }

  function seal(name: string, credentials: AccountCredentials | null): Buffer {
    assert(credentials !== null, 'credentials are stored where there are new ones')
    return sealCredentials(secretBox, name, credentials)
  }

  async function putUser(step: StepFor<'user'>) {
    userIds.set(step.name, await putStored(client, { secretBox }, userResource, step))
  }

  async function putKey(step: StepFor<'key'>) {
    const { state } = step
    if (step.id !== null || state['key'] !== null) return await putStored(client, { secretBox }, keyResource, step)
    const key = generateClientKey()
    createdKeys.push({ email: String(state['user']), name: String(state['name']), key })
    return await putStored(client, { secretBox }, keyResource, { ...step, state: { ...state, key } })
  }

  for (const step of plan.steps) {
    if (step.action === 'unchanged') continue
    if (step.kind === 'group') await putGroup(step)
    else if (step.kind === 'proxy') await putProxy(step)
    else if (step.kind === 'account') await putAccount(step)
    else if (step.kind === 'user') await putUser(step)
    else if (step.kind === 'key') await putKey(step)
    else await putStored(client, { secretBox }, subscriptionResource, step)
  }
  return createdKeys
}

type StepFor<Kind extends PlannedStep['kind']> = Extract<PlannedStep, { kind: Kind }>

function changedIds(plan: Plan, kind: PlannedStep['kind']): string[] {
  return plan.steps.flatMap((step) => (step.kind === kind && step.action === 'change' && step.id !== null ? [step.id] : []))
}

function idOf(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name)
  if (id === undefined) throw new Error(`the plan refers to ${name}, which it neither found nor created`)
  return id
}
