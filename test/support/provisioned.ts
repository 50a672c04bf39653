import { createAccount, setAccountGroups, type AccountValues } from '../../services/records/accounts.ts'
import { createClientKey } from '../../services/records/client-keys.ts'
import { createGroup, type GroupValues } from '../../services/records/groups.ts'
import type { Queryable } from '../../services/records/queryable.ts'
import { createSubscription } from '../../services/records/subscriptions.ts'
import { createUser } from '../../services/records/users.ts'
import { hashClientKey } from '../../services/secrets.ts'

export const group = (name: string, changes: Partial<GroupValues> = {}): GroupValues => ({
  name,
  kind: 'balance',
  status: 'active',
  rateMultiplier: '1',
  limits: { day: null, week: null, month: null },
  windowAnchor: 'first-use',
  timeZone: 'UTC',
  allowedModels: null,
  modelMapping: {},
  ...changes
})

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
  const user = await createUser(db, {
    email: `${name}@example.com`,
    role: 'user',
    status: 'active',
    concurrency: 5,
    openingBalanceNano: 100_000_000_000n
  })
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
