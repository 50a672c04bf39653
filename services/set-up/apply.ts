import type { Clock } from '../clock.ts'
import { planChanges, type Plan, type PlannedStep } from './apply-plan.ts'
import type { AccountState, CurrentState } from './apply-states.ts'
import type { Desired } from './declarative-schema.ts'
import { createAccount, listAccounts, setAccountGroups, updateAccount, type AccountRecord } from '../records/accounts.ts'
import { createClientKey, listAllClientKeys, updateClientKey } from '../records/client-keys.ts'
import { createGroup, listGroups, lockGroups, updateGroup } from '../records/groups.ts'
import { inTransaction, type Connectable, type Queryable } from '../records/queryable.ts'
import { createSubscription, listAllSubscriptions, updateSubscription } from '../records/subscriptions.ts'
import { createUser, listUsersWithOpening, updateUser } from '../records/users.ts'
import { generateClientKey, hashClientKey, prefixForDisplay, type SecretBox } from '../secrets.ts'

export interface ApplyOptions {
  secretBox: SecretBox
  clock: Clock
  /** Only plan: nothing is written. */
  dryRun?: boolean
  /** Disable what the file doesn't name. */
  prune?: boolean
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
  const plan = planChanges(current, desired, { prune, now: clock.now() })
  return { plan, createdKeys: dryRun ? [] : await carryOut(client, plan, current, secretBox) }
}

async function readCurrentState(client: Queryable, secretBox: SecretBox): Promise<CurrentState> {
  // One after the other: a transaction has one connection.
  const groups = await listGroups(client)
  const accounts = await listAccounts(client)
  const users = await listUsersWithOpening(client)
  const keys = await listAllClientKeys(client)
  const subscriptions = await listAllSubscriptions(client)
  const emails = new Map(users.map(({ id, email }) => [id, email]))
  const emailOf = ({ userId }: { userId: string }) => emails.get(userId) ?? ''
  return {
    groups: groups.map((group) => ({ id: group.id, state: group })),
    accounts: accounts.map((account) => ({ id: account.id, state: accountState(account, secretBox) })),
    users: users.map((user) => ({ id: user.id, state: user })),
    keys: keys.map((key) => ({
      id: key.id,
      state: { ...key, email: emailOf(key), group: key.groupName, key: null, hash: key.hash.toString('hex') }
    })),
    subscriptions: subscriptions.map((subscription) => ({
      id: subscription.id,
      state: { ...subscription, email: emailOf(subscription), group: subscription.groupName }
    })),
    openings: new Map(users.map(({ email, openingNano }) => [email, openingNano]))
  }
}

function accountState(account: AccountRecord, secretBox: SecretBox): AccountState {
  return { ...account, apiKey: openApiKey(account, secretBox), groups: account.groups.map(({ name }) => name) }
}

/** Null for what cannot be opened, for which the file's credentials are a change that mends it. */
function openApiKey({ name, credentials }: AccountRecord, secretBox: SecretBox): string | null {
  try {
    const { api_key: apiKey } = JSON.parse(secretBox.open(credentials, sealContext(name))) as { api_key?: unknown }
    return typeof apiKey === 'string' ? apiKey : null
  } catch {
    return null
  }
}

function sealContext(accountName: string): string {
  return `account:${accountName}`
}

/** Does what a plan says, in its order, and returns the keys that were generated. */
async function carryOut(client: Queryable, plan: Plan, current: CurrentState, secretBox: SecretBox): Promise<CreatedKey[]> {
  const groupIds = new Map(current.groups.map(({ id, state }) => [state.name, id]))
  const userIds = new Map(current.users.map(({ id, state }) => [state.email, id]))
  const createdKeys: CreatedKey[] = []

  async function putGroup({ id, state }: StepFor<'group'>) {
    if (id !== null) return await updateGroup(client, id, state)
    return groupIds.set(state.name, (await createGroup(client, state)).id)
  }

  async function putAccount({ id, state, changes }: StepFor<'account'>) {
    const { apiKey, groups, ...values } = state
    const wantedGroups = groups.map((name) => ({ groupId: idOf(groupIds, name), priority: null }))
    if (id === null) {
      const created = await createAccount(client, { ...values, type: 'api-key', credentials: seal(state), error: null })
      return await setAccountGroups(client, created, wantedGroups)
    }
    // What the gateway noted of an error goes with the status it caused; credentials that cannot be opened stay as they are.
    await updateAccount(client, id, {
      ...values,
      ...(apiKey === null ? {} : { credentials: seal(state) }),
      ...(state.status === 'error' ? {} : { error: null })
    })
    if (changes.some(({ field }) => field === 'groups')) await setAccountGroups(client, id, wantedGroups)
  }

  function seal({ name, apiKey }: AccountState): Buffer {
    return secretBox.seal(JSON.stringify({ api_key: apiKey }), sealContext(name))
  }

  async function putUser({ id, state, openingNano }: StepFor<'user'>) {
    if (id !== null) return await updateUser(client, id, state)
    return userIds.set(state.email, (await createUser(client, { ...state, openingBalanceNano: openingNano })).id)
  }

  async function putKey({ id, state, changes }: StepFor<'key'>) {
    const { email, name, status, expiresAt } = state
    const values = { groupId: idOf(groupIds, state.group), status, expiresAt }
    if (id !== null) {
      const renewed = state.key !== null && changes.some(({ field }) => field === 'key') ? storedForm(state.key) : {}
      return await updateClientKey(client, id, { ...values, ...renewed })
    }
    const key = state.key ?? generateClientKey()
    if (state.key === null) createdKeys.push({ email, name, key })
    return await createClientKey(client, { ...values, ...storedForm(key), userId: idOf(userIds, email), name })
  }

  async function putSubscription({ id, state }: StepFor<'subscription'>) {
    if (id !== null) return await updateSubscription(client, id, state)
    return await createSubscription(client, {
      ...state,
      userId: idOf(userIds, state.email),
      groupId: idOf(groupIds, state.group)
    })
  }

  for (const step of plan.steps) {
    if (step.action === 'unchanged') continue
    if (step.kind === 'group') await putGroup(step)
    else if (step.kind === 'account') await putAccount(step)
    else if (step.kind === 'user') await putUser(step)
    else if (step.kind === 'key') await putKey(step)
    else await putSubscription(step)
  }
  return createdKeys
}

type StepFor<Kind extends PlannedStep['kind']> = Extract<PlannedStep, { kind: Kind }>

function idOf(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name)
  if (id === undefined) throw new Error(`the plan refers to ${name}, which it neither found nor created`)
  return id
}

function storedForm(key: string): { hash: Buffer; prefix: string } {
  return { hash: hashClientKey(key), prefix: prefixForDisplay(key) }
}
