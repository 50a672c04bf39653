import { setAccountGroups, type AccountValues } from '../../services/resources/records/accounts.ts'
import type { ClientKeyRecord } from '../../services/resources/records/client-keys.ts'
import type { GroupRecord } from '../../services/resources/records/groups.ts'
import { onlyRow, type Queryable } from '../../services/platform/database/queryable.ts'
import { wantedValues, type Definition, type Values } from '../../services/resources/definition.ts'
import { groups, type DesiredGroup } from '../../services/resources/groups/definition.ts'
import { assignmentsOf, insertRow, updateRow } from '../../services/resources/rows.ts'
import type { ModelPriceData } from '../../services/money/prices/price-book.ts'
import { parseUsd } from '../../services/money/prices/money.ts'
import { keys } from '../../services/resources/keys/definition.ts'
import { priceOverrides } from '../../services/resources/price-overrides/definition.ts'
import { subscriptions } from '../../services/resources/subscriptions/definition.ts'
import { users, type UserEntry } from '../../services/resources/users/definition.ts'
import { userResource } from '../../services/resources/users/users.ts'

/** What a request or a file would create a group with. */
export const group = (name: string, changes: Partial<DesiredGroup> = {}): DesiredGroup => ({
  name,
  kind: 'balance',
  ...changes
})

/** Returns the id of the row that a request or a file would make of this. */
export const addRow = (db: Queryable, definition: Definition, entry: Values) =>
  insertRow(db, definition, assignmentsOf(definition, wantedValues(definition, entry, undefined)))

/** A model's price as an operator would have it. */
export const addPrice = (db: Queryable, data: ModelPriceData) =>
  insertRow(db, priceOverrides, [
    { column: 'model', value: data.id },
    { column: 'data', value: JSON.stringify(data) }
  ])

/** Changes what is named, without a word to anybody. */
export const alterRow = (db: Queryable, definition: Definition, id: string, changes: Values) =>
  updateRow(db, definition, id, assignmentsOf(definition, changes))

const columnOf = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Returns the new account's id. */
export async function createAccount(db: Queryable, values: AccountValues): Promise<string> {
  const columns = Object.keys(values).map(columnOf)
  const places = columns.map((_, index) => `$${index + 1}`)
  const insert = `insert into accounts (${columns.join(', ')}) values (${places.join(', ')}) returning id`
  return onlyRow(await db.query<{ id: string }>(insert, Object.values(values))).id
}

/** Returns it as requests of its keys see it. */
export async function createGroup(db: Queryable, desired: DesiredGroup): Promise<GroupRecord> {
  return {
    id: await addRow(db, groups, desired),
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
  const id = await addRow(db, users, desired)
  await userResource.inserted?.(db, id, {})
  const { email, concurrency = 5, balance_usd: balanceUsd = '0' } = desired
  return { id, email: email.toLowerCase(), status: 'active', concurrency, balanceNano: parseUsd(balanceUsd) }
}

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
  const theirs = { user: user.email }
  const key = { name: `${name}-key`, group: wallet.name, key: `key-of-${name}` }
  const keyId = await addRow(db, keys, { ...theirs, ...key })
  const subscription = { group: plan.name, days: 365, starts_at: '2026-01-01T00:00:00Z' }
  const subscriptionId = await addRow(db, subscriptions, { ...theirs, ...subscription })
  const accountId = await createAccount(db, account(`${name}-account`))
  await setAccountGroups(db, accountId, [wallet.name])
  return {
    user,
    key: { id: keyId, name: key.name },
    wallet,
    plan,
    subscription: { id: subscriptionId },
    accountId,
    /** What an attempt of the user's wallet is sent with. */
    walletUse: { userId: user.id, keyId, groupId: wallet.id, accountId },
    planUse: { userId: user.id, keyId, groupId: plan.id, accountId, subscriptionId }
  }
}
