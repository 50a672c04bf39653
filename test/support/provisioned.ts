import { createAccount, setAccountGroups, type AccountValues } from '../../services/records/accounts.ts'
import { createClientKey, type ClientKeyRecord } from '../../services/records/client-keys.ts'
import type { GroupRecord } from '../../services/records/groups.ts'
import type { Queryable } from '../../services/records/queryable.ts'
import { createSubscription } from '../../services/records/subscriptions.ts'
import { wantedValues } from '../../services/resources/definition.ts'
import { groups, type DesiredGroup } from '../../services/resources/groups/definition.ts'
import { assignmentsOf, insertRow, updateRow } from '../../services/resources/rows.ts'
import { parseUsd } from '../../services/prices/money.ts'
import { users, type UserEntry } from '../../services/resources/users/definition.ts'
import { userResource } from '../../services/resources/users/users.ts'
import { hashClientKey } from '../../services/secrets.ts'

/** What a request or a file would create a group with. */
export const group = (name: string, changes: Partial<DesiredGroup> = {}): DesiredGroup => ({
  name,
  kind: 'balance',
  ...changes
})

/** Returns it as requests of its keys see it. */
export async function createGroup(db: Queryable, desired: DesiredGroup): Promise<GroupRecord> {
  const values = wantedValues(groups, desired, undefined)
  const id = await insertRow(db, groups, assignmentsOf(groups, values))
  return {
    id,
    name: desired.name,
    kind: desired.kind,
    status: 'active',
    rateMultiplier: '1',
    limits: { day: null, week: null, month: null },
    windowAnchor: 'first-use',
    timeZone: 'UTC',
    allowedModels: null,
    modelMapping: {}
  }
}

/** Returns them as requests of their keys see them. */
export async function createUser(db: Queryable, desired: UserEntry): Promise<ClientKeyRecord['user']> {
  const values = wantedValues(users, desired, undefined)
  const id = await insertRow(db, users, assignmentsOf(users, values))
  await userResource.inserted?.(db, id, values)
  const { email, concurrency = 5, balance_usd: balanceUsd = '0' } = desired
  return { id, email: email.toLowerCase(), status: 'active', concurrency, balanceNano: parseUsd(balanceUsd) }
}

export const changeUser = (db: Queryable, id: string, changes: Partial<UserEntry>) =>
  updateRow(db, users, id, assignmentsOf(users, changes))

export const changeGroup = (db: Queryable, id: string, changes: Partial<DesiredGroup>) =>
  updateRow(db, groups, id, assignmentsOf(groups, changes))

export const account = (name: string, changes: Partial<AccountValues> = {}): AccountValues => ({
  name,
  type: 'api-key',
  credentials: Buffer.from('sealed'),
  baseUrl: null,
  modelMapping: {},
  concurrency: 5,
  priority: 50,
  status: 'active',
  schedulable: true,
  error: null,
  allowedModels: null,
  ownerId: null,
  shared: false,
  auth: 'x-api-key',
  acceptedModels: [],
  headerProfile: false,
  proxyId: null,
  ...changes
})

/** A user with 100 dollars, a wallet group and a subscription, a key and an account in it. All ids are returned. */
export async function provision(db: Queryable, name = 'dev') {
  const wallet = await createGroup(db, group(`${name}-wallet`))
  const plan = await createGroup(db, group(`${name}-plan`, { kind: 'subscription' }))
  const user = await createUser(db, { email: `${name}@example.com`, balance_usd: '100' })
  const key = await createClientKey(db, {
    allowedIps: null,
    allowedModels: null,
    limits: { day: null, week: null, month: null, total: null },
    userId: user.id,
    name: `${name}-key`,
    groupId: wallet.id,
    status: 'active',
    expiresAt: null,
    hash: hashClientKey(`key-of-${name}`),
    prefix: 'key-…'
  })
  const subscription = await createSubscription(db, {
    userId: user.id,
    groupId: plan.id,
    status: 'active',
    startsAt: Date.UTC(2026, 0, 1),
    expiresAt: Date.UTC(2027, 0, 1)
  })
  const accountId = await createAccount(db, account(`${name}-account`))
  await setAccountGroups(db, accountId, [{ groupId: wallet.id, priority: null }])
  return {
    user,
    key,
    wallet,
    plan,
    subscription,
    accountId,
    /** What an attempt of the user's wallet is sent with. */
    walletUse: { userId: user.id, keyId: key.id, groupId: wallet.id, accountId },
    planUse: { userId: user.id, keyId: key.id, groupId: plan.id, accountId, subscriptionId: subscription.id }
  }
}
